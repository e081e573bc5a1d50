import Hashing
import PluginKit
import ProjectionStore

/// A sequence of events: what a handler's failure parks (rule 29).
struct SequenceID: Hashable {
    /// Its name for people; nil for an event without a key, which is a sequence by itself and so parks nothing.
    let name: String?
    /// Of topic, partition, record key and name: what the store keeps.
    let fingerprint: Fingerprint

    static func == (left: SequenceID, right: SequenceID) -> Bool { left.fingerprint == right.fingerprint }
    func hash(into hasher: inout Hasher) { hasher.combine(fingerprint) }

    /// - Parameter digest: reused, because making one costs more than hashing.
    init(_ event: Event, _ digest: inout SHA256) {
        let position = event.position
        guard event.hasKey else {
            name = nil
            fingerprint = Self.fingerprint(
                position.topic, position.partition, [[], Array("@\(position.offset)".utf8)], &digest)
            return
        }
        name = String(event.sequenceKey)
        fingerprint = Self.fingerprint(
            position.topic, position.partition, [Array(String(event.key).utf8), Array((name ?? "").utf8)], &digest)
    }

    /// Of a timer, which belongs to the sequence of the event that set it; nil where that had no key.
    init?(_ timer: TimerDraft, _ digest: inout SHA256) {
        guard let sequence = timer.sequence else { return nil }
        name = sequence
        fingerprint = Self.fingerprint(
            timer.partition.topic, timer.partition.partition, [Array(timer.owner.utf8), Array(sequence.utf8)], &digest)
    }

    /// Each part with its length, so that nothing can move between them.
    private static func fingerprint(_ topic: String, _ partition: Int32, _ parts: [[UInt8]], _ digest: inout SHA256)
        -> Fingerprint
    {
        withUnsafeBytes(of: partition.littleEndian) { digest.update($0) }
        for part in [Array(topic.utf8)] + parts {
            withUnsafeBytes(of: Int64(part.count).littleEndian) { digest.update($0) }
            part.withUnsafeBytes { digest.update($0) }
        }
        return Fingerprint(ContentHash(words: digest.finish().words))
    }
}
