import ProjectionStore
import Threads

/// Writes gathered transactions for a lane, one at a time, on a thread of its own, so that the lane gathers the next one
/// meanwhile. The thread is started with the first.
///
/// Threading: all calls from the lane's thread.
final class WriteThread {
    typealias Outcome = Result<StoreError?, LaneFailure>

    /// A script and the writer on their way to the thread.
    ///
    /// `@unchecked Sendable`: from `start` until `wait` has returned, the lane touches neither; both queues carry the
    /// memory across in both directions.
    private struct Work: @unchecked Sendable {
        let script: TransactionScript
        let writer: any StoreWriter
    }

    private let name: String
    private let work = BlockingQueue<Work>(capacity: 1)
    private let outcomes = BlockingQueue<Outcome>(capacity: 1)
    private var thread: OSThread?
    private(set) var isInUse = false

    init(plugin: String) { name = "write-\(plugin)" }

    /// Whether an outcome waits: `wait` returns at once.
    var isDone: Bool { isInUse && outcomes.count > 0 }

    /// Begins to write; the writer and the script are the thread's until `wait` returns.
    ///
    /// - Throws: where the system refuses another thread.
    func start(_ script: TransactionScript, _ writer: any StoreWriter) throws(OSThread.StartFailure) {
        if thread == nil {
            thread = try OSThread.start(name: name, stackSize: 1 << 20) { [work, outcomes] in
                while let next = work.take() { outcomes.put(Self.run(next)) }
            }
        }
        isInUse = true
        work.put(Work(script: script, writer: writer))
    }

    /// Waits until the transaction is committed or has failed. A success may carry what went wrong afterwards, when the
    /// log was moved into the database.
    func wait() -> Outcome {
        defer { isInUse = false }
        return outcomes.take() ?? .failure(.store(StoreError(.unavailable, "the writing thread has ended")))
    }

    /// Ends the thread; what is in hand is written first.
    func close() {
        work.close()
        thread?.join()
        thread = nil
    }

    private static func run(_ work: Work) -> Outcome {
        do throws(LaneFailure) {
            try work.script.commit(to: work.writer)
        } catch {
            return .failure(error)
        }
        do throws(StoreError) {
            try work.writer.checkpoint(behind: true)
            return .success(nil)
        } catch {
            return .success(error)
        }
    }
}
