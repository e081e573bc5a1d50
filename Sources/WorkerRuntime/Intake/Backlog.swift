import KafkaClient
import ProjectionStore
import Threads

/// Which partitions' logs hold many more records than were fetched, by what the last fetches said of their ends; and a
/// thread that keeps librdkafka fetching them.
///
/// librdkafka 2.0.2 leaves a broker alone for up to a second once its queue was full. Any request wakes the broker's
/// thread, which then looks again: so while there is a backlog, the ends of its partitions are asked for again and again.
///
/// `@unchecked Sendable`: `behind` and `isStopped` are guarded by the monitor, `starved` belongs to the decoding thread,
/// and `thread` is written once, before anybody else sees this.
final class Backlog: @unchecked Sendable {
    private let consumer: Consumer
    private let monitor = Monitor()
    private var behind: [PartitionKey] = []
    private var isStopped = false
    private var starved = 0
    private var thread: OSThread?

    /// Fewer records than these are taken in at once, in small transactions.
    private static let least: Int64 = 5000
    /// Nanoseconds from one request to the next.
    private static let pause: Int64 = 5_000_000

    init(_ consumer: Consumer) {
        self.consumer = consumer
        // Without it fetching is slower, and nothing else.
        thread = try? OSThread.start(name: "wake-fetcher") { [self] in wake() }
    }

    // MARK: On the decoding thread

    /// Whether the log holds many more records than these.
    func note(_ batch: DecodedBatch) -> Bool {
        starved = 0
        var isBehind = false
        for run in batch.runs {
            guard let last = batch.records[run.records].last?.offset,
                let ends = consumer.cachedWatermarks(TopicPartition(run.partition.topic, run.partition.partition))
            else { continue }
            let isFar = ends.high - last > Self.least
            isBehind = isBehind || isFar
            monitor.withLock {
                let known = behind.firstIndex(of: run.partition)
                if isFar, known == nil {
                    behind.append(run.partition)
                    monitor.signal()
                } else if !isFar, let known {
                    behind.remove(at: known)
                }
            }
        }
        return isBehind
    }

    /// Nothing came for a while. After a second of that nobody is behind any more, or the partitions are another
    /// worker's now.
    func noteSilence() {
        starved += 1
        if starved >= 2 { monitor.withLock { behind.removeAll() } }
    }

    /// Ends the thread within the time of one request.
    func stop() {
        monitor.withLock {
            isStopped = true
            monitor.signal()
        }
        thread?.join()
    }

    // MARK: On its own thread

    private func wake() {
        var turn = 0
        while let partition = next(&turn) {
            _ = try? consumer.watermarks(
                TopicPartition(partition.topic, partition.partition), timeout: .milliseconds(200))
        }
    }

    /// Waits until somebody is behind, and some milliseconds at least. Partitions take turns, because each leader is a
    /// broker of its own. Nil at the end.
    private func next(_ turn: inout Int) -> PartitionKey? {
        let due = MonotonicClock.now + Self.pause
        return monitor.withLock {
            while !isStopped, behind.isEmpty || MonotonicClock.now < due {
                _ = monitor.wait(until: behind.isEmpty ? nil : due)
            }
            guard !isStopped else { return nil }
            turn = (turn + 1) % behind.count
            return behind[turn]
        }
    }
}
