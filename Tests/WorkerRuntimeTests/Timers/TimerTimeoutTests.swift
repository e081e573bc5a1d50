import Glibc
import PluginKit
import ProjectionStore
import Testing
import WorkerTesting

@testable import WorkerRuntime

/// A timer's handler does not come back. The worker ends itself, and is started again and again; when the timer's
/// attempts are used up it is a dead letter, and all else goes on. The plugin is mended, and the timer redriven.
@Suite(.timeLimit(.minutes(3))) struct `A timer whose handler hangs` {
    @Test func `is a dead letter at the start after its last attempt, and can be redriven`() async throws {
        let trial = try await onOwnThread {
            let trial = try ClockworkTrial()
            let base = ClockworkTrial.now - 3_600_000
            try trial.record([
                (base, "set a \(RFC3339.text(base + 1000)) hangs"), (base, "set b \(RFC3339.text(base + 2000)) none"),
                (base + 3000, "nothing"),
            ])
            return trial
        }
        let address = trial.address
        for _ in 1...2 {
            await #expect(processExitsWith: .exitCode(70)) { [address = address as ClockworkTrial.Address] in
                try await onOwnThread {
                    let trial = ClockworkTrial(at: address)
                    let hangs = Clockwork(also: { payload in while payload == "hangs" { sleep(1) } })
                    try trial.run(hangs, ClockworkTrial.plugin(attempts: 2, timeout: 400)) { _ in
                        _ = trial.comesTrue(fired: 2)
                    }
                }
            }
        }
        try await onOwnThread {
            let plugin = ClockworkTrial.plugin(attempts: 2, timeout: 400)
            try trial.run(Clockwork(), plugin) { _ in try #require(trial.comesTrue(taken: 3)) }
            #expect(try trial.outcomes() == ["a failed", "b fired"])
            #expect(try trial.steps() == ["event 1", "event 2", "timer b", "event 3"])
            let letters = try trial.read { try $0.deadLetters(limit: 9, after: 0) }
            #expect(letters.map(\.content.reason) == ["handler-timeout"])
            #expect(letters.first?.content.kind == .timer)
            #expect(letters.first?.content.detail.contains("2 times") == true, "\(letters)")
            // The note has done its work.
            #expect(access("\(address.folder)/clockwork.sqlite.overruns", F_OK) != 0)

            let command = DeadLetterCommand(
                action: .redrive, letters: letters.map(\.number), actor: "tester", reason: "mended", at: 1,
                isDryRun: false)
            try trial.worker().repair("clockwork", command) { _ in }
            #expect(try trial.steps().last == "timer a")
        }
    }
}
