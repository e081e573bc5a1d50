import CDecode
public import PluginKit

/// Strict JSON into an arena, by the limits of the decoder: UTF-8, depth 64, no U+0000, no number that a double cannot
/// hold. One thread at a time.
public struct JSONParser: ~Copyable {
    private let parser: OpaquePointer?

    public init() { parser = cdecode_parser_create() }

    deinit { cdecode_parser_destroy(parser) }

    /// Appends the text's value to the arena and says which node it is. The arena is unchanged where it throws.
    public mutating func parse(
        _ json: UnsafeRawBufferPointer, into arena: EventArena, checkingDuplicateKeys: Bool = true
    ) throws(DecodeRefusal) -> UInt32 {
        let room = arena.reserve(bytes: json.count + Int(CDECODE_PADDING), nodes: cdecode_nodes_for(json.count))
        guard let parser, room else { throw DecodeRefusal(.outOfMemory, "the batch has no room for this record") }
        let base = arena.byteCount
        let first = arena.nodeCount
        if let start = json.baseAddress {
            UnsafeMutableRawPointer(arena.bytes + base).copyMemory(from: start, byteCount: json.count)
        }
        var added: UInt32 = 0
        var fault = cdecode_fault()
        let code = UnsafeMutableRawPointer(arena.nodes).withMemoryRebound(
            to: cdecode_node.self, capacity: arena.nodeCapacity
        ) {
            cdecode_parse(
                parser, arena.bytes, UInt32(base), json.count, $0, UInt32(first), &added,
                checkingDuplicateKeys ? UInt32(CDECODE_CHECK_DUPLICATE_KEYS) : 0, nil, &fault)
        }
        guard code == 0 else { throw DecodeRefusal(fault) }
        arena.commit(bytes: json.count, nodes: Int(added))
        return UInt32(first)
    }

    /// The same from bytes of one's own.
    public mutating func parse(_ json: [UInt8], into arena: EventArena) throws(DecodeRefusal) -> UInt32 {
        // A typed throw does not pass through withUnsafeBytes.
        let result: Result<UInt32, DecodeRefusal> = json.withUnsafeBytes { bytes in
            do throws(DecodeRefusal) {
                return .success(try parse(bytes, into: arena))
            } catch {
                return .failure(error)
            }
        }
        return try result.get()
    }

    /// The value of a text.
    public mutating func parse(_ json: String, into arena: EventArena = EventArena()) throws(DecodeRefusal) -> Value {
        Value(arena: arena, node: try parse(Array(json.utf8), into: arena))
    }
}

extension DecodeRefusal {
    init(_ fault: cdecode_fault) {
        let (pointer, detail) = withUnsafeBytes(of: fault) { bytes in
            func text(_ offset: Int?) -> String {
                String(decoding: bytes[(offset ?? 0)...].prefix(256).prefix { $0 != 0 }, as: UTF8.self)
            }
            return (
                text(MemoryLayout<cdecode_fault>.offset(of: \.pointer)),
                text(MemoryLayout<cdecode_fault>.offset(of: \.detail))
            )
        }
        self.init(ReasonCode(fault.code), pointer.isEmpty ? detail : "\(pointer): \(detail)")
    }
}

extension ReasonCode {
    init(_ code: Int32) {
        switch UInt32(code) {
        case CDECODE_NOT_UTF8.rawValue: self = .notUTF8
        case CDECODE_NOT_JSON.rawValue: self = .notJSON
        case CDECODE_LONE_SURROGATE.rawValue: self = .loneSurrogate
        case CDECODE_NUL_CHARACTER.rawValue: self = .nulCharacter
        case CDECODE_NUMBER_OUT_OF_RANGE.rawValue: self = .numberOutOfRange
        case CDECODE_TOO_DEEP.rawValue: self = .tooDeep
        case CDECODE_DUPLICATE_KEY.rawValue: self = .duplicateKey
        case CDECODE_NOT_AN_OBJECT.rawValue: self = .notAnObject
        case CDECODE_ATTRIBUTE_MISSING.rawValue: self = .attributeMissing
        case CDECODE_ATTRIBUTE_INVALID.rawValue: self = .attributeInvalid
        case CDECODE_SPECVERSION_UNSUPPORTED.rawValue: self = .specversionUnsupported
        case CDECODE_SCHEMA_VIOLATION.rawValue: self = .schemaViolation
        case CDECODE_NO_MEMORY.rawValue: self = .outOfMemory
        default: self = .notJSON
        }
    }
}
