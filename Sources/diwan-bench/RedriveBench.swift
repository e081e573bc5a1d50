import EventCatalogue
import Foundation
import KafkaClient
import PluginKit
import ProjectionStore
import ProjectionStoreSQLite
import Synchronization
import WorkerRuntime

/// What the redrive of a long sequence costs those beside it: parks many events of one sequence behind one that fails,
/// measures how long single events of other keys take from being produced to being committed, then redrives while they go
/// on, and measures the same again. Prints one line of JSON; an order that was not kept is a failure.
///
/// `diwan-bench redrive [--events=N] [--seconds=N] [--rate=N]`; BOOTSTRAP names the brokers.
enum RedriveBench {
    /// Refuses the first event of the sequence until it is mended, and counts what comes out of order.
    private struct Probe: Plugin {
        let sources = PluginSources(
            manifest: "", messages: ["en.messages": "a = b\n", "ar.messages": "a = ب\n"], data: [:])
        let isMended: Switch

        func reads(_ event: Event, _ keys: inout ReadSet) throws {
            keys.add("progress", .text(event.key), Cell(event.data?["meeting_id"]?.text))
        }

        func handle(_ event: Event, _ rows: Rows, _ effects: Effects) throws {
            let meeting = Cell(event.data?["meeting_id"]?.text)
            let number = event.data?["ordinal"]?.integer ?? 0
            if number == 1, event.key == "parked", !isMended.isOn {
                throw Refusal(reason: "not-yet", detail: "the operator has not mended this yet")
            }
            let row = try rows.row("progress", .text(event.key), meeting)
            let last = row?["last"].integer ?? 0
            let disorder = (row?["disorder"].integer ?? 0) + (number == last + 1 ? 0 : 1)
            try effects.put(
                "progress", key: meeting, values: ["last": .integer(number), "disorder": .integer(disorder)])
        }
    }

    private final class Switch: Sendable {
        private let state = Mutex(false)
        var isOn: Bool { state.withLock { $0 } }
        func turnOn() { state.withLock { $0 = true } }
    }

    private struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    private static let manifest = Manifest(
        name: "probe", version: 1, summary: LocalizedText(ar: "مسبار", en: "Probe"),
        events: [Subscription(type: "org.iscm.meeting.held.v1")],
        tables: [
            TableDefinition(
                name: "progress", kind: .rows, owner: "mechanism",
                columns: [
                    ColumnDefinition(name: "mechanism", type: .text, isRequired: true),
                    ColumnDefinition(name: "meeting_id", type: .text, isRequired: true),
                    ColumnDefinition(name: "last", type: .integer), ColumnDefinition(name: "disorder", type: .integer),
                ], keyCount: 2, isReference: false, identity: [])
        ],
        queries: [
            QueryDefinition(
                name: "progress", title: LocalizedText(ar: "ا", en: "Progress"), visibility: .public,
                columns: ["last", "disorder"].map { QueryColumn(name: $0, heading: LocalizedText(ar: $0, en: $0)) },
                parameters: [], select: "SELECT last, disorder FROM progress WHERE mechanism = 'parked'")
        ])

    static func run(_ arguments: some Sequence<String>) throws {
        var numbers = ["--events": 10_000, "--seconds": 10, "--rate": 50]
        for argument in arguments {
            let parts = argument.split(separator: "=", maxSplits: 1).map(String.init)
            guard parts.count == 2, numbers[parts[0]] != nil, let number = Int(parts[1]), number > 0 else {
                throw Failure(description: "unknown option \(argument); there are --events=N, --seconds=N and --rate=N")
            }
            numbers[parts[0]] = number
        }
        guard let servers = ProcessInfo.processInfo.environment["BOOTSTRAP"] else {
            throw Failure(description: "the environment variable BOOTSTRAP is missing: it names the brokers")
        }
        let bench = try Bench(servers)
        defer { bench.end() }
        let line = try bench.measure(
            events: numbers["--events"] ?? 1, seconds: numbers["--seconds"] ?? 1, rate: numbers["--rate"] ?? 1)
        print(line)
    }

    private final class Bench {
        private let topic = "redrive-\(UUID().uuidString.prefix(8).lowercased())"
        private let folder = FileManager.default.temporaryDirectory.path + "/diwan-\(UUID().uuidString)"
        private let mended = Switch()
        private let producer: Producer
        private let worker: Worker
        private let provider: SQLiteStoreProvider
        private let ended = DispatchSemaphore(value: 0)
        private var produced: Int64 = 0
        private var live = 0

        init(_ servers: String) throws {
            let kafka = KafkaConfiguration(bootstrapServers: servers)
            let admin = try Admin(kafka)
            defer { admin.close(timeout: .seconds(1)) }
            for result in try admin.createTopics(
                [TopicSpecification(name: topic, partitions: 1)], timeout: .seconds(30)
            ).values { try result.get() }
            producer = try Producer(kafka)
            provider = SQLiteStoreProvider(folder: folder)
            var settings = WorkerSettings(
                deployment: "redrive", kafka: kafka,
                topics: [.init(name: topic, role: .events, isOwn: true, readsHeaderless: true, isTrusted: false)],
                plugins: ["probe": .init(activatesAtBeginning: true, acceptsGap: false)], noticesTopic: nil,
                maildir: nil)
            settings.parkedPerSequence = 10_000_000
            settings.parkedInAll = 10_000_000
            worker = Worker(
                settings: settings, packages: [PluginPackage(plugin: Probe(isMended: mended), manifest: manifest)],
                catalogue: try EventCatalogue.bundled(), provider: provider, log: WorkerLog(level: .error))
            let thread = Thread { [worker, ended] in
                do {
                    try worker.run(standby: false)
                } catch {
                    FileHandle.standardError.write(Data("the worker failed: \(error)\n".utf8))
                }
                ended.signal()
            }
            thread.start()
        }

        func end() {
            worker.stop()
            ended.wait()
            producer.close(timeout: .seconds(5))
            try? FileManager.default.removeItem(atPath: folder)
        }

        func measure(events: Int, seconds: Int, rate: Int) throws -> String {
            for number in 1...events { try produce("parked", "parked", number) }
            try producer.flush(timeout: .seconds(60))
            try wait("all events are parked", 300) { self.records >= self.produced }
            let without = try latencies(rate) { elapsed in elapsed < Double(seconds) }

            mended.turnOn()
            let outcome = Mutex<(outcome: DeadLetterOutcome?, error: String?)?>(nil)
            let began = Date()
            let caller = Thread { [folder] in
                let command = DeadLetterCommand(
                    action: .redrive, letters: [1], actor: "bench", reason: "measuring", at: 0)
                do {
                    let client = try ControlClient.connect(storeFolder: folder)
                    let reply = try client?.ask(ControlRequest(.deadLetters, plugin: "probe", command: command))
                    outcome.withLock { $0 = (reply?.outcome, reply?.message) }
                } catch {
                    outcome.withLock { $0 = (nil, String(describing: error)) }
                }
            }
            caller.start()
            let during = try latencies(rate) { _ in outcome.withLock { $0 == nil } }
            let took = Date().timeIntervalSince(began)
            guard let last = outcome.withLock({ $0?.outcome }), last.isFinished else {
                throw Failure(description: "the redrive failed: \(outcome.withLock { $0?.error } ?? "no answer")")
            }
            try checkOrder(events)
            return """
                {"measure": "redrive", "events": \(events), "seconds": \(Latencies.short(took)), \
                "events_per_s": \(Int(Double(events) / took)), "order": "kept", "others_per_s": \(rate), \
                "others_without": \(Latencies.text(without)), "others_during": \(Latencies.text(during))}
                """
        }

        private func checkOrder(_ events: Int) throws {
            let reader = try provider.openReader(manifest)
            defer { reader.close() }
            let rows = try reader.query(manifest.queries[0], asOf: nil, parameters: [:]).rows
            let left = try reader.parkedCount(owner: nil)
            guard rows.count == 1, rows[0][0].integer == Int64(events), rows[0][1].integer == 0, left == 0 else {
                throw Failure(
                    description: "the order was not kept: \(rows.map { $0.map(\.plain) }), \(left) still parked")
            }
        }

        // MARK: Others

        /// Produces single events of other keys and says how long each took until it was committed, in milliseconds.
        private func latencies(_ rate: Int, while holds: (_ elapsed: Double) -> Bool) throws -> [Double] {
            var times: [Double] = []
            let began = Date()
            repeat {
                let sent = Date()
                live += 1
                try produce("other-\(live % 64)", "live-\(live)", 1)
                try wait("an event of another key is committed", 60) { self.records >= self.produced }
                times.append(Date().timeIntervalSince(sent) * 1000)
                let rest = 1 / Double(rate) - Date().timeIntervalSince(sent)
                if rest > 0 { usleep(UInt32(rest * 1_000_000)) }
            } while holds(Date().timeIntervalSince(began))
            return times
        }

        private var records: Int64 { worker.lanes.first?.records ?? 0 }

        private func wait(_ what: String, _ seconds: Double, until holds: () -> Bool) throws {
            let deadline = Date().addingTimeInterval(seconds)
            while !holds() {
                guard Date() < deadline else { throw Failure(description: "not within \(Int(seconds)) s: \(what)") }
                usleep(500)
            }
        }

        private func produce(_ key: String, _ meeting: String, _ number: Int) throws {
            let value = """
                {"specversion":"1.0","id":"synthetic/\(meeting)/\(number)","source":"urn:diwan:synthetic",\
                "type":"org.iscm.meeting.held.v1","time":"2026-01-31T09:00:00Z","datacontenttype":"application/json",\
                "partitionkey":"\(key)","data":{"meeting_id":"\(meeting)","ordinal":\(number),"starts":"2026-01-30",\
                "synthetic":true}}
                """
            while true {
                do throws(KafkaError) {
                    try producer.produce(topic: topic, key: Array(key.utf8), value: Array(value.utf8))
                    break
                } catch {
                    guard error.code == .queueFull else { throw error }
                    usleep(10_000)
                }
            }
            produced += 1
        }
    }
}
