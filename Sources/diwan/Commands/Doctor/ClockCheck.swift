import Foundation
import ProjectionStore
import WorkerRuntime

/// Whether this machine's clock can be believed: notices expire and silence is decided by it.
enum ClockCheck {
    /// A record from further ahead than this means that one of two clocks is wrong: milliseconds.
    private static let tolerance: Int64 = 5 * 60_000

    static func run(_ deployment: Deployment) -> DoctorFinding {
        let now = Int64(Date().timeIntervalSince1970 * 1000)
        let shown = Moment.text(now)
        if let newest = newestRecord(deployment), newest > now + tolerance {
            return DoctorFinding(
                "clock", .warn,
                "it is \(shown) here, but the store has read a record of \(Moment.text(newest)): set this clock or the "
                    + "producer's")
        }
        // A machine without a battery behind its clock starts in 1970, or when its image was made.
        if now < Moment.firstPlausible {
            return DoctorFinding("clock", .warn, "\(shown) cannot be: set the clock, and run an NTP client")
        }
        return DoctorFinding("clock", .ok, shown)
    }

    /// Kafka's timestamp of the last record that any plugin has taken in.
    private static func newestRecord(_ deployment: Deployment) -> Int64? {
        deployment.packages.compactMap { package -> Int64? in
            guard let reader = try? deployment.reader(package) else { return nil }
            defer { reader.close() }
            return (try? reader.partitions())?.compactMap(\.last?.timestamp).max()
        }.max()
    }
}
