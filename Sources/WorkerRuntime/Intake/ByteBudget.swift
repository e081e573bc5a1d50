import Threads

/// How many bytes decoded batches may hold at a time, from their decoding until nobody refers to them any more: a queue
/// that counts batches would hold little of small events, and far too much of long ones.
///
/// `@unchecked Sendable`: the one variable is guarded by the monitor.
final class ByteBudget: @unchecked Sendable {
    private let monitor = Monitor()
    private let limit: Int
    private var held = 0

    init(_ limit: Int) { self.limit = limit }

    /// A part of the budget, given back when nobody refers to it any more.
    final class Hold: Sendable {
        private let budget: ByteBudget
        private let bytes: Int

        fileprivate init(_ budget: ByteBudget, _ bytes: Int) {
            self.budget = budget
            self.bytes = bytes
        }

        deinit { budget.giveBack(bytes) }
    }

    /// Waits for room, and takes it. What is greater than the whole budget gets it alone. Nil: there was no room in time.
    func hold(_ bytes: Int, timeout: Duration) -> Hold? {
        let deadline = MonotonicClock.deadline(after: timeout)
        let isTaken = monitor.withLock {
            while held > 0, held + bytes > limit {
                if !monitor.wait(until: deadline) { break }
            }
            guard held == 0 || held + bytes <= limit else { return false }
            held += bytes
            return true
        }
        return isTaken ? Hold(self, bytes) : nil
    }

    private func giveBack(_ bytes: Int) {
        monitor.withLock {
            held -= bytes
            monitor.broadcast()
        }
    }
}
