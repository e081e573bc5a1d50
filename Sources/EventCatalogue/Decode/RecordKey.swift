import CDecode
import PluginKit

/// Rule 1: what a record's key must be, and what owns the rows of its event.
enum RecordKey {
    /// The key, copied into the arena; the event's id where a record of another system's topic has none.
    static func slot(_ input: borrowing RecordInput, _ envelope: Envelope) throws(DecodeRefusal) -> TextSlot {
        guard let key = input.key, !key.isEmpty || !input.settings.ownTopic else {
            guard input.settings.ownTopic else { return envelope.id }
            throw DecodeRefusal(.keyMissing, "records of this topic carry a key: the event's partitionkey")
        }
        let partitionKey = envelope.partitionKey
        if !partitionKey.isAbsent {
            let isSame = Text(arena: envelope.arena, slot: partitionKey).withUTF8 {
                sameBytes(UnsafeRawBufferPointer($0), key)
            }
            if isSame { return partitionKey }
            if input.settings.ownTopic {
                throw DecodeRefusal(.keyMismatch, "/partitionkey: it differs from the record's key")
            }
        }
        let code = cdecode_check_text(key.baseAddress?.assumingMemoryBound(to: UInt8.self), key.count)
        guard code == 0 else { throw DecodeRefusal(ReasonCode(code), "the record's key is not UTF-8, or holds a NUL") }
        guard let slot = envelope.arena.append(key) else {
            throw DecodeRefusal(.outOfMemory, "the batch has no room for this record")
        }
        return slot
    }
}
