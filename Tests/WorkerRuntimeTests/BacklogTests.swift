import EventCatalogue
import Foundation
import KafkaClient
import PluginKit
import ProjectionStore
import ProjectionStoreSQLite
import Testing
import WorkerTesting

@testable import WorkerRuntime

/// A worker comes back to a log of many events. It gathers a transaction while the one before it is being written, and
/// something goes wrong in the middle: a row that the table refuses, a locked store, another owner, a stop. The tables
/// hold each event once, in order, or the worker says why it stopped.
@Suite struct BacklogTests {
    /// Keeps for each mechanism how many meetings there were and which was the last; some events ask for what there is
    /// so far, and so make their transaction go through the store in the middle.
    private struct Ledger: Plugin {
        let sources = PluginSources(
            manifest: "", messages: ["en.messages": "a = b\n", "ar.messages": "a = ب\n"], data: [:])

        func reads(_ event: Event, _ keys: inout ReadSet) throws {
            if event.subject == "asks" { keys.add("total", .text(event.key)) }
        }

        func handle(_ event: Event, _ rows: Rows, _ effects: Effects) throws {
            let meeting = Cell(event.data?["meeting_id"]?.text)
            if event.subject == "asks" {
                let count = try rows.row("total", .text(event.key))?["meetings"].integer ?? 0
                try effects.put("seen", key: meeting, values: ["before": .integer(count)])
            }
            try effects.tally("total", values: ["meetings": 1])
            try effects.put("last", values: ["meeting_id": meeting])
            // A row of its own, so that no later event's row takes its place before the table can refuse it.
            if event.data?["level"] == nil { try effects.put("note", key: meeting, values: ["body": "{no JSON"]) }
        }
    }

    private static let manifest = Manifest(
        name: "ledger", version: 1, summary: LocalizedText(ar: "دفتر", en: "Ledger"),
        events: [Subscription(type: "org.iscm.meeting.held.v1")],
        tables: [
            table("total", .tally, [ColumnDefinition(name: "meetings", type: .integer, merge: .sum)]),
            table(
                "last", .rows,
                [ColumnDefinition(name: "meeting_id", type: .text)]),
            table(
                "note", .rows,
                [
                    ColumnDefinition(name: "meeting_id", type: .text, isRequired: true),
                    ColumnDefinition(name: "body", type: .json),
                ], keys: 2),
            table(
                "seen", .rows,
                [
                    ColumnDefinition(name: "meeting_id", type: .text, isRequired: true),
                    ColumnDefinition(name: "before", type: .integer),
                ], keys: 2),
        ],
        queries: [
            query(
                "totals", ["mechanism", "meetings", "meeting_id"],
                """
                SELECT t.mechanism, t.meetings, l.meeting_id FROM total AS t
                JOIN last AS l ON l.mechanism = t.mechanism ORDER BY t.mechanism
                """),
            query("seen", ["meeting_id", "before"], "SELECT meeting_id, before FROM seen ORDER BY meeting_id"),
        ])

    private static func table(
        _ name: String, _ kind: TableDefinition.Kind, _ columns: [ColumnDefinition], keys: Int = 1
    ) -> TableDefinition {
        TableDefinition(
            name: name, kind: kind, owner: "mechanism",
            columns: [ColumnDefinition(name: "mechanism", type: .text, isRequired: true)] + columns, keyCount: keys,
            isReference: false, identity: [])
    }

    private static func query(_ name: String, _ columns: [String], _ select: String) -> QueryDefinition {
        QueryDefinition(
            name: name, title: LocalizedText(ar: "ا", en: name), visibility: .public,
            columns: columns.map { QueryColumn(name: $0, heading: LocalizedText(ar: "ا", en: $0)) }, parameters: [],
            select: select)
    }

    // MARK: The log

    /// What the tables must hold, counted while the log is written.
    private struct Expected {
        var totals: [[String]] = []
        var seen: [[String]] = []
        var letters = 0
        var duplicates = 0
    }

    private struct Story {
        let cluster: MockCluster
        let provider: SQLiteStoreProvider
        let expected: Expected
        let folder: String
    }

    private static let mechanisms = 40
    private static let events = 16_000

    /// - Parameters:
    ///   - asking: every so many events one that reads; 0 for none.
    ///   - refused: the indexes of events whose row the table refuses.
    private static func story(asking: Int = 0, refused: Set<Int> = []) throws -> Story {
        let cluster = try MockCluster(topics: [(name: "events", partitions: 2)])
        let producer = try Producer(KafkaConfiguration(bootstrapServers: cluster.bootstrapServers))
        var counts = Array(repeating: 0, count: mechanisms)
        var last = Array(repeating: "", count: mechanisms)
        var expected = Expected()
        for index in 0..<events {
            let mechanism = index * 7 % mechanisms
            let meeting = "m-\(String(format: "%06d", index))"
            let asks = asking > 0 && index % asking == asking - 1
            let value = event(meeting, mechanism, asks: asks, level: refused.contains(index) ? nil : "technical")
            let partition = Int32(mechanism % 2)
            try producer.produce(
                topic: "events", partition: partition, key: Array("mech-\(mechanism)".utf8), value: value)
            if index % 50 == 3 {
                // The source sends it again: at once, and so mostly into the same or the next transaction.
                try producer.produce(
                    topic: "events", partition: partition, key: Array("mech-\(mechanism)".utf8), value: value)
                if !refused.contains(index) { expected.duplicates += 1 } else { expected.letters += 1 }
            }
            if refused.contains(index) {
                expected.letters += 1
                continue
            }
            if asks { expected.seen.append([meeting, String(counts[mechanism])]) }
            counts[mechanism] += 1
            last[mechanism] = meeting
            if index % 2000 == 0 { try producer.flush(timeout: .seconds(20)) }
        }
        try producer.flush(timeout: .seconds(20))
        producer.close(timeout: .seconds(5))
        expected.totals = (0..<mechanisms).filter { counts[$0] > 0 }.map {
            ["mech-\($0)", String(counts[$0]), last[$0]]
        }.sorted { $0[0] < $1[0] }
        let folder = FileManager.default.temporaryDirectory.appending(path: "diwan-\(UUID().uuidString)").path
        return Story(
            cluster: cluster, provider: SQLiteStoreProvider(folder: folder), expected: expected, folder: folder)
    }

    private static func event(_ meeting: String, _ mechanism: Int, asks: Bool, level: String?) -> [UInt8] {
        let level = level.map { "\"level\":\"\($0)\"," } ?? ""
        return Array(
            """
            {"specversion":"1.0","id":"synthetic/\(meeting)","source":"urn:diwan:synthetic",\
            "type":"org.iscm.meeting.held.v1","time":"2026-01-31T09:00:00Z","datacontenttype":"application/json",\
            "subject":"\(asks ? "asks" : "tells")","partitionkey":"mech-\(mechanism)",\
            "data":{"meeting_id":"\(meeting)",\(level)"starts":"2026-01-30","synthetic":true}}
            """.utf8)
    }

    // MARK: The worker

    /// Runs until all is taken in, or until `during` (called again and again beside it) says to stop.
    private static func run(_ story: Story, during: @escaping @Sendable (Int64) -> Bool = { _ in true }) throws {
        let worker = Worker(
            settings: WorkerSettings(
                deployment: "ledger", kafka: KafkaConfiguration(bootstrapServers: story.cluster.bootstrapServers),
                topics: [.init(name: "events", role: .events, isOwn: true, readsHeaderless: true, isTrusted: false)],
                plugins: ["ledger": .init(activatesAtBeginning: true, acceptsGap: false)], noticesTopic: nil,
                maildir: nil, batchEvents: 1000),
            packages: [PluginPackage(plugin: Ledger(), manifest: manifest)], catalogue: try EventCatalogue.bundled(),
            provider: story.provider, log: WorkerLog(level: .error))
        let ended = Flags()
        let watcher = Thread {
            for _ in 0..<12_000 where !ended.isSet {
                guard worker.lanes.first?.isIdle != true, during(worker.lanes.first?.records ?? 0) else { break }
                usleep(5000)
            }
            worker.stop()
        }
        watcher.start()
        defer { ended.set() }
        try worker.run(standby: false)
    }

    // @unchecked Sendable: one lock guards the one flag.
    private final class Flags: @unchecked Sendable {
        private let lock = NSLock()
        private var value = false
        var isSet: Bool { lock.withLock { value } }
        func set() { lock.withLock { value = true } }
        /// True for the first caller.
        func take() -> Bool {
            lock.withLock {
                defer { value = true }
                return !value
            }
        }
    }

    private static func check(_ story: Story) throws {
        let reader = try story.provider.openReader(manifest)
        defer { reader.close() }
        func rows(_ query: Int) throws -> [[String]] {
            try reader.query(manifest.queries[query], asOf: nil, parameters: [:]).rows.map { $0.map(\.plain) }
        }
        #expect(try rows(0) == story.expected.totals)
        #expect(try rows(1) == story.expected.seen)
        let letters = try reader.deadLetters(limit: 1000, after: 0)
        #expect(letters.count == story.expected.letters)
        // Its repeat waits behind it: whether it is one is known when it is redriven.
        #expect(letters.allSatisfy { ["row-refused", "parked"].contains($0.content.reason) })
        #expect(letters.allSatisfy { $0.state == .dead || $0.content.reason == "parked" })
        #expect(try reader.counters()[StoreCounter.duplicates] ?? 0 == Int64(story.expected.duplicates))
    }

    private static func remove(_ story: Story) {
        story.cluster.close()
        try? FileManager.default.removeItem(atPath: story.folder)
    }

    // MARK: Incidents

    @Test func `a backlog is taken in once and in order, repeats left out`() async throws {
        try await onOwnThread {
            let story = try Self.story()
            defer { Self.remove(story) }
            try Self.run(story)
            try Self.check(story)
        }
    }

    @Test func `an event that reads sees every event before it, gathered or being written`() async throws {
        try await onOwnThread {
            let story = try Self.story(asking: 397)
            defer { Self.remove(story) }
            try Self.run(story)
            try Self.check(story)
        }
    }

    @Test
    func `a row that is refused while the next transaction is gathered is a dead letter, and nothing else is lost`()
        async throws
    {
        try await onOwnThread {
            let story = try Self.story(asking: 1500, refused: [2_345, 2_346, 9_003])
            defer { Self.remove(story) }
            try Self.run(story)
            try Self.check(story)
        }
    }

    @Test func `a store that is locked in the middle is waited for`() async throws {
        try await onOwnThread {
            let story = try Self.story(asking: 2900)
            defer { Self.remove(story) }
            let locked = Flags()
            try Self.run(story) { records in
                guard records > 2000, locked.take() else { return true }
                // Longer than a writer waits for the lock by itself.
                Self.lock(story, seconds: 2.5)
                return true
            }
            #expect(locked.isSet)
            try Self.check(story)
        }
    }

    @Test func `a worker that is stopped again and again goes on where the store stands`() async throws {
        try await onOwnThread {
            let story = try Self.story(asking: 1700)
            defer { Self.remove(story) }
            for stop in [1_500, 3_700, 2_900] as [Int64] {
                try Self.run(story) { records in records < stop }
            }
            try Self.run(story)
            try Self.check(story)
        }
    }

    @Test func `another owner that takes a partition over stops the worker, and its transaction leaves nothing`()
        async throws
    {
        try await onOwnThread {
            let story = try Self.story()
            defer { Self.remove(story) }
            let taken = Flags()
            var failure: WorkerFailure?
            do {
                try Self.run(story) { records in
                    if records > 2000, taken.take() { Self.takeOver(story) }
                    return true
                }
            } catch let error as WorkerFailure {
                failure = error
            }
            #expect(failure?.kind == .software)
            let reader = try story.provider.openReader(Self.manifest)
            defer { reader.close() }
            // What is counted is what the offsets say, repeats apart: no row of a transaction that was refused is there.
            let rows = try reader.query(Self.manifest.queries[0], asOf: nil, parameters: [:]).rows
            let counted = rows.reduce(0) { $0 + ($1[1].integer ?? 0) }
            let repeats = try reader.counters()[StoreCounter.duplicates] ?? 0
            #expect(try reader.partitions().reduce(0) { $0 + $1.nextOffset } == counted + repeats)
            #expect(counted < Int64(Self.events))
        }
    }

    /// Another connection writes, and is slow to finish.
    private static func lock(_ story: Story, seconds: Double) {
        for _ in 0..<40 {
            guard let other = try? story.provider.openWriter(manifest, data: [:]) else { continue }
            defer { other.close() }
            guard (try? other.begin()) != nil else { continue }
            usleep(UInt32(seconds * 1_000_000))
            other.rollback()
            return
        }
        Issue.record("the store was never locked")
    }

    private static func takeOver(_ story: Story) {
        for _ in 0..<40 {
            guard let other = try? story.provider.openWriter(manifest, data: [:]) else { continue }
            defer { other.close() }
            guard (try? other.begin()) != nil, var state = try? other.partitions().first else { continue }
            let epoch = state.epoch
            state.epoch += 1
            guard (try? other.claim(state, replacing: epoch)) == true, (try? other.commit()) != nil else { continue }
            return
        }
        Issue.record("the partition was never taken over")
    }
}
