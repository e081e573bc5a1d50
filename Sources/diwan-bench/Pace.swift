import Foundation
import WorkerRuntime

/// How fast the worker is at its beginning and at its end: moments at which counts of records were committed.
///
/// `@unchecked Sendable`: one lock guards the list.
final class Pace: @unchecked Sendable {
    private let lock = NSLock()
    private var marks: [(records: Int64, seconds: Double)] = []

    /// Looks at the lane until it has committed `total` records; returns when it has, or when it has failed.
    func watch(_ worker: Worker, until total: Int64) {
        let began = Date()
        while true {
            // Of the plugin that is furthest behind, all its lanes together.
            let records =
                Dictionary(grouping: worker.lanes, by: \.plugin).values
                .map { $0.reduce(0) { $0 + $1.records } }.min() ?? 0
            lock.withLock {
                if records > marks.last?.records ?? 0 { marks.append((records, Date().timeIntervalSince(began))) }
            }
            if records >= total { return }
            for lane in worker.lanes { if case .failed = lane.state { return } }
            usleep(10_000)
        }
    }

    /// Events a second between the commits that lie nearest to the two counts; nil where there were too few.
    func rate(from first: Int64, to last: Int64) -> Double? {
        lock.withLock {
            guard let start = marks.last(where: { $0.records <= first }),
                let end = marks.first(where: { $0.records >= last }), end.seconds > start.seconds
            else { return nil }
            return Double(end.records - start.records) / (end.seconds - start.seconds)
        }
    }
}
