import Foundation
import KafkaClient
import PluginKit
import ProjectionStore
import Testing
import WorkerTesting

@testable import WorkerRuntime

/// Nothing happens on the topic, and a timer becomes due: no record comes that would wake anybody. Another time the
/// broker is away at that moment, so nobody can know what was recorded last.
@Suite struct `Timers of a worker that is up to date` {
    @Test func `fire when the wall clock comes there, and once`() async throws {
        try await onOwnThread {
            let trial = try ClockworkTrial()
            let now = ClockworkTrial.now
            try trial.record([
                (now, "set second \(RFC3339.text(now + 3000)) none"),
                (now, "set first \(RFC3339.text(now + 2000)) again1"),
                (now, "set far \(RFC3339.text(now + 3_600_000)) none"),
            ])
            try trial.work(untilFired: 2)
            #expect(try trial.steps().suffix(2) == ["timer first", "timer second"])
            let firings = try trial.firings()
            #expect(firings.allSatisfy { $0.at >= $0.due && $0.afterOffset == 2 })
            let left = try trial.read { try $0.timers(limit: 9, after: nil) }
            #expect(left.map(\.name) == ["first", "far"])
            #expect(left.first?.due == now + 62_000 && left.first?.id == "synthetic/2")
        }
    }

    @Test func `wait for a broker that is away, since what it holds may move them`() async throws {
        try await onOwnThread {
            let trial = try ClockworkTrial()
            let due = ClockworkTrial.now + 5000
            try trial.record([(ClockworkTrial.now, "set t \(RFC3339.text(due)) none")])
            let cluster = try trial.cluster
            let watcher = Thread {
                while ClockworkTrial.now < due - 1500 { usleep(10_000) }
                try? cluster.setDown(broker: 1)
                while ClockworkTrial.now < due + 3000 { usleep(10_000) }
                try? cluster.setUp(broker: 1)
            }
            watcher.start()
            try trial.work(untilFired: 1)
            let firing = try #require(try trial.firings().first)
            #expect(firing.at >= due + 3000 && firing.outcome == .fired)
            #expect(try trial.steps() == ["event 1", "timer t"])
        }
    }
}
