private import Glibc

/// Reads small files with the system's own words for what went wrong.
enum FileBytes {
    /// The file's bytes; throws `unreadable` with the reason, or `limit` when it is longer than `limit` bytes.
    static func read(_ path: String, limit: Int) throws(ConfigurationError) -> [UInt8] {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw failure(path, errno) }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 64 * 1024)
        while true {
            let count = Glibc.read(descriptor, &buffer, buffer.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw failure(path, errno) }
            if count == 0 { return bytes }
            bytes.append(contentsOf: buffer[..<count])
            // Also the end of endless files such as devices.
            guard bytes.count <= limit else {
                throw ConfigurationError(.limit, at: .wholeFile(path), "longer than the \(limit) bytes that are read")
            }
        }
    }

    /// The name of this machine.
    static var hostName: String? {
        var buffer = [CChar](repeating: 0, count: 256)
        guard gethostname(&buffer, buffer.count - 1) == 0 else { return nil }
        let bytes = buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
        return bytes.isEmpty ? nil : String(decoding: bytes, as: UTF8.self)
    }

    private static func failure(_ path: String, _ code: Int32) -> ConfigurationError {
        let reason = strerror(code).map { String(cString: $0) } ?? "error \(code)"
        return ConfigurationError(
            .unreadable, at: .wholeFile(path), "cannot be read: \(reason.lowercased()); check the path and its rights")
    }
}
