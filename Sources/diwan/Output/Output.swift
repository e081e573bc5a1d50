import Configuration
import Glibc

/// What a command writes: its answer to standard output, all else to standard error.
enum Output {
    /// Writes all of it. A reader that has left ends the command quietly, as `head` expects.
    static func write(_ text: String) throws {
        var text = text
        try text.withUTF8 { try write($0) }
    }

    static func write(_ bytes: UnsafeBufferPointer<UInt8>) throws {
        var written = 0
        while written < bytes.count {
            let count = Glibc.write(1, bytes.baseAddress.map { $0 + written }, bytes.count - written)
            if count > 0 {
                written += count
            } else if errno == EPIPE {
                exit(0)
            } else if errno != EINTR {
                throw CommandFailure(.ioErr, "standard output cannot be written: \(String(cString: strerror(errno)))")
            }
        }
    }

    /// A line to standard error; where even that fails there is nobody to tell.
    static func say(_ line: String) { raw(line + "\n") }

    static func raw(_ text: String) {
        var text = text
        text.withUTF8 { _ = Glibc.write(2, $0.baseAddress, $0.count) }
    }

    static var errorIsTerminal: Bool { isatty(2) == 1 }
}
