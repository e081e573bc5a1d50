import KafkaClient
import Threads

/// Whether any broker answers. librdkafka tells when connections fail and not when all is well again, so from the first
/// failure on this asks until somebody answers; meanwhile the lane is not ready, and says so every 30 seconds.
///
/// Threading: the lane's decoding thread only.
struct BrokerWatch {
    private let consumer: Consumer
    private let topic: String?
    private let status: LaneStatus
    private let log: WorkerLog
    private var suspectsSince: Int64?
    private var nextQuestion: Int64 = 0
    private var said: Int64?

    /// - Parameter topic: asked about, because about all topics would be more than is needed.
    init(_ consumer: Consumer, topic: String?, _ status: LaneStatus, _ log: WorkerLog) {
        self.consumer = consumer
        self.topic = topic
        self.status = status
        self.log = log
    }

    /// A connection failed, maybe the last one.
    mutating func suspect() { suspectsSince = suspectsSince ?? MonotonicClock.now }

    /// Asks where there is reason to, about once in two seconds. Takes up to a second while nobody answers.
    mutating func look() {
        guard suspectsSince != nil, MonotonicClock.now >= nextQuestion else { return }
        do throws(KafkaError) {
            _ = try consumer.metadata(topic: topic, timeout: .seconds(1))
            if said != nil { log.info("Kafka answers again") }
            suspectsSince = nil
            said = nil
            status.setAway(nil)
        } catch {
            status.setAway("no broker answers: \(error)")
            if said.map({ MonotonicClock.now - $0 >= 30_000_000_000 }) ?? true {
                log.warning("waiting for Kafka, no broker answers: \(error)")
                said = MonotonicClock.now
            }
        }
        nextQuestion = MonotonicClock.now + 2_000_000_000
    }
}
