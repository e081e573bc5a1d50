import Foundation

/// A moment as RFC 3339 in UTC.
enum Moment {
    /// The beginning of 2026: this program is not older.
    static let firstPlausible: Int64 = 1_767_225_600_000

    /// - Parameter milliseconds: since 1970.
    static func text(_ milliseconds: Int64) -> String {
        Date(timeIntervalSince1970: Double(milliseconds) / 1000).formatted(.iso8601)
    }
}
