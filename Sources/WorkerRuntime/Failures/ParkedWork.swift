import KafkaClient
import ProjectionStore
import Threads

/// What a lane does about parked events by itself: it learns what is parked, replays what a crash has interrupted, and
/// leaves paused partitions out of its assignment. The lane's thread only.
final class ParkedWork {
    private let engine: LaneTransaction
    private let stage: DecodeStage
    private let status: LaneStatus
    private let log: WorkerLog
    private var replaying: DeadLetterRepair?
    private var backoff = Backoff(first: 100, most: 5000)
    /// By the monotonic clock: what failed is not tried before.
    private var nextTry = Int64.min
    private var reminder = Reminder()
    /// Whether the failure of the last step is to be said.
    private(set) var isWorthSaying = false

    init(_ engine: LaneTransaction, _ stage: DecodeStage, _ status: LaneStatus, _ log: WorkerLog) {
        self.engine = engine
        self.stage = stage
        self.status = status
        self.log = log
    }

    /// Whether a replay goes on, so that the lane should not wait for records.
    var isReplaying: Bool { replaying != nil && isTime }

    /// Whether `step` has something to do now.
    var isWaiting: Bool { (engine.parking.hasUnread || engine.parking.hasReleased || replaying != nil) && isTime }

    private var isTime: Bool { MonotonicClock.now >= nextTry }

    /// Reads what is not known, and does one step of a replay. Nothing may be gathered.
    func step() -> Result<Void, LaneFailure> {
        do throws(LaneFailure) {
            try engine.readParked()
            let released = engine.parking.takeReleased()
            if !released.isEmpty, replaying == nil {
                log.info(
                    "going on with the interrupted replay of \(released.count) parked "
                        + "sequence\(released.count == 1 ? "" : "s")")
                replaying = DeadLetterRepair(released: released, engine, stage)
            }
            if let step = try replaying?.step(), step.isFinished { replaying = nil }
            backoff.reset()
            reminder = Reminder()
            return .success(())
        } catch {
            nextTry = MonotonicClock.now + Int64(backoff.next()) * 1_000_000
            isWorthSaying = reminder.isDue()
            return .failure(error)
        }
    }

    /// Says which partitions are paused and which go on, and assigns what is read anew. Nothing may be gathered.
    func assignWithoutPaused(_ connection: LaneConnection) throws(KafkaError) {
        let paused = engine.parking.paused
        let before = status.paused
        for (key, pause) in paused where before[key.description] == nil { log.error(pause.reason) }
        for key in before.keys.sorted() where !paused.keys.contains(where: { $0.description == key }) {
            log.info("\(key) is no longer paused: there is room again for what is parked")
        }
        status.setPaused(
            Dictionary(uniqueKeysWithValues: paused.map { ($0.key.description, "paused: " + $0.value.reason) }))
        if !connection.owned.isEmpty { try connection.reassign(engine) }
    }
}
