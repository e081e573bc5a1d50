import Foundation
import KafkaClient
import ProjectionStore
import Threads

/// How far the workers have come, by what the store holds.
final class Watch {
    private let site: Site
    private let feed: Feed
    private var reader: (any StoreReader)?

    init(_ site: Site, _ feed: Feed) {
        self.site = site
        self.feed = feed
    }

    /// Runs `body` on the store; nil while it cannot be read.
    func ask<Value>(_ body: (any StoreReader) throws -> Value) -> Value? {
        do {
            let reader = try self.reader ?? site.openReader()
            self.reader = reader
            return try body(reader)
        } catch {
            close()
            return nil
        }
    }

    func close() {
        reader?.close()
        reader = nil
    }

    /// Waits until in every partition a record is applied that arrived after `moment`.
    ///
    /// - Parameter tick: called every 20 ms; what it throws ends the waiting.
    /// - Returns: how long after `moment` that was; nil where it was not within `timeout`.
    func recovery(since moment: Int64, within timeout: Duration, tick: () throws -> Void) throws -> Duration? {
        feed.trickle(true)
        defer { feed.trickle(false) }
        let deadline = moment + timeout.wholeNanoseconds
        while MonotonicClock.now < deadline {
            try tick()
            let arrived = feed.arrived(after: moment)
            if arrived.count == Int(Site.partitions), let next = positions(),
                arrived.allSatisfy({ (next[$0.key] ?? 0) > $0.value })
            {
                return .nanoseconds(MonotonicClock.now - moment)
            }
            Pause.milliseconds(20)
        }
        return nil
    }

    /// The next offset of each partition of the topic of events.
    private func positions() -> [Int32: Int64]? {
        ask { store in
            Dictionary(
                uniqueKeysWithValues: try store.partitions().filter { $0.key.topic == site.events }.map {
                    ($0.key.partition, $0.nextOffset)
                })
        }
    }

    /// Waits until everything is taken in and sent, what is emitted meanwhile included.
    ///
    /// - Returns: nil when it is; what is left when nothing has moved for `patience`.
    func drain(patience: Duration, tick: () throws -> Void) throws -> String? {
        var last = ""
        var lastMove = MonotonicClock.now
        var quiet = 0
        while true {
            try tick()
            let left = remaining()
            if left == nil {
                quiet += 1
                // What was sent last may come back as an event.
                if quiet >= 3 { return nil }
            } else {
                quiet = 0
            }
            let now = MonotonicClock.now
            if left ?? "" != last {
                last = left ?? ""
                lastMove = now
            }
            if now - lastMove > patience.wholeNanoseconds { return left }
            Pause.milliseconds(150)
        }
    }

    private func remaining() -> String? {
        guard feed.isSettled else { return "\(feed.sent) records published so far" }
        guard let ends = try? logEnds() else { return "the log's ends are not known" }
        let found: String?? = ask { store in
            let next = Dictionary(uniqueKeysWithValues: try store.partitions().map { ($0.key, $0.nextOffset) })
            for (key, end) in ends.sorted(by: { $0.key < $1.key }) where next[key] ?? 0 < end {
                return "\(key) at \(next[key] ?? 0) of \(end)"
            }
            // Those that are due in a year stay.
            let soon = Int64(Date().timeIntervalSince1970 * 1000) + 86_400_000
            if let timer = try store.timers(limit: 1, after: nil).first, let due = timer.due, due < soon {
                return "timer \(timer.name) of \(timer.owner), due at \(due), has not fired"
            }
            var after: Int64 = 0
            while true {
                let page = try store.outbox(limit: 1000, after: after)
                if let open = page.first(where: { $0.state == .pending || $0.state == .waiting }) {
                    return
                        "message \(open.number) to \(open.content.destination) is \(open.state.rawValue) \(open.reason)"
                }
                guard let last = page.last else { return nil }
                after = last.number
            }
        }
        return found ?? "the store cannot be read"
    }

    private func logEnds() throws -> [PartitionKey: Int64] {
        let admin = try Admin(site.kafkaConfiguration)
        defer { admin.close(timeout: .seconds(1)) }
        var ends: [PartitionKey: Int64] = [:]
        for (topic, count) in [(site.events, Site.partitions), (site.people, 1)] {
            for partition in 0..<count {
                ends[PartitionKey(topic: topic, partition: partition)] =
                    try admin.watermarks(TopicPartition(topic, partition), timeout: .seconds(10)).high
            }
        }
        return ends
    }
}
