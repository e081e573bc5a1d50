import Threads

/// Runs what blocks on a thread of its own, because tests run on Swift's cooperative pool; expectations that fail in
/// there still belong to the test.
public func onOwnThread<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
    try await withTaskExecutorPreference(ThreadPerJob()) { try body() }
}

private final class ThreadPerJob: TaskExecutor {
    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        let start = { () throws(OSThread.StartFailure) in
            _ = try OSThread.start(name: "test", stackSize: 4 << 20) {
                job.runSynchronously(on: self.asUnownedTaskExecutor())
            }
        }
        // Without a thread the job runs here: slower for others, but it runs.
        do { try start() } catch { job.runSynchronously(on: asUnownedTaskExecutor()) }
    }
}
