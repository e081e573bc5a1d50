import Hashing
import PluginKit

/// The id by which a repeat of what left the store is known (rule 25): a hash of event source, event id, rule name,
/// recipient id, channel and occurrence. No version, offset or time enters it.
enum MessageID {
    /// 32 lower-case hexadecimal digits, safe as a file name and as a header value.
    static func make(
        source: String, id: String, rule: String, recipient: String, channel: String, occurrence: String
    ) -> String {
        var bytes: [UInt8] = []
        for part in [source, id, rule, recipient, channel, occurrence] {
            // A length before each part: no two lists of parts give the same bytes.
            withUnsafeBytes(of: UInt32(part.utf8.count).bigEndian) { bytes.append(contentsOf: $0) }
            bytes.append(contentsOf: part.utf8)
        }
        let digest = bytes.withUnsafeBytes { SHA256.hash($0) }
        return String(digest.hex.prefix(32))
    }
}
