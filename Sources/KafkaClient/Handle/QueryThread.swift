import Synchronization
import Threads

/// Runs questions that block (metadata, watermarks, committed offsets, admin calls) one after another on a thread of
/// their own, so that the client's thread goes on serving its queue. Whoever asks waits with a deadline of its own, is
/// answered early where the broker refuses the credentials, and is failed when the client closes.
///
/// A call that does not keep its time-out (`rd_kafka_query_watermark_offsets` of librdkafka 2.0.2 waits for a leader that
/// went away until it is back) is left behind with its thread, and the next question gets a fresh one.
final class QueryThread: Sendable {
    private struct Question: Sendable {
        let id: UInt64
        let deadline: Int64?
        let run: @Sendable (_ remaining: Duration) -> Void
    }

    private struct State {
        var thread: OSThread?
        /// The newest thread's number: one that was left behind finds that it is no longer that, and ends.
        var generation = 0
        /// The question that the newest thread has in hand.
        var running: UInt64?
        /// Threads that were left behind and have not ended.
        var leftBehind = 0
        var nextID: UInt64 = 0
        var waiting: [UInt64: @Sendable (KafkaError) -> Void] = [:]
    }

    private let questions = BlockingQueue<Question>(capacity: 1024)
    private let state = Mutex(State())
    private let name: String

    /// A call that hangs costs a thread; more than these are waited for.
    private static let mostLeftBehind = 16

    init(name: String) { self.name = name }

    /// Asks, and waits for the answer. The body is given what is left of the time.
    func ask<Answer: Sendable>(
        _ what: String, timeout: Duration, _ body: @escaping @Sendable (Duration) -> Result<Answer, KafkaError>
    ) throws(KafkaError) -> Answer {
        let answer = OneShot<Result<Answer, KafkaError>>()
        let deadline = MonotonicClock.deadline(after: timeout)
        let id = try register { answer.give(.failure($0)) }
        defer { state.withLock { _ = $0.waiting.removeValue(forKey: id) } }
        let asked = questions.tryPut(
            Question(id: id, deadline: deadline) { remaining in answer.give(body(remaining)) })
        if !asked { throw .closed("client") }
        // A second more than the call itself is given: its own time-out says more than ours.
        guard let result = answer.wait(timeout: timeout + .seconds(1)) else {
            leaveBehind(id)
            throw .timedOut(what)
        }
        return try result.get()
    }

    /// Fails everybody who waits, with the reason.
    func failWaiting(_ error: KafkaError) {
        let waiting = state.withLock { state in
            defer { state.waiting = [:] }
            return Array(state.waiting.values)
        }
        for fail in waiting { fail(error) }
    }

    /// Takes no more questions and fails those that wait; the call under way ends by its own time-out.
    func close() {
        questions.close()
        _ = questions.takeAll()
        failWaiting(.closed("client"))
    }

    private func register(_ fail: @escaping @Sendable (KafkaError) -> Void) throws(KafkaError) -> UInt64 {
        if questions.isClosed { throw .closed("client") }
        let started: Result<UInt64, KafkaError> = state.withLock { state in
            if state.thread == nil { state.thread = start(state.generation) }
            guard state.thread != nil else {
                return .failure(KafkaError(code: .other, message: "no thread can be started for questions to Kafka"))
            }
            state.nextID += 1
            state.waiting[state.nextID] = fail
            return .success(state.nextID)
        }
        return try started.get()
    }

    // MARK: Threads

    private func start(_ generation: Int) -> OSThread? {
        try? OSThread.start(name: name) { [self] in serve(generation) }
    }

    private func serve(_ generation: Int) {
        while let question = questions.take() {
            state.withLock { $0.running = question.id }
            question.run(MonotonicClock.remaining(until: question.deadline) ?? .zero)
            let isNewest = state.withLock { state in
                guard state.generation == generation else {
                    state.leftBehind -= 1
                    return false
                }
                state.running = nil
                return true
            }
            if !isNewest { return }
        }
    }

    /// The question under way has outlived its time: those behind it go on without it.
    private func leaveBehind(_ id: UInt64) {
        state.withLock { state in
            guard state.running == id, state.leftBehind < Self.mostLeftBehind else { return }
            state.generation += 1
            state.leftBehind += 1
            state.running = nil
            state.thread = start(state.generation)
        }
    }
}
