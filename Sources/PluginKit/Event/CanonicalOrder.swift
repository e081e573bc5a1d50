/// A member's name on its way into RFC 8785 order: by UTF-16 code units.
///
/// UTF-8 bytes are in that order already, but for one thing: characters beyond the BMP (first byte F0 and up) are
/// surrogates in UTF-16 and so come before U+E000 to U+FFFF (first byte EE, EF). The first eight bytes are kept as a
/// number, since most names differ within them.
struct KeyOrder: BitwiseCopyable {
    let prefix: UInt64
    let node: UInt32

    init(_ arena: EventArena, _ index: Int) {
        let node = arena.nodes[index]
        let name = UnsafeRawPointer(arena.bytes + Int(node.keyOffset))
        if node.keyCount >= 8 {
            prefix = UInt64(bigEndian: name.loadUnaligned(as: UInt64.self))
        } else {
            var bytes: UInt64 = 0
            for position in 0..<Int(node.keyCount) {
                bytes |= UInt64(name.load(fromByteOffset: position, as: UInt8.self)) << UInt64(56 - 8 * position)
            }
            prefix = bytes
        }
        self.node = UInt32(index)
    }

    static func sort(_ order: UnsafeMutableBufferPointer<KeyOrder>, _ arena: EventArena) {
        guard order.count <= 24 else {
            var order = order
            return order.sort { $0.precedes($1, arena) }
        }
        for position in 1..<max(order.count, 1) {
            let moving = order[position]
            var hole = position
            while hole > 0, moving.precedes(order[hole - 1], arena) {
                order[hole] = order[hole - 1]
                hole -= 1
            }
            order[hole] = moving
        }
    }

    func precedes(_ other: KeyOrder, _ arena: EventArena) -> Bool {
        if prefix != other.prefix {
            let shift = UInt64(56 - ((prefix ^ other.prefix).leadingZeroBitCount & ~7))
            return KeyOrder.byte(prefix >> shift & 0xFF, precedes: other.prefix >> shift & 0xFF)
        }
        let left = arena.nodes[Int(node)]
        let right = arena.nodes[Int(other.node)]
        let leftName = arena.bytes + Int(left.keyOffset)
        let rightName = arena.bytes + Int(right.keyOffset)
        let shared = Int(min(left.keyCount, right.keyCount))
        var position = min(8, shared)
        while position < shared {
            let (l, r) = (leftName[position], rightName[position])
            if l != r { return KeyOrder.byte(UInt64(l), precedes: UInt64(r)) }
            position += 1
        }
        return left.keyCount < right.keyCount
    }

    private static func byte(_ left: UInt64, precedes right: UInt64) -> Bool {
        if left >= 0xEE, right >= 0xEE, (left >= 0xF0) != (right >= 0xF0) { return left >= 0xF0 }
        return left < right
    }
}

/// Numbers as ECMAScript's `Number::toString` prints them, which RFC 8785 asks for.
enum ECMAScriptNumber {
    static func text(_ number: Double) -> String {
        guard number.isFinite, number != 0 else { return "0" }  // no JSON number is infinite; minus zero prints as 0
        // Swift's description has the same shortest digits; only where it puts point and exponent differs.
        var digits: [UInt8] = []
        var point: Int?
        var exponent = 0
        let description = Array(number.magnitude.description.utf8)
        for (position, byte) in description.enumerated() {
            if byte == UInt8(ascii: ".") {
                point = digits.count
            } else if byte == UInt8(ascii: "e") {
                exponent = Int(String(decoding: description[(position + 1)...], as: UTF8.self)) ?? 0
                break
            } else {
                digits.append(byte)
            }
        }
        // The value is 0.d1d2d3... times ten to the power of `place`.
        var place = (point ?? digits.count) + exponent
        let leading = digits.prefix { $0 == UInt8(ascii: "0") }.count
        digits.removeFirst(leading)
        place -= leading
        while digits.last == UInt8(ascii: "0") { digits.removeLast() }
        let sign = number < 0 ? "-" : ""
        return sign + layOut(String(decoding: digits, as: UTF8.self), place)
    }

    private static func layOut(_ digits: String, _ place: Int) -> String {
        let count = digits.utf8.count
        if place > 21 || place <= -6 {
            let rest = digits.dropFirst()
            let power = place - 1
            return "\(digits.prefix(1))\(rest.isEmpty ? "" : ".")\(rest)e\(power < 0 ? "-" : "+")\(abs(power))"
        }
        if place >= count { return digits + String(repeating: "0", count: place - count) }
        if place > 0 { return "\(digits.prefix(place)).\(digits.dropFirst(place))" }
        return "0." + String(repeating: "0", count: -place) + digits
    }
}

/// Text that JSON takes as it is.
enum PlainText {
    /// Whether no byte is a control character, a quote or a backslash. Eight bytes at a time.
    static func needsNoEscape(_ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
        let raw = UnsafeRawBufferPointer(bytes)
        let ones: UInt64 = 0x0101_0101_0101_0101
        let highs: UInt64 = 0x8080_8080_8080_8080
        var at = 0
        while at + 8 <= raw.count {
            let word = raw.loadUnaligned(fromByteOffset: at, as: UInt64.self)
            let quote = word ^ (ones &* 0x22)
            let backslash = word ^ (ones &* 0x5C)
            // The high bit of a byte comes on where the byte is below 0x20, or where the difference is zero.
            let found = (word &- ones &* 0x20) & ~word | (quote &- ones) & ~quote | (backslash &- ones) & ~backslash
            if found & highs != 0 { return false }
            at += 8
        }
        while at < raw.count {
            let byte = raw[at]
            if byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") { return false }
            at += 1
        }
        return true
    }
}
