import KafkaClient
import ProjectionStore
import Synchronization
import Threads

/// Looks now and then whether the topics of a running lane are still what they were when their partitions were assigned
/// (rule 21): as many partitions, and the same record where the last one taken in lay. On a thread of its own, because
/// each question waits for a broker; what it finds the lane looks at itself.
final class TopicWatch: Sendable {
    private let known = Mutex<[PartitionState]>([])
    private let stopping = Gate()
    private let thread = OneShot<OSThread>()

    /// Between two looks. A topic that changed is noticed within a minute also when a broker takes its time.
    private static let span = Duration.seconds(20)
    private static let patience = Duration.seconds(5)

    /// - Parameter changed: called with a topic's name on the watch's thread.
    init(
        _ consumer: Consumer, plugin: String, span: Duration = TopicWatch.span,
        changed: @escaping @Sendable (String) -> Void
    ) throws(OSThread.StartFailure) {
        thread.give(
            try OSThread.start(name: "watch-\(plugin)") { [self] in
                while !stopping.wait(timeout: span) {
                    let states = known.withLock { $0 }
                    for (topic, states) in Dictionary(grouping: states, by: \.key.topic) where !stopping.isOpen {
                        if Self.hasChanged(topic, states, consumer) { changed(topic) }
                    }
                }
            })
    }

    /// The partitions that the lane reads, as committed.
    func update(_ states: [PartitionState]) { known.withLock { $0 = states } }

    func stop() {
        stopping.open()
        thread.wait()?.join()
    }

    /// Whether there is reason to look closely; no where nobody answers.
    private static func hasChanged(_ topic: String, _ states: [PartitionState], _ consumer: Consumer) -> Bool {
        guard let found = try? consumer.metadata(topic: topic, timeout: patience), let now = found.topic(topic),
            now.error == nil, !now.partitions.isEmpty
        else { return false }
        if states.contains(where: { $0.partitionCount != Int32(now.partitions.count) }) { return true }
        // A topic is made anew as a whole: one partition of which something was read tells for all.
        guard let state = states.first(where: { $0.last != nil }), let last = state.last else { return false }
        let place = TopicPartition(topic, state.key.partition)
        guard let ends = try? consumer.watermarks(place, timeout: patience) else { return false }
        if ends.high < state.nextOffset { return true }
        guard last.offset >= ends.low,
            let lookup = try? consumer.lookUp([place: last.offset], timeout: patience)[place],
            case .record(let record) = lookup
        else { return false }
        return RecordFingerprint(record) != last
    }
}
