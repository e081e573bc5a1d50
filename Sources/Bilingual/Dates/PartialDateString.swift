/// A date as stated: YYYY, YYYY-MM or YYYY-MM-DD (rule 3).
public struct PartialDateString: Sendable, Hashable, CustomStringConvertible {
    public let year: Int
    /// 1 to 12; nil where only the year is stated.
    public let month: Int?
    /// 1 to 31; nil where no day is stated.
    public let day: Int?

    /// - Throws: `dateInvalid` for any other form, and for a day that does not exist.
    public init(_ text: String) throws(BilingualError) {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        let lengths = parts.map(\.utf8.count)
        guard [[4], [4, 2], [4, 2, 2]].contains(lengths), parts.allSatisfy({ $0.utf8.allSatisfy(isDigit) }),
            let year = Int(parts[0])
        else {
            throw BilingualError(.dateInvalid, "\(TerminalText.quoted(text)): write YYYY, YYYY-MM or YYYY-MM-DD")
        }
        let month = parts.count > 1 ? Int(parts[1]) : nil
        let day = parts.count > 2 ? Int(parts[2]) : nil
        if let month, !(1...12).contains(month) {
            throw BilingualError(.dateInvalid, "\(text): months go from 01 to 12")
        }
        if let month, let day, !(1...Self.days(in: month, of: year)).contains(day) {
            throw BilingualError(.dateInvalid, "\(text): this month has no such day")
        }
        self.year = year
        self.month = month
        self.day = day
    }

    /// The date of a moment of RFC 3339, as stated: in the offset that it carries. A plain date is taken as it is.
    ///
    /// - Throws: `dateInvalid` where the text does not begin with a date.
    public init(dateOf moment: String) throws(BilingualError) {
        let separator = moment.firstIndex { $0 == "T" || $0 == "t" || $0 == " " }
        try self.init(String(moment[..<(separator ?? moment.endIndex)]))
    }

    public var description: String {
        var text = padded(year, 4)
        if let month { text += "-" + padded(month, 2) }
        if let day { text += "-" + padded(day, 2) }
        return text
    }

    private static func days(in month: Int, of year: Int) -> Int {
        switch month {
        case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }
}

private func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }

private func padded(_ number: Int, _ width: Int) -> String {
    let digits = String(number)
    return String(repeating: "0", count: max(0, width - digits.count)) + digits
}
