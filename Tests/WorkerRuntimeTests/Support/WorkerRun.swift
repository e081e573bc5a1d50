import Threads
import WorkerTesting

@testable import WorkerRuntime

extension Worker {
    /// Runs on a thread of its own while `body` runs, then is asked to leave.
    ///
    /// - Throws: what `body` throws, and why the worker ended where that was not in order.
    func run(during body: (Worker) throws -> Void) throws {
        let ended = OneShot<WorkerFailure?>()
        let thread = try OSThread.start(name: "worker", stackSize: 4 << 20) {
            do throws(WorkerFailure) {
                try self.run(standby: false)
                ended.give(nil)
            } catch {
                ended.give(error)
            }
        }
        defer {
            stop()
            thread.join()
        }
        try body(self)
        stop()
        guard let failure = ended.wait(timeout: .seconds(30)) else { throw Diwan.Unexpected("it did not leave") }
        if let failure { throw failure }
    }
}
