import KafkaClient
import Threads

/// Whether any broker answers. librdkafka tells when connections fail and not when all is well again, so from the first
/// failure on this asks until somebody answers; meanwhile the lane is not ready, and says so every 30 seconds. A broker
/// that hangs fails nothing: who has heard nothing for some seconds asks, too, so that it shows within ten.
///
/// Threading: the lane's decoding thread only.
struct BrokerWatch {
    private let consumer: Consumer
    private let topic: String?
    private let status: LaneStatus
    private let log: WorkerLog
    private var suspectsSince: Int64?
    private var nextQuestion: Int64 = 0
    private var heard = MonotonicClock.now
    /// How long nothing may come before it is asked for, in nanoseconds: one small question a plugin.
    private static let silence: Int64 = 4_000_000_000
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

    /// Records came: somebody answers.
    mutating func hear() { heard = MonotonicClock.now }

    /// Asks where there is reason to, about once in two seconds. Takes up to three seconds while nobody answers.
    mutating func look() {
        let now = MonotonicClock.now
        guard now >= nextQuestion, suspectsSince != nil || now - heard >= Self.silence else { return }
        do throws(KafkaError) {
            _ = try consumer.metadata(topic: topic, timeout: .seconds(3))
            hear()
            if said != nil { log.info("Kafka answers again") }
            suspectsSince = nil
            said = nil
            status.setAway(nil)
        } catch {
            suspect()
            status.setAway("no broker answers: \(error)")
            if said.map({ MonotonicClock.now - $0 >= 30_000_000_000 }) ?? true {
                log.warning("waiting for Kafka, no broker answers: \(error)")
                said = MonotonicClock.now
            }
        }
        nextQuestion = MonotonicClock.now + 2_000_000_000
    }
}
