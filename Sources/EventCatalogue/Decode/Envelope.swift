import CDecode
import PluginKit

/// The checked attributes of an event: node indexes in its arena, nil where absent.
struct Envelope {
    let arena: EventArena
    let root: UInt32
    private let nodes: cdecode_envelope

    /// Finds and checks the attributes in the object at `root`.
    init(arena: EventArena, root: UInt32) throws(DecodeRefusal) {
        var nodes = cdecode_envelope()
        var fault = cdecode_fault()
        let code = arena.withCNodes { cdecode_read_envelope(arena.bytes, $0, root, &nodes, &fault) }
        guard code == 0 else { throw DecodeRefusal(fault) }
        self.arena = arena
        self.root = root
        self.nodes = nodes
    }

    /// Required attributes are there, or `init` had thrown.
    var id: TextSlot { slot(nodes.id) }
    var source: TextSlot { slot(nodes.source) }
    var type: TextSlot { slot(nodes.type) }
    var subject: TextSlot { slot(nodes.subject) }
    var time: TextSlot { slot(nodes.time) }
    var partitionKey: TextSlot { slot(nodes.partitionkey) }
    var dataContentType: TextSlot { slot(nodes.datacontenttype) }
    var data: UInt32? { nodes.data == .max ? nil : nodes.data }
    var hasBase64Data: Bool { nodes.data_base64 != .max }

    /// The extension `backfill`: a boolean, or its text in a header.
    func isBackfill() throws(DecodeRefusal) -> Bool {
        guard nodes.backfill != .max else { return false }
        let value = Value(arena: arena, node: nodes.backfill)
        if let flag = value.bool { return flag }
        if let text = value.text {
            if text == "true" { return true }
            if text == "false" { return false }
        }
        throw DecodeRefusal(.attributeInvalid, "/backfill: this extension is true or false")
    }

    /// The extension `hops`: a count, or its digits in a header.
    func hops() throws(DecodeRefusal) -> Int {
        guard nodes.hops != .max else { return 0 }
        let value = Value(arena: arena, node: nodes.hops)
        let count = value.integer ?? value.string.flatMap { Int64($0) }
        guard let count, count >= 0 else {
            throw DecodeRefusal(.attributeInvalid, "/hops: this extension is a count from 0")
        }
        if count > EventExtension.maximumHops {
            throw DecodeRefusal(
                .tooManyHops, "/hops: this event lies \(count) emitted events behind its cause, at most 8 may")
        }
        return Int(count)
    }

    private func slot(_ node: UInt32) -> TextSlot {
        guard node != .max else { return .absent }
        let payload = arena.nodes[Int(node)].payload
        return TextSlot(offset: UInt32(truncatingIfNeeded: payload), count: UInt32(payload >> 32))
    }
}

extension EventArena {
    /// The nodes as the decoder's C type sees them.
    func withCNodes<Result>(_ body: (UnsafePointer<cdecode_node>) -> Result) -> Result {
        body(UnsafeRawPointer(nodes).assumingMemoryBound(to: cdecode_node.self))
    }
}
