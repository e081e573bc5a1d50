import KafkaClient
import ProjectionStore
import Threads

/// Whether everything that a partition's log holds has been applied: asked of the broker before a timer fires at the
/// end of a partition, because a lane whose broker is away looks exactly like one that has read everything.
///
/// Threading: the lane's thread only.
struct LogEnd {
    private let consumer: Consumer
    private var backoff = Backoff(first: 100, most: 5000)
    /// By the monotonic clock: the wall clock may jump.
    private var nextQuestion: Int64 = 0

    init(_ consumer: Consumer) { self.consumer = consumer }

    /// Whether it is time to ask again.
    var isWorthAsking: Bool { MonotonicClock.now >= nextQuestion }

    /// How long until it is.
    var patience: Duration { .nanoseconds(max(0, nextQuestion - MonotonicClock.now)) }

    /// The partitions among `states` of which nothing is left to read. The others are worth asking for later.
    mutating func reached(_ states: [PartitionState]) -> [PartitionKey] {
        var reached: [PartitionKey] = []
        for state in states where isReached(state) { reached.append(state.key) }
        if reached.count == states.count {
            backoff.reset()
            nextQuestion = 0
        } else {
            wait()
        }
        return reached
    }

    /// Puts the next question off.
    mutating func wait() { nextQuestion = MonotonicClock.now + Int64(backoff.next()) * 1_000_000 }

    private func isReached(_ state: PartitionState) -> Bool {
        let place = TopicPartition(state.key.topic, state.key.partition)
        do throws(KafkaError) {
            let high = try consumer.watermarks(place, timeout: .seconds(2)).high
            if high <= state.nextOffset { return true }
            // What lies there may be no records: the marks with which transactions end.
            switch try consumer.lookUp([place: state.nextOffset], timeout: .seconds(3))[place] {
            case .missing(let next): return next >= high
            case .record, .failure, nil: return false
            }
        } catch {
            return false
        }
    }
}
