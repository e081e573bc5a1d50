/// A date as a document states it: a year, a month or a day. It keeps its precision and is ordered by its start, then
/// by its text, so that `2004` comes before `2004-01-01`.
public struct PartialDate: Hashable, Comparable, Sendable, CustomStringConvertible {
    public enum Precision: Int, Sendable { case year, month, day }

    public let year: Int
    /// 1 to 12; nil where only the year is stated.
    public let month: Int?
    /// 1 to 31; nil where no day is stated.
    public let day: Int?

    public var precision: Precision { day != nil ? .day : month != nil ? .month : .year }

    /// Reads `YYYY`, `YYYY-MM` or `YYYY-MM-DD`; nil for anything else and for days that no calendar has.
    public init?(_ text: String) {
        var text = text
        guard let date = text.withUTF8({ PartialDate(utf8: $0) }) else { return nil }
        self = date
    }

    /// The same from a text, without copying it. An RFC 3339 date-time gives its date as written.
    public init?(_ text: Text) {
        let date = text.withUTF8 { bytes in
            let isAppointment = bytes.count > 10 && (bytes[10] == UInt8(ascii: "T") || bytes[10] == UInt8(ascii: "t"))
            return PartialDate(utf8: isAppointment ? UnsafeBufferPointer(rebasing: bytes[..<10]) : bytes)
        }
        guard let date else { return nil }
        self = date
    }

    init?(utf8 bytes: UnsafeBufferPointer<UInt8>) {
        func digits(_ range: Range<Int>) -> Int? {
            var value = 0
            for byte in bytes[range] {
                guard byte >= UInt8(ascii: "0"), byte <= UInt8(ascii: "9") else { return nil }
                value = value * 10 + Int(byte - UInt8(ascii: "0"))
            }
            return value
        }
        guard bytes.count == 4 || bytes.count == 7 || bytes.count == 10, let year = digits(0..<4) else { return nil }
        var month: Int?
        var day: Int?
        if bytes.count >= 7 {
            guard bytes[4] == UInt8(ascii: "-"), let value = digits(5..<7), (1...12).contains(value) else { return nil }
            month = value
            if bytes.count == 10 {
                let last = PartialDate.days(inMonth: value, of: year)
                guard bytes[7] == UInt8(ascii: "-"), let value = digits(8..<10), (1...last).contains(value) else {
                    return nil
                }
                day = value
            }
        }
        self.year = year
        self.month = month
        self.day = day
    }

    /// The first day it can mean, `YYYY-MM-DD`: what dates are compared by.
    public var start: String { "\(padded(year, 4))-\(padded(month ?? 1, 2))-\(padded(day ?? 1, 2))" }

    /// As stated.
    public var description: String {
        switch precision {
        case .year: padded(year, 4)
        case .month: "\(padded(year, 4))-\(padded(month ?? 1, 2))"
        case .day: start
        }
    }

    /// `start` of a stated date, for comparing as text; the text itself where it reads as no date.
    public static func start(of stated: Text) -> String {
        if stated.utf8Count == 10, PartialDate(stated) != nil { return String(stated) }
        return PartialDate(stated)?.start ?? String(stated)
    }

    public static func < (left: PartialDate, right: PartialDate) -> Bool {
        left.order < right.order
    }

    private var order: Int {
        ((year * 16 + (month ?? 1)) * 32 + (day ?? 1)) * 4 + precision.rawValue
    }

    private static func days(inMonth month: Int, of year: Int) -> Int {
        switch month {
        case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }

    private func padded(_ number: Int, _ width: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, width - digits.utf8.count)) + digits
    }
}
