import Foundation
import ProjectionStore
import Testing
import Threads

extension SmallDeployment {
    /// The messages that are neither sent nor closed, by destination.
    func unsettled() throws -> [String: Int] {
        try withStore { store in
            let open = try store.outbox(limit: 100_000, after: 0).filter { $0.state != .sent && $0.state != .closed }
            return Dictionary(grouping: open, by: \.content.destination).mapValues(\.count)
        }
    }

    /// The same in words, for a test's comment.
    var pending: String { "still to be sent: \((try? unsettled()) ?? [:])" }

    func deadLetters() throws -> [DeadLetter] { try withStore { try $0.deadLetters(limit: 1000, after: 0) } }

    /// Waits until the outbox has nothing to send any more, to one destination or to all.
    func settles(_ destination: String? = nil, within timeout: Duration = .seconds(60)) throws -> Bool {
        let deadline = MonotonicClock.deadline(after: timeout)
        while true {
            let open = try unsettled()
            if destination.map({ open[$0] == nil }) ?? open.isEmpty { return true }
            if MonotonicClock.remaining(until: deadline) == .zero { return false }
            usleep(50_000)
        }
    }

    /// Expects a notice for each event on the topic, under the id that the outbox gave it, the first of each in order of
    /// its key, and no more repeats than allowed.
    func expectNotices(
        on topic: String, mostRepeats: Int, sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        let ids = try withStore { store in
            Set(
                try store.outbox(limit: 100_000, after: 0).filter { $0.content.destination == "kafka" }.map(
                    \.content.id))
        }
        let found = try notices(on: topic)
        #expect(ids.count == sent.values.reduce(0, +), sourceLocation: sourceLocation)
        #expect(Set(found.map(\.id)) == ids, sourceLocation: sourceLocation)
        #expect(
            found.count - ids.count <= mostRepeats, "\(found.count - ids.count) repeats", sourceLocation: sourceLocation
        )
        var known: Set<String> = []
        var numbers: [String: [Int]] = [:]
        for notice in found where known.insert(notice.id).inserted {
            numbers[notice.key, default: []].append(notice.number)
        }
        for (key, count) in sent {
            #expect(numbers[key] == Array(1...count), "\(key): \(numbers[key] ?? [])", sourceLocation: sourceLocation)
        }
    }

    /// The files of the Maildir, by name.
    func mails() -> [String] {
        ((try? FileManager.default.contentsOfDirectory(atPath: "\(mailFolder)/new")) ?? []).sorted()
    }
}
