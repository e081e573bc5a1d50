import PluginKit
import ProjectionStore
import Testing
import WorkerTesting

@testable import WorkerRuntime

/// A timer fired at the very end of the log, its mail went out, and then the disk was lost. In the backup the timer still
/// waits, and the operator accepts the backup. The timer fires again, because its rows are needed; what it says is held,
/// because nobody knows whether it was said. What becomes due later speaks as ever.
@Suite(.timeLimit(.minutes(3))) struct `A timer of a store that was restored` {
    @Test func `fires again, and what it says waits for the operator`() async throws {
        try await onOwnThread {
            let trial = try ClockworkTrial()
            let now = ClockworkTrial.now
            let due = now + 4000
            try trial.record([(now, "set a \(RFC3339.text(due)) emit"), (now, "set b \(RFC3339.text(due)) emit")])
            try trial.run { _ in try #require(trial.comesTrue(taken: 2)) }
            let backup = try trial.backUp()
            try trial.record([(now, "nothing")])
            try trial.run { _ in try #require(trial.comesTrue(fired: 2)) }
            let steps = try trial.steps()
            #expect(steps == ["event 1", "event 2", "event 3", "timer a", "timer b"])
            let ids = try Self.messages(trial).map(\.content.id)
            #expect(ids.count == 2)

            try trial.restore(backup)
            try trial.run { worker in
                try #require(MeetingWorker.comesTrue { worker.lanes.first?.halted.isEmpty == false })
            }
            #expect(trial.said.contains("store-restored"))
            let keeper = try trial.keeper()
            let restores = try keeper.acceptRestore(pausing: NoWorker(), actor: "tester")
            #expect(restores.map(\.from) == [2] && restores.map(\.upTo) == [3])
            try trial.run { _ in try #require(trial.comesTrue(fired: 2)) }
            #expect(try trial.steps() == steps)
            var messages = try Self.messages(trial)
            #expect(messages.map(\.content.id) == ids)
            #expect(messages.allSatisfy { $0.state == .held && $0.reason == CarriedReason.restored })
            #expect(try keeper.acceptRestore(pausing: NoWorker(), actor: "tester").isEmpty)

            // One was seen in somebody's mailbox, the other was not.
            let settled = try keeper.settleHeld(
                [ids[0]], drop: true, pausing: NoWorker(), actor: "tester", reason: "seen")
            #expect(settled == 1)
            #expect(try keeper.heldMessages().map(\.content.id) == [ids[1]])
            #expect(
                try keeper.settleHeld(nil, drop: false, pausing: NoWorker(), actor: "tester", reason: "missing") == 1)
            messages = try Self.messages(trial)
            #expect(messages.map(\.state) == [.closed, .pending] && messages[0].reason == "dropped")
            let audit = try trial.read { try $0.audits(of: nil, limit: 9, after: 0).map(\.action) }
            #expect(audit == ["accept-restore", "drop-notices", "release-notices"])

            let later = ClockworkTrial.now
            try trial.record([(later, "set c \(RFC3339.text(later + 500)) emit")])
            try trial.run { _ in try #require(trial.comesTrue(fired: 3)) }
            #expect(try Self.messages(trial).last?.state == .pending)
        }
    }

    private static func messages(_ trial: ClockworkTrial) throws -> [OutboxMessage] {
        try trial.read { try $0.outbox(limit: 9, after: 0) }
    }
}
