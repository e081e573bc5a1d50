/// Writes an event as a Kafka record, in either content mode of CloudEvents 1.0.2. It checks nothing: a producer passes
/// what it wrote to `EventDecoder` before sending.
public struct CloudEventEncoder: Sendable {
    public var id: String
    public var source: String
    public var type: String
    public var subject: String?
    /// RFC 3339.
    public var time: String?
    /// The record's key too.
    public var partitionKey: String?
    /// Further attributes, such as those of `EventExtension`: names of lower-case letters and digits.
    public var extensions: [(name: String, value: ExtensionValue)]
    /// JSON text; nil for an event without data.
    public var data: [UInt8]?

    /// What an extension attribute may be.
    public enum ExtensionValue: Hashable, Sendable {
        case text(String)
        case integer(Int32)
        case flag(Bool)
    }

    public init(
        id: String, source: String, type: String, subject: String? = nil, time: String? = nil,
        partitionKey: String? = nil, extensions: [(name: String, value: ExtensionValue)] = [], data: [UInt8]? = nil
    ) {
        self.id = id
        self.source = source
        self.type = type
        self.subject = subject
        self.time = time
        self.partitionKey = partitionKey
        self.extensions = extensions
        self.data = data
    }

    /// The content-type of a structured record.
    public static let structuredMediaType = "application/cloudevents+json; charset=UTF-8"

    /// The record's value in structured mode; its header `content-type` is `structuredMediaType`.
    public func structured() -> [UInt8] {
        var writer = JSONWriter()
        writer.object { writer in
            for (name, value) in attributes { writer.member(name, value) }
            if data != nil { writer.member("datacontenttype", "application/json") }
            for (name, value) in extensions {
                switch value {
                case .text(let text): writer.member(name, text)
                case .integer(let number): writer.member(name, Int64(number))
                case .flag(let flag): writer.member(name, flag)
                }
            }
            if let data {
                writer.key("data")
                writer.raw(data)
            }
        }
        return writer.bytes
    }

    /// The headers in binary mode; the record's value is `data`.
    public func binaryHeaders() -> [(name: String, value: String)] {
        var headers: [(name: String, value: String)] = []
        if data != nil { headers.append(("content-type", "application/json")) }
        for (name, value) in attributes { headers.append(("ce_" + name, value)) }
        for (name, value) in extensions {
            switch value {
            case .text(let text): headers.append(("ce_" + name, text))
            case .integer(let number): headers.append(("ce_" + name, String(number)))
            case .flag(let flag): headers.append(("ce_" + name, flag ? "true" : "false"))
            }
        }
        return headers
    }

    private var attributes: [(String, String)] {
        let all: [(String, String?)] = [
            ("specversion", "1.0"), ("id", id), ("source", source), ("type", type), ("subject", subject),
            ("time", time),
            ("partitionkey", partitionKey),
        ]
        return all.compactMap { name, value in value.map { (name, $0) } }
    }
}
