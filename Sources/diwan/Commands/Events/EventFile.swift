import Configuration
import EventCatalogue
import Foundation

/// One event as it stands in a file.
struct EventText {
    let file: String
    /// The line it begins on, from 1.
    let line: Int
    let bytes: [UInt8]

    var place: String { "\(file):\(line)" }
}

/// Files of events: one a line (JSON Lines), or a single one over several lines. `-` is standard input.
enum EventFile {
    /// A single event over several lines is read whole; nobody writes one larger than this.
    private static let singleLimit = 16 << 20

    /// Calls `body` with each event of the file, in order. Empty lines are skipped.
    static func read(_ file: String, _ body: (EventText) throws -> Void) throws {
        let name = file == "-" ? "standard input" : file
        let handle = file == "-" ? FileHandle.standardInput : FileHandle(forReadingAtPath: file)
        guard let handle, !isFolder(file) else {
            throw CommandFailure(.noInput, "\(file) cannot be read: is it there, and may you read it?")
        }
        var lines = LineReader(handle, name: name)
        guard let first = try lines.nextFilled() else {
            throw CommandFailure(.dataErr, "\(name) holds no events")
        }
        if try parses(first.bytes) {
            try body(EventText(file: name, line: first.line, bytes: first.bytes))
            while let next = try lines.nextFilled() {
                try body(EventText(file: name, line: next.line, bytes: next.bytes))
            }
            return
        }
        // The first line alone is no JSON: one event over several lines, or a file of lines whose first is wrong.
        var all = [first]
        var whole = first.bytes
        while whole.count <= singleLimit, let next = try lines.nextFilled() {
            all.append(next)
            whole += [UInt8(ascii: "\n")] + next.bytes
        }
        if whole.count <= singleLimit, try parses(whole) {
            return try body(EventText(file: name, line: first.line, bytes: whole))
        }
        for line in all { try body(EventText(file: name, line: line.line, bytes: line.bytes)) }
        while let next = try lines.nextFilled() { try body(EventText(file: name, line: next.line, bytes: next.bytes)) }
    }

    private static func parses(_ bytes: [UInt8]) throws -> Bool {
        var parser = JSONParser()
        return (try? parser.parse(bytes, into: EventDecoder.makeArena())) != nil
    }

    private static func isFolder(_ path: String) -> Bool {
        var isFolder: ObjCBool = false
        return FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) && isFolder.boolValue
    }
}

/// Lines of a file, without holding more of it than the longest.
private struct LineReader {
    struct Line {
        let line: Int
        let bytes: [UInt8]
    }

    private let handle: FileHandle
    private let name: String
    private var buffer: [UInt8] = []
    private var start = 0
    private var line = 0
    private var isAtEnd = false

    /// Longer lines are no events: the largest that a topic takes is far below.
    private static let limit = 64 << 20

    init(_ handle: FileHandle, name: String) {
        self.handle = handle
        self.name = name
    }

    mutating func nextFilled() throws -> Line? {
        while let next = try next() {
            if next.bytes.contains(where: { $0 != 0x20 && $0 != 0x09 && $0 != 0x0D }) { return next }
        }
        return nil
    }

    private mutating func next() throws -> Line? {
        var searched = start
        while true {
            if let end = buffer[searched...].firstIndex(of: UInt8(ascii: "\n")) {
                return take(upTo: end, skipping: 1)
            }
            searched = buffer.count
            if isAtEnd { return start < buffer.count ? take(upTo: buffer.count, skipping: 0) : nil }
            guard searched - start <= Self.limit else {
                throw CommandFailure(.dataErr, "\(name):\(line + 1): a line of more than 64 MiB is no event")
            }
            buffer.removeFirst(start)
            searched -= start
            start = 0
            let chunk: Data?
            do { chunk = try handle.read(upToCount: 1 << 18) } catch {
                throw CommandFailure(.ioErr, "\(name) cannot be read on: \(error.localizedDescription)")
            }
            if let chunk, !chunk.isEmpty { buffer += chunk } else { isAtEnd = true }
        }
    }

    private mutating func take(upTo end: Int, skipping skipped: Int) -> Line {
        line += 1
        defer { start = end + skipped }
        return Line(line: line, bytes: Array(buffer[start..<end]))
    }
}
