import EventCatalogue
import Foundation
import KafkaClient
import PluginKit
import ProjectionStore
import ProjectionStoreSQLite
import Synchronization
import Testing
import Threads
import WorkerRuntime
import WorkerTesting

/// A deployment of one small plugin whose workers run in this process: the real lane, from librdkafka to SQLite, on a
/// mock cluster or whatever else answers at an address. What the events say is counted while they are sent, so that the
/// store can be held against it.
///
/// One thread at a time.
final class SmallDeployment {
    let folder: String
    let mailFolder: String
    let storeFolder: String
    let provider: any StoreProvider
    var settings: WorkerSettings
    let ledger: Ledger
    private(set) var sent: [String: Int] = [:]
    private let sender: Sender

    /// - Parameters:
    ///   - store: where the store lies; in the deployment's own folder by default.
    ///   - other: another store than SQLite's.
    ///   - people: whether there is a topic of people, too.
    ///   - maildir: the mail folder, in the deployment's own unless it is absolute; none by default.
    init(
        servers: String, topic: String = "events", ledger: Ledger = Ledger(), store: String? = nil,
        other: (any StoreProvider)? = nil,
        people: Bool = false,
        notices: String? = nil, maildir: String? = nil
    ) throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "diwan-small-\(UUID().uuidString)").path
        self.folder = folder
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        storeFolder = store ?? "\(folder)/store"
        provider = other ?? SQLiteStoreProvider(folder: storeFolder, cacheBytes: 4 << 20)
        self.ledger = ledger
        var kafka = KafkaConfiguration(bootstrapServers: servers)
        kafka.sessionTimeout = .seconds(6)
        // Whoever counts errors need not wait for each as long as a real cluster's clients do.
        kafka.passthrough = [
            "fetch.error.backoff.ms": "50", "topic.metadata.refresh.fast.interval.ms": "50",
            "heartbeat.interval.ms": "300",
        ]
        mailFolder = maildir.map { $0.hasPrefix("/") ? $0 : "\(folder)/\($0)" } ?? "\(folder)/mail"
        var topics: [WorkerSettings.Topic] = [
            .init(name: topic, role: .events, isOwn: true, readsHeaderless: true, isTrusted: false)
        ]
        if people {
            topics.append(.init(name: "people", role: .people, isOwn: true, readsHeaderless: true, isTrusted: false))
        }
        // Repeats are not skipped: whatever is applied twice shows.
        settings = WorkerSettings(
            deployment: "small", kafka: kafka, topics: topics,
            plugins: ["ledger": .init(activatesAtBeginning: true, acceptsGap: false)], noticesTopic: notices,
            maildir: maildir == nil ? nil : .init(folder: mailFolder, sender: "diwan@example.invalid"), dedupes: false,
            commitInterval: 100)
        sender = try Sender(kafka)
    }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    static let keys = (0..<8).map { "synthetic-\($0)" }

    // MARK: Sending

    /// Sends as many events of each key, in order, and waits until Kafka has them.
    ///
    /// - Parameter other: another sender, where the deployment's own has lost its connections.
    func send(
        _ count: Int, of keys: [String] = SmallDeployment.keys, padding: Int = 0, through other: Sender? = nil
    ) throws {
        let sender = other ?? sender
        for _ in 0..<count {
            for key in keys {
                let number = sent[key, default: 0] + 1
                try sender.send(
                    Ledger.event(key, number, padding: padding), key: key, topic: settings.topics[0].name)
                sent[key] = number
            }
        }
        try sender.wait()
    }

    func sendRaw(_ value: [UInt8]?, key: String, topic: String) throws {
        try sender.send(value, key: key, topic: topic)
        try sender.wait()
    }

    /// Takes over what another process has sent.
    func assumeSent(_ count: Int) { for key in Self.keys { sent[key] = count } }

    // MARK: Working

    func start() throws -> RunningWorker {
        try RunningWorker(settings: settings, package: ledger.package(), provider: provider)
    }

    // MARK: What came of it

    struct Standing: Equatable {
        var times: Int64
        var entries: Int64
        var last: Int64
        var breaks: Int64
    }

    func standing() throws -> [String: Standing] {
        let manifest = Ledger.manifest()
        let reader = try provider.openReader(manifest)
        defer { reader.close() }
        let table = try reader.query(manifest.queries[0], asOf: nil, parameters: [:])
        return Dictionary(
            uniqueKeysWithValues: table.rows.map { row in
                let numbers = row.dropFirst().map { $0.integer ?? 0 }
                return (
                    row[0].plain,
                    Standing(times: numbers[0], entries: numbers[1], last: numbers[2], breaks: numbers[3])
                )
            })
    }

    func withStore<Result>(_ body: (any StoreReader) throws -> Result) throws -> Result {
        let reader = try provider.openReader(Ledger.manifest())
        defer { reader.close() }
        return try body(reader)
    }

    /// Waits until the store holds all that was sent, and expects that it holds each event once and in order.
    func expectWhole(
        within timeout: Duration = .seconds(30), _ worker: RunningWorker? = nil, _ comment: String = "",
        sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        let expected = sent.mapValues { count in
            Standing(
                times: Int64(count), entries: Int64(count), last: ledger.isChained ? Int64(count) : 0, breaks: 0)
        }
        let deadline = MonotonicClock.deadline(after: timeout)
        var found: [String: Standing] = [:]
        while MonotonicClock.remaining(until: deadline) != .zero {
            found = (try? standing()) ?? [:]
            if found == expected { return }
            if let worker, let failure = worker.failure {
                Issue.record("\(comment) the worker ended: \(failure)", sourceLocation: sourceLocation)
                return
            }
            usleep(50_000)
        }
        let wrong = expected.filter { found[$0.key] != $0.value }.map { "\($0.key): \($0.value)" }.sorted()
        Issue.record(
            "\(comment) after \(timeout) expected \(wrong.prefix(3)), found \(found); \(worker?.log.suffix(20) ?? [])",
            sourceLocation: sourceLocation)
    }

    /// The notices on a topic, in the order of each key: the id of each, and the number of the event that caused it.
    func notices(on topic: String) throws -> [(id: String, key: String, number: Int)] {
        struct Notice: Decodable {
            struct Content: Decodable {
                struct Occasion: Decodable { let id, key: String }
                let occasion: Occasion
            }
            let id: String
            let data: Content
        }
        return try TopicReading.values(of: topic, settings.kafka).map { value in
            let notice = try JSONDecoder().decode(Notice.self, from: Data(value))
            let number = notice.data.occasion.id.split(separator: "/").last.flatMap { Int($0) }
            return (notice.id, notice.data.occasion.key, number ?? -1)
        }
    }
}

/// Produces records and waits for their reports. One thread at a time.
final class Sender {
    private let producer: Producer
    private var waiting = 0

    init(_ kafka: KafkaConfiguration) throws { producer = try Producer(kafka) }

    deinit { producer.close(timeout: .seconds(2)) }

    func send(_ value: [UInt8]?, key: String, topic: String) throws {
        try producer.produce(topic: topic, key: Array(key.utf8), value: value)
        waiting += 1
        if waiting >= 5000 { try wait() }
    }

    /// Until Kafka has all of it.
    func wait() throws {
        while waiting > 0 {
            switch producer.next(timeout: .seconds(30)) {
            case .delivered(let reports):
                if let error = reports.lazy.compactMap(\.error).first { throw error }
                waiting -= reports.count
            case nil: throw Diwan.Unexpected("\(waiting) events were not confirmed within 30 s")
            default: continue
            }
        }
    }
}

/// A worker that runs in this process on a thread of its own; it is asked to leave when nobody refers to it any more.
final class RunningWorker: Sendable {
    let worker: Worker
    private let ended = OneShot<WorkerFailure?>()
    private let logged: @Sendable () -> [String]

    init(settings: WorkerSettings, package: PluginPackage, provider: any StoreProvider) throws {
        final class Sink: Sendable {
            let lines = Mutex<[String]>([])
        }
        let sink = Sink()
        worker = Worker(
            settings: settings, packages: [package], catalogue: try EventCatalogue.bundled(), provider: provider,
            log: WorkerLog(level: .info) { level, component, message in
                sink.lines.withLock { $0.append("\(level) \(component): \(message)") }
            })
        logged = { sink.lines.withLock { $0 } }
        let (worker, ended) = (worker, ended)
        _ = try OSThread.start(name: "worker", stackSize: 1 << 20) {
            do throws(WorkerFailure) {
                try worker.run(standby: false)
                ended.give(nil)
            } catch {
                ended.give(error)
            }
        }
    }

    deinit { worker.stop() }

    /// What it logged so far.
    var log: [String] { logged() }

    /// Why it ended; nil while it runs and where it left in order.
    var failure: WorkerFailure? { ended.wait(timeout: .zero) ?? nil }

    var isReady: Bool { worker.lanes.first?.isReady == true }

    /// Waits until it is so.
    func becomes(within timeout: Duration = .seconds(20), _ condition: (LaneStatus) -> Bool) -> Bool {
        let deadline = MonotonicClock.deadline(after: timeout)
        while true {
            if let lane = worker.lanes.first, condition(lane) { return true }
            if MonotonicClock.remaining(until: deadline) == .zero { return false }
            usleep(20_000)
        }
    }

    /// Waits until it logs a text.
    func says(_ text: String, within timeout: Duration = .seconds(20)) -> Bool {
        let deadline = MonotonicClock.deadline(after: timeout)
        while true {
            if log.contains(where: { $0.contains(text) }) { return true }
            if MonotonicClock.remaining(until: deadline) == .zero { return false }
            usleep(20_000)
        }
    }

    /// Asks it to leave and waits; expects that it leaves in time and for no other reason.
    func leaves(within timeout: Duration = .seconds(25), sourceLocation: SourceLocation = #_sourceLocation) {
        worker.stop()
        guard let end = ended.wait(timeout: timeout) else {
            Issue.record("it did not leave within \(timeout): \(log.suffix(10))", sourceLocation: sourceLocation)
            return
        }
        #expect(end == nil, "\(log.suffix(10))", sourceLocation: sourceLocation)
    }

    /// Waits until it ends by itself; nil where it does not, or left in order.
    func fails(within timeout: Duration = .seconds(20)) -> WorkerFailure? { ended.wait(timeout: timeout) ?? nil }
}

/// Reads a topic to its end.
enum TopicReading {
    /// The values of all records, each partition's in order; a tombstone is empty.
    static func values(of topic: String, _ kafka: KafkaConfiguration) throws -> [[UInt8]] {
        let consumer = try Consumer(kafka, group: "reading-\(UUID().uuidString)")
        defer { consumer.close(timeout: .seconds(5)) }
        let partitions = try consumer.metadata(topic: topic, timeout: .seconds(20)).topic(topic)?.partitions ?? []
        var awaited = Set(partitions.map { TopicPartition(topic, $0.id) })
        try consumer.assign(awaited.map { TopicPartitionOffset($0, .beginning) })
        let deadline = MonotonicClock.deadline(after: .seconds(30))
        var values: [[UInt8]] = []
        while !awaited.isEmpty {
            switch consumer.next(timeout: MonotonicClock.remaining(until: deadline)) {
            case .records(let batch): values += batch.map { $0.valueBytes ?? [] }
            case .endOfPartition(let place, _, _): awaited.remove(place)
            case nil: throw Diwan.Unexpected("the topic \(topic) could not be read to its end within 30 s")
            default: continue
            }
        }
        return values
    }
}

extension SmallDeployment {
    /// What SQLite itself says of the file; no worker may run.
    func integrity() throws -> String {
        let process = try ChildProcess(
            program: "/usr/bin/sqlite3", arguments: ["\(storeFolder)/ledger.sqlite", "PRAGMA integrity_check"],
            folder: URL(fileURLWithPath: folder), name: "integrity")
        guard process.wait(.seconds(60)) == .exit(0) else { throw Diwan.Unexpected("sqlite3: \(process.errors)") }
        return process.output.trimmingCharacters(in: .whitespacesAndNewlines)
    }
}
