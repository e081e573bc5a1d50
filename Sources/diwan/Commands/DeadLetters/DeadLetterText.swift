import Bilingual
import Foundation
import ProjectionStore

/// A dead letter as text and as JSON.
enum DeadLetterText {
    static func text(_ record: DeadRecord) -> String {
        let content = record.content
        var lines: [String] = []
        func add(_ name: String, _ value: String) {
            lines.append(name + String(repeating: " ", count: max(1, 12 - name.count)) + value)
        }
        add("record", record.id)
        for (name, letter) in record.plugins {
            let attempts = Plural.of(Int(letter.attempts), "attempt")
            add("plugin", "\(name) \(letter.number) (\(letter.state.rawValue), \(attempts))")
            add("reason", "\(letter.content.reason): \(TerminalText.escaped(letter.content.detail))")
        }
        add("topic", content.partition.topic)
        add("partition", String(content.partition.partition))
        add("offset", String(content.offset))
        add("time", Moment.text(content.timestamp))
        add("key", content.key.map { ByteView.short($0, limit: 4096) } ?? "none")
        for (name, value) in [("type", content.type), ("source", content.source), ("id", content.id)] {
            if let value { add(name, TerminalText.escaped(value)) }
        }
        for header in content.headers {
            let value = header.value.map { ByteView.short($0, limit: 4096) } ?? "(no value)"
            add("header", "\(TerminalText.escaped(header.name)): \(value)")
        }
        guard let value = content.value else {
            add("value", "none (a tombstone)")
            return lines.joined(separator: "\n") + "\n"
        }
        add("value", Plural.of(value.count, "byte"))
        return lines.joined(separator: "\n") + "\n\n" + ByteView.lines(value) + "\n"
    }

    /// - Parameter withBytes: whether key, headers and value stand in it too.
    static func json(_ record: DeadRecord, withBytes: Bool) -> JSON {
        let content = record.content
        let plugins = record.plugins.map { name, letter in
            JSON.object([
                ("plugin", .string(name)), ("reason", .string(letter.content.reason)),
                ("detail", .string(letter.content.detail)), ("state", .string(letter.state.rawValue)),
                ("number", .integer(letter.number)), ("attempts", .integer(letter.attempts)),
                ("sequence", .text(letter.content.sequence)),
            ])
        }
        var members: [(String, JSON)] = [
            ("id", .string(record.id)), ("reason", .string(content.reason)), ("detail", .string(content.detail)),
            ("plugins", .array(plugins)), ("topic", .string(content.partition.topic)),
            ("partition", .integer(Int64(content.partition.partition))), ("offset", .integer(content.offset)),
            ("time", .string(Moment.text(content.timestamp))), ("key", bytes(content.key)),
            ("eventType", .text(content.type)), ("eventSource", .text(content.source)), ("eventId", .text(content.id)),
            ("bytes", content.value.map { .count($0.count) } ?? .null),
        ]
        if withBytes {
            let headers = content.headers.map {
                JSON.object([("name", .string($0.name)), ("value", bytes($0.value))])
            }
            members += [("headers", .array(headers)), ("value", bytes(content.value))]
        }
        return .object(members)
    }

    /// Text where it is text; else its bytes in Base64.
    private static func bytes(_ bytes: [UInt8]?) -> JSON {
        guard let bytes else { return .null }
        if let text = String(validating: bytes, as: UTF8.self) { return .string(text) }
        return .object([("base64", .string(Data(bytes).base64EncodedString()))])
    }
}

/// Bytes from anywhere, shown so that they cannot harm a terminal or its reader.
enum ByteView {
    /// On one line.
    static func short(_ bytes: [UInt8], limit: Int) -> String {
        let shown = escaped(Array(bytes.prefix(limit)))
        return bytes.count > limit ? "\(shown)…" : shown
    }

    /// With the line breaks that are there.
    static func lines(_ bytes: [UInt8], limit: Int = 64 << 10) -> String {
        let lines = bytes.prefix(limit).split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        let shown = lines.map { escaped(Array($0)) }.joined(separator: "\n")
        let rest = bytes.count - limit
        return rest > 0 ? "\(shown)\n… and \(Plural.of(rest, "byte")) more: --raw writes all" : shown
    }

    private static func escaped(_ bytes: [UInt8]) -> String {
        if let text = String(validating: bytes, as: UTF8.self) { return TerminalText.escaped(text) }
        var result = ""
        var rest = bytes[...]
        while let first = rest.first {
            let width = sequenceLength(first)
            let part = rest.prefix(width)
            if part.count == width, let text = String(validating: part, as: UTF8.self) {
                result += TerminalText.escaped(text)
                rest = rest.dropFirst(width)
            } else {
                result += "\\x" + hex(first)
                rest = rest.dropFirst()
            }
        }
        return result
    }

    /// How many bytes a scalar has that begins so.
    private static func sequenceLength(_ first: UInt8) -> Int {
        switch first {
        case 0xF0...: 4
        case 0xE0...: 3
        case 0xC0...: 2
        default: 1
        }
    }

    private static func hex(_ byte: UInt8) -> String {
        let digits = String(byte, radix: 16, uppercase: true)
        return digits.count == 1 ? "0" + digits : digits
    }
}
