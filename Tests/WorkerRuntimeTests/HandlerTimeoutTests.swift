import Foundation
import Glibc
import PluginKit
import ProjectionStore
import ProjectionStoreSQLite
import Synchronization
import Testing
import Threads
import WorkerTesting

@testable import WorkerRuntime

/// A plugin's handler does not come back from one event. The worker cannot kill a thread, so it ends itself without
/// committing and says which event it was; started again, it makes that event a dead letter when its attempts are used
/// up, and everything else is in the tables.
@Suite(.timeLimit(.minutes(3))) struct HandlerTimeoutTests {
    @Test func `a handler that hangs ends the worker, and its event becomes a dead letter at the next start`()
        async throws
    {
        let place = try await onOwnThread {
            let place = try MeetingWorker()
            try place.send(["m-1", "hangs", "m-2", "m-3"])
            return place
        }
        let address = place.address
        // Twice: the second start counts the first one's attempt, and tries again.
        for _ in 1...2 {
            await #expect(processExitsWith: .exitCode(70)) { [address = address as MeetingWorker.Address] in
                try await onOwnThread { try Self.workUntilItHangs(address, attempts: 2) }
            }
        }
        try await onOwnThread {
            try place.run(Self.plugin(attempts: 2)) { worker in
                try #require(MeetingWorker.comesTrue { worker.lanes.first?.positions.first?.next == 4 })
            }
            #expect(try place.meetings() == ["m-1", "m-2", "m-3"])
            let letters = try place.deadLetters()
            #expect(letters.map(\.content.reason) == ["handler-timeout"])
            #expect(letters.first?.content.detail.contains("2 times") == true, "\(letters)")
            // What is behind it is known; the note goes with the next start.
            try place.run(Self.plugin(attempts: 2)) { worker in
                try #require(MeetingWorker.comesTrue { worker.lanes.first?.isIdle == true })
            }
            #expect(access("\(place.provider.folder)/keeper.sqlite.overruns", F_OK) != 0)
        }
    }

    private static func plugin(attempts: Int) -> WorkerSettings.Plugin {
        .init(activatesAtBeginning: true, acceptsGap: false, attempts: attempts, handlerTimeout: 400)
    }

    private static func workUntilItHangs(_ address: MeetingWorker.Address, attempts: Int) throws {
        let place = MeetingWorker(at: address) { meeting in
            while meeting == "hangs" { sleep(1) }
        }
        try place.run(plugin(attempts: attempts)) { worker in
            _ = MeetingWorker.comesTrue(within: .seconds(30)) { worker.lanes.first?.positions.first?.next == 4 }
        }
    }

    @Test func `a handler that is slow but comes back in time is left alone`() async throws {
        try await onOwnThread {
            let place = try MeetingWorker { meeting in
                if meeting.hasPrefix("slow") { usleep(150_000) }
            }
            try place.send((1...8).map { "slow-\($0)" })
            try place.run(Self.plugin(attempts: 1)) { worker in
                try #require(MeetingWorker.comesTrue { worker.lanes.first?.positions.first?.next == 8 })
            }
            #expect(try place.meetings().count == 8)
        }
    }

    @Test func `a handler that fails is tried as often as the configuration says`() async throws {
        try await onOwnThread {
            struct Fault: Error {}
            let tries = Mutex<[String: Int]>([:])
            let place = try MeetingWorker { meeting in
                let count = tries.withLock { tries in
                    tries[meeting, default: 0] += 1
                    return tries[meeting] ?? 0
                }
                if meeting == "recovers", count < 3 { throw Fault() }
                if meeting == "fails" { throw Fault() }
                if meeting == "refuses" { throw Refusal(reason: "not-ours", detail: "") }
            }
            try place.send(["m-1", "recovers", "fails", "refuses"])
            let plugin = WorkerSettings.Plugin(
                activatesAtBeginning: true, acceptsGap: false, attempts: 3, backoff: 1)
            try place.run(plugin) { worker in
                try #require(MeetingWorker.comesTrue { worker.lanes.first?.positions.first?.next == 4 })
            }
            #expect(try place.meetings() == ["m-1", "recovers"])
            #expect(Set(try place.deadLetters().map(\.content.reason)) == ["handler-failed", "not-ours"])
            let counts = tries.withLock { $0 }
            #expect(counts == ["m-1": 1, "recovers": 3, "fails": 3, "refuses": 1])
        }
    }

    @Test func `a lane whose handler hangs is not alive`() {
        let status = LaneStatus(plugin: "keeper", handlerTimeout: 30_000)
        #expect(status.isAlive)
        status.giveUp("a handler hangs")
        status.touch()
        #expect(!status.isAlive)
    }
}

/// A supervisor asks the worker to leave while a handler takes its time: the worker does not wait for ever, and says by
/// its exit that not everything was finished.
@Suite(.timeLimit(.minutes(1))) struct DrainTests {
    @Test func `a worker whose handler outlasts the drain time ends, and not in order`() async throws {
        let kept = try await onOwnThread {
            let place = try MeetingWorker()
            try place.send(["slow"])
            return place
        }
        await #expect(processExitsWith: .exitCode(7)) { [address = kept.address as MeetingWorker.Address] in
            try await onOwnThread {
                let started = Gate()
                let place = MeetingWorker(at: address) { _ in
                    started.open()
                    sleep(60)
                }
                do {
                    try place.run(drain: 300) { _ in started.wait(timeout: .seconds(20)) }
                } catch let failure as WorkerFailure where failure.kind == .drainTimedOut {
                    exit(7)
                }
            }
        }
    }
}
