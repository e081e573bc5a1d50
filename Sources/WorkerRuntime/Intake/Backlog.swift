import KafkaClient
import ProjectionStore

/// Which partitions' logs hold many more records than were fetched, by what the last fetches said of their ends.
///
/// Threading: the lane's decoding thread only.
struct Backlog {
    private let consumer: Consumer
    private var behind: [PartitionKey] = []
    private var next = 0
    /// How often nothing came, one time after another.
    private var starved = 0

    init(_ consumer: Consumer) { self.consumer = consumer }

    /// Fewer records than these are taken in at once, in small transactions.
    private static let least: Int64 = 5000
    /// After about a second without records nobody is behind any more, or the partitions are another worker's now.
    private static let patienceInTurns = 100

    /// How long to wait for records.
    var patience: Duration { behind.isEmpty ? .milliseconds(500) : .milliseconds(5) }

    /// Whether the log holds many more records than these.
    mutating func note(_ batch: DecodedBatch) -> Bool {
        var isBehind = false
        starved = 0
        for run in batch.runs {
            guard let last = batch.records[run.records].last?.offset,
                let ends = consumer.cachedWatermarks(TopicPartition(run.partition.topic, run.partition.partition))
            else { continue }
            let known = behind.firstIndex(of: run.partition)
            if ends.high - last > Self.least {
                isBehind = true
                if known == nil { behind.append(run.partition) }
            } else if let known {
                behind.remove(at: known)
            }
        }
        return isBehind
    }

    /// Nothing came although there is more. librdkafka 2.0.2 leaves a broker alone for up to a second once its queue
    /// was full; any request wakes the broker's thread, which then looks again. Partitions take turns, because each
    /// leader is a broker of its own.
    mutating func wake() {
        guard !behind.isEmpty else { return }
        starved += 1
        if starved > Self.patienceInTurns { return behind.removeAll() }
        next = (next + 1) % behind.count
        let partition = behind[next]
        _ = try? consumer.watermarks(
            TopicPartition(partition.topic, partition.partition), timeout: .milliseconds(200))
    }
}
