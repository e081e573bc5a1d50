import Foundation
import KafkaClient
import Testing
import Threads
import WorkerTesting

/// Runs what blocks on a thread of its own, because tests run on Swift's cooperative pool; failed expectations still
/// belong to the test.
func blocking<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
    try await withTaskExecutorPreference(ThreadForEachJob()) { try body() }
}

private final class ThreadForEachJob: TaskExecutor {
    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        do {
            _ = try OSThread.start(name: "test") { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
        } catch {
            fatalError("\(error)")
        }
    }
}

/// A record's content after its batch is gone.
struct Copied: Sendable, Equatable {
    var partition: Int32
    var offset: Int64
    var key: String?
    var value: String?

    init(_ record: Record) {
        partition = record.partition
        offset = record.offset
        key = record.keyBytes.map { String(decoding: $0, as: UTF8.self) }
        value = record.valueBytes.map { String(decoding: $0, as: UTF8.self) }
    }
}

extension Consumer {
    /// Takes records until there are `count`, handing other events to `other`; gives up after `timeout`.
    func take(
        _ count: Int, timeout: Duration = .seconds(30), other: (ConsumerEvent) throws -> Void = { _ in }
    ) throws -> [Record] {
        let deadline = MonotonicClock.deadline(after: timeout)
        var records: [Record] = []
        while records.count < count {
            guard let event = next(timeout: MonotonicClock.remaining(until: deadline)) else { break }
            if case .records(let batch) = event { records += batch } else { try other(event) }
            if case .closed = event { break }
        }
        return records
    }

    /// The first event for which `pick` gives something; nil when none came in time.
    func first<Value>(timeout: Duration = .seconds(30), _ pick: (ConsumerEvent) throws -> Value?) rethrows -> Value? {
        let deadline = MonotonicClock.deadline(after: timeout)
        while let event = next(timeout: MonotonicClock.remaining(until: deadline)) {
            if let value = try pick(event) { return value }
            if case .closed = event { return nil }
        }
        return nil
    }
}

extension Producer {
    /// Takes reports until there are `count`.
    func reports(_ count: Int, timeout: Duration = .seconds(30)) -> [DeliveryReport] {
        let deadline = MonotonicClock.deadline(after: timeout)
        var reports: [DeliveryReport] = []
        while reports.count < count, let event = next(timeout: MonotonicClock.remaining(until: deadline)) {
            if case .delivered(let more) = event { reports += more }
            if case .closed = event { break }
        }
        return reports
    }
}

/// Produces values "0"..., with keys "k0"..., into one partition, and waits for their reports.
func fill(_ servers: String, _ topic: String, partition: Int32 = 0, count: Int) throws {
    let producer = try Producer(KafkaConfiguration(bootstrapServers: servers))
    defer { producer.close(timeout: .seconds(10)) }
    for number in 0..<count {
        try producer.produce(
            topic: topic, partition: partition, key: Array("k\(number)".utf8), value: Array("\(number)".utf8),
            token: UInt64(number))
    }
    let reports = producer.reports(count)
    #expect(reports.count == count)
    #expect(reports.allSatisfy { $0.error == nil })
}

/// Log lines from a client's thread.
final class Lines: @unchecked Sendable {
    // Sendable by its lock.
    private let lock = NSLock()
    private var lines: [String] = []
    func add(_ line: String) { lock.withLock { lines.append(line) } }
    var all: [String] { lock.withLock { lines } }
}

/// One real Kafka for all tests of a suite.
struct OnRealKafka: SuiteTrait, TestScoping {
    @TaskLocal static var running: RealKafka?
    var secure = false

    func provideScope(for test: Test, testCase: Test.Case?, performing function: @Sendable () async throws -> Void)
        async throws
    {
        guard RealKafka.isAvailable else { return try await function() }
        let secure = secure
        let kafka = try await blocking { try RealKafka.start(secure: secure) }
        try await Self.$running.withValue(kafka) { try await function() }
        try await blocking { try kafka.stop() }
    }

    static func servers() throws -> String { try #require(running).bootstrapServers }
}

extension Trait where Self == OnRealKafka {
    static var onRealKafka: Self { OnRealKafka() }
    static var onSecureKafka: Self { OnRealKafka(secure: true) }
}

func uniqueName(_ stem: String) -> String { "\(stem)-\(UUID().uuidString.prefix(8).lowercased())" }
