import CDecode
import PluginKit

/// Binary mode brought to the shape of structured mode: one object of the attributes, so that one reader checks both.
enum BinaryEnvelope {
    /// Appends the object of the `ce_` headers, with the content-type as `datacontenttype`.
    static func append(
        _ headers: UnsafeBufferPointer<RecordHeader>, mediaType: UnsafeRawBufferPointer?, to arena: EventArena
    ) throws(DecodeRefusal) -> UInt32 {
        let root = arena.nodeCount
        guard arena.reserve(bytes: 0, nodes: headers.count + 2) else {
            throw DecodeRefusal(.outOfMemory, "the batch has no room for this record")
        }
        arena.nodes[root] = ValueNode(kind: .object)
        arena.commit(bytes: 0, nodes: 1)
        if let mediaType {
            try appendMember(name("datacontenttype"), mediaType, to: arena)
        }
        for header in headers where ContentMode.isAttribute(header.name) {
            guard let value = header.value else { continue }  // no value: not set
            let name = UnsafeRawBufferPointer(rebasing: header.name[3...])
            if equals(name, "datacontenttype") {
                throw DecodeRefusal(
                    .attributeInvalid, "/datacontenttype: binary mode has it in content-type, not in a ce_ header")
            }
            if equals(name, "data") || equals(name, "data_base64") {
                throw DecodeRefusal(.attributeInvalid, "a ce_ header named data: in binary mode the value is the data")
            }
            try appendMember(name, value, to: arena)
        }
        let count = arena.nodeCount - root - 1
        arena.nodes[root].payload = UInt64(count)
        arena.nodes[root].skip = UInt32(count + 1)
        if count > 1, arena.withCNodes({ cdecode_duplicate_member(arena.bytes, $0, UInt32(root)) }) != .max {
            throw DecodeRefusal(.duplicateKey, "a ce_ header is given twice")
        }
        return UInt32(root)
    }

    /// Makes the value at `data`, which was appended right after the object, its member `data`.
    static func attach(data: UInt32, to root: UInt32, in arena: EventArena) throws(DecodeRefusal) {
        guard let slot = arena.append(name("data")) else {
            throw DecodeRefusal(.outOfMemory, "the batch has no room for this record")
        }
        arena.nodes[Int(data)].keyOffset = slot.offset
        arena.nodes[Int(data)].keyCount = slot.count
        arena.nodes[Int(root)].payload += 1
        arena.nodes[Int(root)].skip += arena.nodes[Int(data)].skip
    }

    private static func appendMember(
        _ name: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer, to arena: EventArena
    ) throws(DecodeRefusal) {
        for part in [name, value] {
            let code = cdecode_check_text(part.baseAddress?.assumingMemoryBound(to: UInt8.self), part.count)
            guard code == 0 else {
                throw DecodeRefusal(ReasonCode(code), "a ce_ header holds what is not UTF-8, or a NUL")
            }
        }
        guard let key = arena.append(name), let text = arena.append(value) else {
            throw DecodeRefusal(.outOfMemory, "the batch has no room for this record")
        }
        arena.nodes[arena.nodeCount] = ValueNode(
            kind: .string, keyOffset: key.offset, keyCount: key.count,
            payload: UInt64(text.count) << 32 | UInt64(text.offset))
        arena.commit(bytes: 0, nodes: 1)
    }

    private static func name(_ text: StaticString) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount)
    }

    private static func equals(_ bytes: UnsafeRawBufferPointer, _ text: StaticString) -> Bool {
        bytes.elementsEqual(name(text))
    }
}
