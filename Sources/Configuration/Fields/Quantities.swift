/// Durations as people write them.
public enum DurationText {
    private static let units: [(name: String, nanoseconds: Int64)] = [
        ("d", 86_400_000_000_000), ("h", 3_600_000_000_000), ("m", 60_000_000_000), ("s", 1_000_000_000),
        ("ms", 1_000_000), ("us", 1000),
    ]

    /// `7d`, `1h 30m`, `250ms`; nil for anything else, also for a number without a unit and for what overflows.
    public static func parse(_ text: String) -> Duration? {
        var total: Int64 = 0
        var parts = 0
        var rest = Substring(text)
        while true {
            rest = rest.drop { $0 == " " }
            if rest.isEmpty { break }
            let digits = rest.prefix { $0.isASCII && $0.isNumber }
            rest = rest.dropFirst(digits.count)
            let unit = rest.prefix { $0.isASCII && $0.isLetter }
            rest = rest.dropFirst(unit.count)
            guard let number = Int64(digits), let size = units.first(where: { $0.name == unit })?.nanoseconds else {
                return nil
            }
            let (product, tooLarge) = number.multipliedReportingOverflow(by: size)
            let (sum, over) = total.addingReportingOverflow(product)
            guard !tooLarge, !over else { return nil }
            total = sum
            parts += 1
        }
        return parts == 0 ? nil : .nanoseconds(total)
    }

    /// The shortest form that `parse` reads back to the same duration (down to microseconds).
    public static func format(_ duration: Duration) -> String {
        let (seconds, attoseconds) = duration.components
        var left = seconds.multipliedReportingOverflow(by: 1_000_000_000).partialValue + attoseconds / 1_000_000_000
        var parts: [String] = []
        for unit in units where left >= unit.nanoseconds {
            parts.append("\(left / unit.nanoseconds)\(unit.name)")
            left %= unit.nanoseconds
        }
        return parts.isEmpty ? "0s" : parts.joined(separator: " ")
    }
}

/// Amounts of bytes as people write them.
public enum ByteText {
    private static let units: [(name: String, bytes: Int)] = [
        ("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10), ("GB", 1_000_000_000), ("MB", 1_000_000), ("kB", 1000),
        ("B", 1),
    ]

    /// `256KiB`, `1MB`; nil for anything else, also for a number without a unit.
    public static func parse(_ text: String) -> Int? {
        let digits = text.prefix { $0.isASCII && $0.isNumber }
        let unit = text.dropFirst(digits.count).drop { $0 == " " }
        guard let number = Int(digits), let size = units.first(where: { $0.name == unit })?.bytes else { return nil }
        let (bytes, tooLarge) = number.multipliedReportingOverflow(by: size)
        return tooLarge ? nil : bytes
    }

    /// What a number without a unit may have meant: bytes where so many are allowed, else the smallest unit that makes
    /// them enough; nil where none does.
    static func suggestion(_ number: Int, within range: ClosedRange<Int>) -> String? {
        if range.contains(number) { return format(number) }
        return ["KiB", "MiB", "GiB"].map { "\(number)\($0)" }.first { parse($0).map(range.contains) ?? false }
    }

    /// In the largest unit that divides it.
    public static func format(_ bytes: Int) -> String {
        let unit = units.first { $0.bytes <= bytes && bytes % $0.bytes == 0 } ?? ("B", 1)
        return "\(bytes / unit.bytes)\(unit.name)"
    }
}
