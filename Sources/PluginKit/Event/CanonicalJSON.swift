/// Writes JSON in the form of RFC 8785: no white space, members ordered by the UTF-16 code units of their names,
/// numbers as ECMAScript prints them. Keep one and `removeAll` between values: it then allocates nothing.
public struct CanonicalJSON: ~Copyable {
    private var start: UnsafeMutablePointer<UInt8>
    private var capacity: Int
    // A stack of the entries of all objects that are open: after the first events it allocates nothing.
    private var orders: UnsafeMutablePointer<KeyOrder>
    private var orderCount = 0
    private var orderCapacity = 64
    /// The number of bytes written.
    public private(set) var count = 0

    public init(capacity: Int = 1024) {
        self.capacity = max(capacity, 64)
        start = .allocate(capacity: self.capacity)
        orders = .allocate(capacity: orderCapacity)
    }

    deinit {
        start.deallocate()
        orders.deallocate()
    }

    public mutating func removeAll() { count = 0 }

    /// What was written, valid within `body` only.
    public borrowing func withBytes<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result {
        body(UnsafeRawBufferPointer(start: start, count: count))
    }

    public mutating func append(_ value: Value) { append(value.arena, value.index) }

    /// Appends `text` as a JSON string, quotes included.
    public mutating func append(string text: Text) { text.withUTF8 { append(string: $0) } }

    public mutating func append(string text: String) {
        var text = text
        text.withUTF8 { append(string: $0) }
    }

    /// Appends bytes as they are: punctuation and names that the caller knows to need no escape.
    public mutating func append(raw text: StaticString) { text.withUTF8Buffer { append(raw: $0) } }

    mutating func append(raw bytes: UnsafeBufferPointer<UInt8>) {
        reserve(bytes.count)
        if let from = bytes.baseAddress { (start + count).update(from: from, count: bytes.count) }
        count += bytes.count
    }

    private mutating func reserve(_ more: Int) {
        guard count + more > capacity else { return }
        let grown = max(count + more, capacity * 2)
        let memory = UnsafeMutablePointer<UInt8>.allocate(capacity: grown)
        memory.update(from: start, count: count)
        start.deallocate()
        start = memory
        capacity = grown
    }

    private mutating func put(_ byte: UInt8) {
        if count == capacity { reserve(1) }
        start[count] = byte
        count += 1
    }

    private mutating func append(_ arena: EventArena, _ index: Int) {
        let node = arena.nodes[index]
        switch ValueKind(rawValue: node.kind) ?? .null {
        case .null: append(raw: "null")
        case .false: append(raw: "false")
        case .true: append(raw: "true")
        case .integer: append(integer: Int64(bitPattern: node.payload))
        case .number: append(number: Double(bitPattern: node.payload))
        case .string:
            let offset = Int(UInt32(truncatingIfNeeded: node.payload))
            append(string: UnsafeBufferPointer(start: arena.bytes + offset, count: Int(node.payload >> 32)))
        case .array:
            put(UInt8(ascii: "["))
            var at = index + 1
            for position in 0..<Int(node.payload) {
                if position > 0 { put(UInt8(ascii: ",")) }
                append(arena, at)
                at += Int(arena.nodes[at].skip)
            }
            put(UInt8(ascii: "]"))
        case .object:
            put(UInt8(ascii: "{"))
            appendMembers(arena, index, count: Int(node.payload))
            put(UInt8(ascii: "}"))
        }
    }

    private mutating func appendMembers(_ arena: EventArena, _ index: Int, count: Int) {
        let base = orderCount
        reserveOrders(count)
        orderCount += count
        defer { orderCount -= count }
        var at = index + 1
        for position in base..<orderCount {
            orders[position] = KeyOrder(arena, at)
            at += Int(arena.nodes[at].skip)
        }
        KeyOrder.sort(UnsafeMutableBufferPointer(start: orders + base, count: count), arena)
        for position in 0..<count {
            if position > 0 { put(UInt8(ascii: ",")) }
            let at = Int(orders[base + position].node)
            let node = arena.nodes[at]
            append(string: UnsafeBufferPointer(start: arena.bytes + Int(node.keyOffset), count: Int(node.keyCount)))
            put(UInt8(ascii: ":"))
            append(arena, at)
        }
    }

    private mutating func reserveOrders(_ more: Int) {
        guard orderCount + more > orderCapacity else { return }
        let grown = max(orderCount + more, orderCapacity * 2)
        let memory = UnsafeMutablePointer<KeyOrder>.allocate(capacity: grown)
        memory.update(from: orders, count: orderCount)
        orders.deallocate()
        orders = memory
        orderCapacity = grown
    }

    mutating func append(string bytes: UnsafeBufferPointer<UInt8>) {
        reserve(bytes.count + 2)
        start[count] = UInt8(ascii: "\"")
        count += 1
        if PlainText.needsNoEscape(bytes) {
            if let from = bytes.baseAddress { (start + count).update(from: from, count: bytes.count) }
            count += bytes.count
        } else {
            appendEscaping(bytes)
        }
        put(UInt8(ascii: "\""))
    }

    private mutating func appendEscaping(_ bytes: UnsafeBufferPointer<UInt8>) {
        var from = 0
        for position in 0..<bytes.count {
            let byte = bytes[position]
            guard byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") else { continue }
            append(raw: UnsafeBufferPointer(rebasing: bytes[from..<position]))
            append(escaped: byte)
            from = position + 1
        }
        append(raw: UnsafeBufferPointer(rebasing: bytes[from...]))
    }

    private mutating func append(escaped byte: UInt8) {
        switch byte {
        case 0x08: append(raw: "\\b")
        case 0x09: append(raw: "\\t")
        case 0x0A: append(raw: "\\n")
        case 0x0C: append(raw: "\\f")
        case 0x0D: append(raw: "\\r")
        case UInt8(ascii: "\""): append(raw: "\\\"")
        case UInt8(ascii: "\\"): append(raw: "\\\\")
        default:
            append(raw: byte < 0x10 ? "\\u000" : "\\u001")
            let low = byte & 15
            put(low < 10 ? UInt8(ascii: "0") + low : UInt8(ascii: "a") + low - 10)
        }
    }

    private mutating func append(integer: Int64) {
        // Beyond 2^53 ECMAScript prints the shortest digits of the double and pads with zeros.
        guard integer.magnitude <= 1 << 53 else { return append(number: Double(integer)) }
        reserve(20)
        if integer < 0 { put(UInt8(ascii: "-")) }
        var rest = integer.magnitude
        var digits = 1
        var power: UInt64 = 10
        while power <= rest {
            digits += 1
            power *= 10
        }
        for position in stride(from: count + digits - 1, through: count, by: -1) {
            start[position] = UInt8(ascii: "0") + UInt8(rest % 10)
            rest /= 10
        }
        count += digits
    }

    mutating func append(number: Double) {
        var text = ECMAScriptNumber.text(number)
        text.withUTF8 { append(raw: $0) }
    }
}

extension Value {
    /// The value in the form of RFC 8785.
    public func canonicalJSON() -> String {
        var writer = CanonicalJSON()
        writer.append(self)
        return writer.withBytes { String(decoding: $0, as: UTF8.self) }
    }

    /// Appends the form of RFC 8785.
    public func appendCanonicalJSON(to bytes: inout [UInt8]) {
        var writer = CanonicalJSON()
        writer.append(self)
        writer.withBytes { bytes.append(contentsOf: $0) }
    }
}
