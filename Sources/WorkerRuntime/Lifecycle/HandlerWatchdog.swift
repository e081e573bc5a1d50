import Glibc
import ProjectionStore
import Synchronization
import Threads

/// Ends the worker when a handler runs longer than it may: no thread can be killed, so the process goes, without a
/// commit, and notes first which record it was. At the next start that record counts as tried, and becomes a dead letter
/// when it was tried often enough; everything else flows.
///
/// What passes is counted in looks, not by a clock: a process that is stopped and goes on has not run meanwhile.
final class HandlerWatchdog: Sendable {
    struct Entry: Sendable {
        let plugin: String
        let watch: HandlerWatch
        /// Milliseconds that one call may take.
        let limit: Int
        let log: WorkerLog
    }

    private static let looks = 8

    private let entries: [Entry]
    private let ended = Gate()
    private let thread = OneShot<OSThread>()

    /// - Parameter terminate: ends the process; does not come back but in a test.
    init(_ entries: [Entry], terminate: @escaping @Sendable () -> Void) throws(OSThread.StartFailure) {
        self.entries = entries
        thread.give(try OSThread.start(name: "watchdog") { [self] in run(terminate) })
    }

    func stop() {
        ended.open()
        thread.wait()?.join()
    }

    private struct Sight {
        var step: UInt64 = 0
        var times = 0
        /// Looks of the thread between two of this entry.
        var rest = 0
    }

    private func run(_ terminate: () -> Void) {
        guard let shortest = entries.map(\.limit).min() else { return }
        let interval = min(4000, max(10, shortest / Self.looks))
        var sights = [Sight](repeating: Sight(), count: entries.count)
        while !ended.wait(timeout: .milliseconds(interval)) {
            for (index, entry) in entries.enumerated() {
                let step = entry.watch.step
                if step != sights[index].step {
                    sights[index] = Sight(step: step)
                    entry.watch.seenMoving()
                } else if !step.isMultiple(of: 2) {
                    sights[index].times += 1
                    if sights[index].times * interval >= entry.limit {
                        end(entry)
                        return terminate()
                    }
                }
            }
        }
    }

    private func end(_ entry: Entry) {
        entry.watch.seenHanging()
        let record = entry.watch.current
        let what = record?.description ?? "an event"
        entry.log.error(
            "handler-timeout: \(entry.plugin) has been handling \(what) for longer than \(entry.limit) ms: the worker "
                + "ends itself without committing. Started again, it counts this as an attempt, and makes the record a "
                + "dead letter when its attempts are used up")
        guard let record, let log = entry.watch.overrunLog else { return }
        do throws(StoreError) {
            try log.note(record.partition, offset: record.offset, at: UTCTime.now)
        } catch {
            entry.log.error("that could not be noted, so it is tried again at the next start: \(error.message)")
        }
    }
}
