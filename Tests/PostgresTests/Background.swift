import Foundation
import Glibc
import ProjectionStore
import Synchronization
import WorkerTesting

/// Runs something beside the test, on a thread of its own.
final class Background: Sendable {
    private let failure = Mutex<(any Error)?>(nil)
    private let isDone = Atomic(false)

    init(_ body: @escaping @Sendable () throws -> Void) {
        // Not a task: while other tests block the pool's threads it would not even begin.
        Thread.detachNewThread {
            do {
                try body()
            } catch {
                self.failure.withLock { $0 = error }
            }
            self.isDone.store(true, ordering: .releasing)
        }
    }

    /// Waits for its end.
    func finish() throws {
        while !isDone.load(ordering: .acquiring) { pause(milliseconds: 10) }
        if let failure = failure.withLock({ $0 }) { throw failure }
    }
}

/// Ends the session that waits for something, once there is one.
final class Cutter: Sendable {
    private let work: Background

    init(_ cluster: PostgresCluster, waiting event: String) {
        let box = Box()
        self.box = box
        work = Background {
            for _ in 0..<1000 {
                let ended = try cluster.sql(
                    "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE wait_event = '\(event)'")
                if ended != "0" {
                    box.value.withLock { $0 = Int(ended) ?? 0 }
                    return
                }
                pause(milliseconds: 10)
            }
        }
    }

    private let box: Box

    /// How many sessions were ended.
    func finish() -> Int {
        try? work.finish()
        return box.value.withLock { $0 }
    }

    private final class Box: Sendable {
        let value = Mutex(0)
    }
}

func pause(milliseconds: UInt32) { usleep(milliseconds * 1000) }
