import EventCatalogue
import Foundation
import KafkaClient
import PluginKit
import ProjectionStore
import ProjectionStorePostgres
import ProjectionStoreSQLite
import Synchronization
import Threads
import WorkerRuntime
import WorkerTesting

/// How long an event takes from being produced until a reader of the store sees its row, with everything on (schemas,
/// dedupe, full durability), at a steady rate, on a real Kafka and, where asked for, a PostgreSQL of its own. Prints one
/// line of JSON.
///
/// `diwan-bench latency [--store=sqlite|postgres] [--rate=N] [--seconds=N]`: 5,000 events a second for 30 s after 5 s of
/// warming up.
enum LatencyBench {
    /// A row for each event, and for each key the ordinal of its newest, which says what a reader sees by now.
    private struct Probe: Plugin {
        let sources = PluginSources(
            manifest: "", messages: ["en.messages": "a = b\n", "ar.messages": "a = ب\n"], data: [:])

        func handle(_ event: Event, _ rows: Rows, _ effects: Effects) throws {
            let ordinal = Cell(event.data?["ordinal"]?.integer)
            try effects.put("arrival", key: Cell(event.data?["meeting_id"]?.text), values: ["ordinal": ordinal])
            try effects.put("newest", values: ["ordinal": ordinal])
        }
    }

    private struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    private static let manifest = Manifest(
        name: "probe", version: 1, summary: LocalizedText(ar: "مسبار", en: "Probe"),
        events: [Subscription(type: "org.iscm.meeting.held.v1")],
        tables: [
            table("arrival", key: ["mechanism", "meeting_id"]), table("newest", key: ["mechanism"]),
        ],
        queries: [
            QueryDefinition(
                name: "newest", title: LocalizedText(ar: "ا", en: "Newest"), visibility: .public,
                columns: ["mechanism", "ordinal"].map {
                    QueryColumn(name: $0, heading: LocalizedText(ar: $0, en: $0))
                },
                parameters: [], select: "SELECT mechanism, ordinal FROM newest")
        ])

    private static func table(_ name: String, key: [String]) -> TableDefinition {
        TableDefinition(
            name: name, kind: .rows, owner: "mechanism",
            columns: key.map { ColumnDefinition(name: $0, type: .text, isRequired: true) }
                + [ColumnDefinition(name: "ordinal", type: .integer)],
            keyCount: key.count, isReference: false, identity: [])
    }

    static func run(_ arguments: some Sequence<String>) throws {
        var numbers = ["--rate": 5000, "--seconds": 30]
        var store = Options.Store.sqlite
        for argument in arguments {
            let parts = argument.split(separator: "=", maxSplits: 1).map(String.init)
            if parts.count == 2, parts[0] == "--store", let known = Options.Store(rawValue: parts[1]) {
                store = known
            } else if parts.count == 2, numbers[parts[0]] != nil, let number = Int(parts[1]), number > 0 {
                numbers[parts[0]] = number
            } else {
                throw Failure(
                    description:
                        "unknown option \(argument); there are --store=sqlite|postgres, --rate=N and --seconds=N")
            }
        }
        print(try measure(store, rate: numbers["--rate"] ?? 1, seconds: numbers["--seconds"] ?? 1))
    }

    private static let warmUp = 5
    private static let keys = (0..<16).map { "synthetic-\($0)" }

    private static func measure(_ store: Options.Store, rate: Int, seconds: Int) throws -> String {
        let kafka = try RealKafka.start()
        try kafka.createTopic("events", partitions: 4)
        let folder = FileManager.default.temporaryDirectory.path + "/diwan-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let database = store == .postgres ? try PostgresCluster() : nil
        // Both stop with their objects.
        defer { withExtendedLifetime((kafka, database)) {} }
        let provider: any StoreProvider =
            database.map {
                PostgresStoreProvider(
                    uri: $0.uri(user: PostgresCluster.worker), deployment: "latency", durability: .full)
            } ?? SQLiteStoreProvider(folder: folder, durability: .full)
        var configuration = KafkaConfiguration(bootstrapServers: kafka.bootstrapServers)
        // Counted in; without any, thousands of requests a second would keep the machine busy and not the worker.
        configuration.linger = .milliseconds(2)
        let worker = Worker(
            settings: WorkerSettings(
                deployment: "latency", kafka: configuration,
                topics: [.init(name: "events", role: .events, isOwn: true, readsHeaderless: true, isTrusted: false)],
                plugins: ["probe": .init(activatesAtBeginning: true, acceptsGap: false)], noticesTopic: nil,
                maildir: nil),
            packages: [PluginPackage(plugin: Probe(), manifest: manifest)], catalogue: try EventCatalogue.bundled(),
            provider: provider, log: WorkerLog(level: .error))
        let ended = OneShot<String?>()
        let running = try OSThread.start(name: "worker", stackSize: 1 << 20) {
            do {
                try worker.run(standby: false)
                ended.give(nil)
            } catch {
                ended.give("the worker failed: \(error)")
            }
        }
        defer {
            worker.stop()
            running.join()
        }
        let producer = try Producer(configuration)
        defer { producer.close(timeout: .seconds(5)) }
        // The first event makes the tables and ends the rebalance.
        let sent = SentTimes(keys: keys)
        try produce(0, producer, sent)
        let watch = Watch(provider, manifest, sent)
        try watch.wait(until: 1, within: 30)
        let total = rate * (warmUp + seconds)
        let sending = OneShot<String?>()
        let isOver = OneShot<Bool>()
        let sender = try OSThread.start(name: "sender", stackSize: 1 << 20) {
            do {
                let began = MonotonicClock.now
                for number in 1...total where isOver.wait(timeout: .zero) == nil {
                    let due = began + Int64(number) * 1_000_000_000 / Int64(rate)
                    while let rest = MonotonicClock.remaining(until: due), rest > .zero {
                        usleep(UInt32(min(1000, rest.wholeNanoseconds / 1000 + 1)))
                    }
                    try produce(number, producer, sent)
                }
                sending.give(nil)
            } catch {
                sending.give("producing failed: \(error)")
            }
        }
        defer {
            isOver.give(true)
            sender.join()
        }
        let began = MonotonicClock.now
        try watch.wait(until: total + 1, within: warmUp + seconds + 60)
        let took = Double(MonotonicClock.now - began) / 1e9
        if let failure = sending.wait() ?? nil { throw Failure(description: failure) }
        return """
            {"measure": "latency", "store": "\(store.rawValue)", "events_per_s": \(Int(Double(total) / took)), \
            "visible_after": \(Latencies.text(watch.times(from: rate * warmUp)))}
            """
    }

    private static func produce(_ number: Int, _ producer: Producer, _ sent: SentTimes) throws {
        let key = number % keys.count
        let ordinal = number / keys.count + 1
        let value = """
            {"specversion":"1.0","id":"synthetic/\(number)","source":"urn:diwan:synthetic",\
            "type":"org.iscm.meeting.held.v1","time":"2026-01-31T09:00:00Z","datacontenttype":"application/json",\
            "partitionkey":"\(keys[key])","data":{"meeting_id":"\(number)","ordinal":\(ordinal),\
            "starts":"2026-01-30","synthetic":true}}
            """
        sent.add(key)
        try producer.produce(topic: "events", key: Array(keys[key].utf8), value: Array(value.utf8))
        // Whose reports nobody takes fills up.
        while producer.next(timeout: .zero) != nil {}
    }

    /// When each event of a key was produced (monotonic, in nanoseconds), in order.
    private final class SentTimes: Sendable {
        let keys: [String: Int]
        private let times: Mutex<[[Int64]]>

        init(keys: [String]) {
            self.keys = Dictionary(uniqueKeysWithValues: keys.enumerated().map { ($1, $0) })
            times = Mutex(Array(repeating: [], count: keys.count))
        }

        func add(_ key: Int) { times.withLock { $0[key].append(MonotonicClock.now) } }
        func times(of key: Int, _ range: Range<Int>) -> [Int64] { times.withLock { Array($0[key][range]) } }
    }

    /// A reader that asks again and again which events it sees. One thread.
    private final class Watch {
        private let provider: any StoreProvider
        private let manifest: Manifest
        private let sent: SentTimes
        private var seen: [Int]
        /// When the event was produced, and how long it took, in nanoseconds.
        private var found: [(sent: Int64, took: Int64)] = []

        init(_ provider: any StoreProvider, _ manifest: Manifest, _ sent: SentTimes) {
            self.provider = provider
            self.manifest = manifest
            self.sent = sent
            seen = Array(repeating: 0, count: sent.keys.count)
        }

        func wait(until count: Int, within seconds: Int) throws {
            let deadline = MonotonicClock.deadline(after: .seconds(seconds))
            // The worker makes the tables first.
            var reader: (any StoreReader)?
            defer { reader?.close() }
            while found.count < count {
                guard MonotonicClock.remaining(until: deadline) != .zero else {
                    throw Failure(description: "after \(seconds) s a reader sees \(found.count) of \(count) events")
                }
                if reader == nil { reader = try? provider.openReader(manifest) }
                if let rows = try? reader?.query(manifest.queries[0], asOf: nil, parameters: [:]).rows { take(rows) }
                usleep(1000)
            }
        }

        private func take(_ rows: [[Cell]]) {
            let now = MonotonicClock.now
            for row in rows {
                guard let key = sent.keys[row[0].plain], let newest = row[1].integer, Int(newest) > seen[key] else {
                    continue
                }
                for time in sent.times(of: key, seen[key]..<Int(newest)) { found.append((time, now - time)) }
                seen[key] = Int(newest)
            }
        }

        /// Milliseconds, without the first `skipped` events.
        func times(from skipped: Int) -> [Double] {
            found.sorted { $0.sent < $1.sent }.dropFirst(skipped).map { Double($0.took) / 1e6 }
        }
    }
}
