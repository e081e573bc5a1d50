public import PluginKit

/// Builds JSON text piece by piece. Members come out in the order they are written in.
public struct JSONWriter {
    public private(set) var bytes: [UInt8] = []
    private var needsComma = false

    public init() {}

    public mutating func object<Failure: Error>(
        _ body: (inout JSONWriter) throws(Failure) -> Void
    ) throws(Failure) {
        try container("{", "}", body)
    }

    public mutating func array<Failure: Error>(
        _ body: (inout JSONWriter) throws(Failure) -> Void
    ) throws(Failure) {
        try container("[", "]", body)
    }

    /// The name of the member whose value is written next.
    public mutating func key(_ name: String) {
        separate()
        append(string: name)
        bytes.append(UInt8(ascii: ":"))
        needsComma = false
    }

    public mutating func value(_ text: String) {
        separate()
        append(string: text)
    }

    public mutating func value(_ number: Int64) { raw(String(number)) }
    public mutating func value(_ flag: Bool) { raw(flag ? "true" : "false") }
    public mutating func null() { raw("null") }

    public mutating func value(_ value: Value) {
        separate()
        value.appendCanonicalJSON(to: &bytes)
    }

    /// JSON text as it is: the caller answers for its being valid.
    public mutating func raw(_ json: some Sequence<UInt8>) {
        separate()
        bytes.append(contentsOf: json)
    }

    public mutating func member(_ name: String, _ text: String) {
        key(name)
        value(text)
    }

    public mutating func member(_ name: String, _ number: Int64) {
        key(name)
        value(number)
    }

    public mutating func member(_ name: String, _ flag: Bool) {
        key(name)
        value(flag)
    }

    public mutating func member(_ name: String, _ value: Value) {
        key(name)
        self.value(value)
    }

    private mutating func raw(_ text: String) { raw(text.utf8) }

    private mutating func separate() {
        if needsComma { bytes.append(UInt8(ascii: ",")) }
        needsComma = true
    }

    private mutating func container<Failure: Error>(
        _ open: Unicode.Scalar, _ close: Unicode.Scalar, _ body: (inout JSONWriter) throws(Failure) -> Void
    ) throws(Failure) {
        separate()
        bytes.append(UInt8(ascii: open))
        needsComma = false
        try body(&self)
        bytes.append(UInt8(ascii: close))
        needsComma = true
    }

    private mutating func append(string text: String) {
        var writer = CanonicalJSON(capacity: text.utf8.count + 16)
        writer.append(string: text)
        writer.withBytes { bytes.append(contentsOf: $0) }
    }
}
