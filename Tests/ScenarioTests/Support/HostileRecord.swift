import KafkaClient

/// A record that tries the edges of CloudEvents and of its Kafka binding, and what becomes of it.
struct HostileRecord {
    enum Fate: Equatable {
        case accepted
        /// A dead letter with this reason.
        case refused(String)
        /// Counted under this name.
        case unknown(String)
    }

    let name: String
    let record: RawRecord
    let fate: Fate

    /// All of them, each under a key of its own and with an id of its own.
    static func all(limit: Int) -> [HostileRecord] {
        mediaTypes + sizes(limit) + keys + attributes + headers + values + types
    }

    // MARK: The media type decides

    private static let mediaTypes: [HostileRecord] =
        [
            ("lower-case", "application/cloudevents+json", true), ("upper-case", "APPLICATION/CLOUDEVENTS+JSON", true),
            ("mixed-case", "Application/CloudEvents+Json; Charset=UTF-8", true),
            ("quoted-parameter", "application/cloudevents+json;charset=\"utf-8\" ; profile=\"a;b\"", true),
            ("other-charset", "application/cloudevents+json; charset=utf-16", false),
            ("half-a-parameter", "application/cloudevents+json; charset", false),
            ("batch", "Application/CloudEvents-Batch+JSON", false), ("avro", "application/cloudevents+avro", false),
            ("no-media-type", "json", false),
        ].map { name, mediaType, isRead in
            let key = "structured-\(name)"
            return HostileRecord(
                name: key,
                record: RawRecord(key: key, value: event(key), headers: [.init("content-type", mediaType)]),
                fate: isRead ? .accepted : .refused("content-type-unsupported"))
        }
        + [
            ("upper-case", [("CONTENT-TYPE", "APPLICATION/JSON; CHARSET=UTF-8")], Fate.accepted),
            ("suffix", [("content-type", "application/vnd.example+json")], .accepted),
            ("without-type", [], .accepted), ("xml", [("content-type", "text/xml")], .refused("data-not-json")),
        ].map { name, headers, fate in binary("binary-\(name)", headers, fate) }

    // MARK: Sizes

    /// Every consumer has to take 64 KiB; the limit counts value and headers.
    private static func sizes(_ limit: Int) -> [HostileRecord] {
        [
            ("64-kib", 65_536, Fate.accepted), ("limit", limit, .accepted),
            ("limit-and-one", limit + 1, .refused("too-large")),
            ("three-limits", 3 * limit, .refused("too-large")),
        ].map { name, size, fate in
            let key = "size-\(name)"
            let filler = String(repeating: "x", count: size - event(key, lines: "").count)
            return HostileRecord(name: key, record: RawRecord(key: key, value: event(key, lines: filler)), fate: fate)
        } + [
            binary("size-header", [("ce_extra", String(repeating: "x", count: limit))], .refused("too-large"))
        ]
    }

    // MARK: Keys

    private static let keys: [HostileRecord] = [
        (name: "key-absent", key: nil, reason: "key-missing"), ("key-empty", [], "key-missing"),
        ("key-other", Array("other".utf8), "key-mismatch"), ("key-no-utf8", [0x6b, 0xFF, 0xFE], "key-mismatch"),
    ].map { (name: String, key: [UInt8]?, reason: String) in
        var record = RawRecord(key: nil, value: event(name))
        record.key = key
        return HostileRecord(name: name, record: record, fate: .refused(reason))
    }

    // MARK: Attributes

    private static let attributes: [HostileRecord] = [
        ("upper-case-name", #""Extra":"x""#, Fate.refused("attribute-invalid")),
        ("underscore-name", #""schema_version":"1""#, .refused("attribute-invalid")),
        ("object", #""extra":{"a":1}"#, .refused("attribute-invalid")),
        ("control-character", #""extra":"a\u001b[2Jb""#, .refused("attribute-invalid")),
        ("noncharacter", #""extra":"\uFFFE""#, .refused("attribute-invalid")),
        ("empty-subject", #""subject":"""#, .refused("attribute-invalid")),
        ("relative-dataschema", #""dataschema":"/schemas/1""#, .refused("attribute-invalid")),
        ("both-kinds-of-data", #""data_base64":"e30=""#, .refused("attribute-invalid")),
        ("nine-hops", #""hops":9"#, .refused("too-many-hops")),
        ("type-given-twice", #""type":"org.iscm.member.joined.v99""#, .refused("duplicate-key")),
        ("kept-extensions", #""traceid":"t-1","sampled":true,"rank":2147483647,"emoji":"\uD83D\uDE00""#, .accepted),
        ("null-is-absent", #""subject":null"#, .accepted),
    ].map { name, member, fate in
        let key = "attribute-\(name)"
        return HostileRecord(name: key, record: RawRecord(key: key, value: event(key, member: member)), fate: fate)
    }

    // MARK: Headers in binary mode

    private static let headers: [HostileRecord] = [
        ("id-not-utf8", [("ce_id", [0x61, 0xFF])], Fate.refused("not-utf8")),
        ("id-with-nul", [("ce_id", [0x61, 0x00])], .refused("nul-character")),
        ("upper-case-name", [("ce_Extra", [0x61])], .refused("attribute-invalid")),
        ("named-data", [("ce_data", [0x61])], .refused("attribute-invalid")),
        ("datacontenttype", [("ce_datacontenttype", Array("application/json".utf8))], .refused("attribute-invalid")),
        ("no-attributes-of-ours", [("traceparent", [0xFF, 0x00]), ("x", [])], .accepted),
    ].map { (name: String, headers: [(String, [UInt8])], fate: Fate) in
        let key = "header-\(name)"
        var record = binary(key, [], fate).record
        for (header, value) in headers {
            record.headers.removeAll { $0.name == header }
            record.headers.append(KafkaClient.RecordHeader(header, value))
        }
        return HostileRecord(name: key, record: record, fate: fate)
    }

    // MARK: Values that are no event

    private static let values: [HostileRecord] = [
        (name: "value-bytes", value: [0x00, 0xFF, 0x0A, 0xC3, 0x28], reason: "not-utf8"),
        // It would clear a terminal and rename its window.
        ("value-escapes", Array("\u{1B}[2J\u{1B}]0;owned\u{7}\r\n".utf8), "not-json"),
        ("value-bidi", Array("{\u{202E}}".utf8), "not-json"), ("value-empty", [], "empty-value"),
    ].map { name, value, reason in
        HostileRecord(name: name, record: RawRecord(key: name, value: value), fate: .refused(reason))
    }

    // MARK: Types

    private static let types: [HostileRecord] = [
        // The whole text is checked before its type is known; the data of an unknown type is not.
        ("unknown-no-number", "com.example.photo", "[1e9999]", Fate.refused("number-out-of-range")),
        ("unknown", "com.example.photo", "17", .unknown("com.example.photo")),
        ("unknown-again", "com.example.photo", "null", .unknown("com.example.photo")),
        // It would turn the rest of a terminal's line around.
        ("unknown-bidi", "com.example.\u{202E}otohp", "{}", .unknown("com.example.\u{202E}otohp")),
        ("newer", "org.iscm.mechanism.registered.v2", "{}", .refused("newer-version")),
        ("much-newer", "org.iscm.member.joined.v4294967297", "{}", .refused("newer-version")),
        ("no-version", "org.iscm.mechanism.registered", "{}", .unknown("org.iscm.mechanism.registered")),
        ("version-zero", "org.iscm.mechanism.registered.v0", "{}", .unknown("org.iscm.mechanism.registered.v0")),
    ].map { name, type, data, fate in
        let key = "type-\(name)"
        let text =
            #"{"specversion":"1.0","id":"\#(key)","source":"urn:diwan:synthetic","type":"\#(type)","#
            + #""partitionkey":"\#(key)","data":\#(data)}"#
        return HostileRecord(name: key, record: RawRecord(key: key, value: Array(text.utf8)), fate: fate)
    }

    // MARK: Making them

    /// A mechanism that is right as it is, in structured mode.
    private static func event(_ key: String, member: String? = nil, lines: String = "1") -> [UInt8] {
        let extra = member.map { "\($0)," } ?? ""
        return Array(
            (#"{"specversion":"1.0","id":"\#(key)","source":"urn:diwan:synthetic",\#(extra)"#
                + #""type":"org.iscm.mechanism.registered.v1","partitionkey":"\#(key)","data":\#(data(key, lines))}"#)
                .utf8)
    }

    private static func data(_ key: String, _ lines: String = "1") -> String {
        #"{"name_ar":"آلية مصطنعة","name_en":"Synthetic \#(key)","mech_type":"irf","lines":"\#(lines)","synthetic":true}"#
    }

    /// The same in binary mode, with further headers.
    private static func binary(_ key: String, _ headers: [(String, String)], _ fate: Fate) -> HostileRecord {
        let attributes = [
            ("ce_specversion", "1.0"), ("ce_id", key), ("ce_source", "urn:diwan:synthetic"),
            ("ce_type", "org.iscm.mechanism.registered.v1"), ("ce_partitionkey", key),
        ]
        return HostileRecord(
            name: key,
            record: RawRecord(
                key: key, value: Array(data(key).utf8),
                headers: (attributes + headers).map { KafkaClient.RecordHeader($0.0, $0.1) }), fate: fate)
    }
}
