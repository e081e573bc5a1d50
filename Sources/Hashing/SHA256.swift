private import CCrypto

/// SHA-256 (FIPS 180-4). One value hashes any number of messages, one after the other: after `finish` it starts anew,
/// which is far cheaper than making another.
///
/// Threading: a value belongs to one thread at a time.
public struct SHA256: ~Copyable {
    /// 32 bytes as four words, each in memory order.
    public struct Digest: Hashable, Sendable, CustomStringConvertible {
        public var words: (UInt64, UInt64, UInt64, UInt64)

        public var bytes: [UInt8] { withUnsafeBytes(of: words) { Array($0) } }

        /// 64 lower-case hexadecimal digits.
        public var hex: String {
            let digits = Array("0123456789abcdef".utf8)
            return String(decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
        }

        public var description: String { hex }

        public static func == (left: Digest, right: Digest) -> Bool { left.words == right.words }

        public func hash(into hasher: inout Hasher) { hasher.combine(words.0) }
    }

    // Opaque, so that no type of libcrypto stands in this type's layout.
    private let context: OpaquePointer?

    /// Ready for the first message.
    public init() {
        context = EVP_MD_CTX_new()
        restart()
    }

    deinit { EVP_MD_CTX_free(context) }

    private func restart() {
        EVP_DigestInit_ex2(context, algorithm.pointer, nil)
    }

    /// Takes the next part of the message.
    public mutating func update(_ bytes: UnsafeRawBufferPointer) {
        EVP_DigestUpdate(context, bytes.baseAddress, bytes.count)
    }

    public mutating func update(_ bytes: [UInt8]) { bytes.withUnsafeBytes { update($0) } }

    public mutating func update(_ text: String) {
        var text = text
        text.withUTF8 { update(UnsafeRawBufferPointer($0)) }
    }

    /// The digest of what came since the start or the last `finish`.
    public mutating func finish() -> Digest {
        var digest = Digest(words: (0, 0, 0, 0))
        withUnsafeMutableBytes(of: &digest.words) {
            _ = EVP_DigestFinal_ex(context, $0.baseAddress?.assumingMemoryBound(to: UInt8.self), nil)
        }
        restart()
        return digest
    }

    /// The digest of one message.
    public static func hash(_ bytes: UnsafeRawBufferPointer) -> Digest {
        var hasher = SHA256()
        hasher.update(bytes)
        return hasher.finish()
    }

    public static func hash(_ bytes: [UInt8]) -> Digest { bytes.withUnsafeBytes { hash($0) } }

    public static func hash(_ text: String) -> Digest {
        var hasher = SHA256()
        hasher.update(text)
        return hasher.finish()
    }
}

/// The algorithm, fetched once: OpenSSL 3 looks it up by name otherwise, at each message.
private struct Algorithm: @unchecked Sendable {
    // @unchecked Sendable: an EVP_MD never changes after it is fetched, and OpenSSL documents it as shareable.
    let pointer = EVP_MD_fetch(nil, "SHA2-256", nil)
}

private let algorithm = Algorithm()
