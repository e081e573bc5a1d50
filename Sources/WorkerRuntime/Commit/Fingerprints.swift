import Hashing
import KafkaClient
import PluginKit
import ProjectionStore

extension Fingerprint {
    /// The first sixteen bytes of an event's content hash.
    init(_ hash: ContentHash) { self.init(high: hash.words.0, low: hash.words.1) }

    /// What tells an event apart from others under its record key (rule 6).
    ///
    /// - Parameter digest: reused, because making one costs more than hashing.
    init(key: Text, source: Text, id: Text, _ digest: inout SHA256) {
        for part in [key, source, id] {
            part.withUTF8 { bytes in
                withUnsafeBytes(of: UInt32(bytes.count)) { digest.update($0) }
                digest.update(UnsafeRawBufferPointer(bytes))
            }
        }
        self.init(ContentHash(words: digest.finish().words))
    }
}

extension RecordFingerprint {
    /// Of a record as Kafka holds it: key and value, each with its length, so that nothing can move between them.
    init(_ record: Record) {
        var digest = SHA256()
        func take(_ part: UnsafeRawBufferPointer?) {
            withUnsafeBytes(of: Int64(part?.count ?? -1)) { digest.update($0) }
            if let part { digest.update(part) }
        }
        record.withKey(take)
        record.withValue(take)
        self.init(
            offset: record.offset, timestamp: record.timestamp,
            hash: Fingerprint(ContentHash(words: digest.finish().words)))
    }
}
