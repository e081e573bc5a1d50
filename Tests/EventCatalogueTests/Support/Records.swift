import EventCatalogue
import Foundation
import PluginKit

/// The schema files as they lie in the source tree.
enum Sources {
    static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()

    static func schemaFiles() throws -> [(name: String, json: String)] {
        let folder = root.appending(path: "Sources/EventCatalogue/Schemas")
        return try FileManager.default.contentsOfDirectory(atPath: folder.path).filter { $0.hasSuffix(".json") }
            .sorted()
            .map { (name: $0, json: try String(contentsOf: folder.appending(path: $0), encoding: .utf8)) }
    }

    static let catalogue: EventCatalogue? = try? EventCatalogue(files: schemaFiles())

    /// A committed list beside the tests.
    static func list(_ name: String) throws -> Value {
        let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .appending(path: "Lists/\(name)")
        var parser = JSONParser()
        return try parser.parse(String(contentsOf: file, encoding: .utf8))
    }
}

/// A record under test. All that is in it is synthetic.
struct Record {
    var key: String? = "arcp"
    var value: [UInt8]?
    var headers: [(String, String?)] = []
    var settings = TopicSettings()

    init(_ value: String?, key: String? = "arcp", headers: [(String, String?)] = []) {
        self.value = value.map { Array($0.utf8) }
        self.key = key
        self.headers = headers
    }

    init(bytes: [UInt8]) { value = bytes }

    /// A structured event of a type that takes any object with a meeting_id, with members changed, added or (nil) left
    /// out. Values are JSON.
    static func event(_ changes: [String: String?] = [:], key: String? = "arcp") -> Record {
        var members: [String: String] = [
            "specversion": "\"1.0\"", "id": "\"e-1\"", "source": "\"/tests/synthetic\"",
            "type": "\"org.iscm.meeting.held.v1\"", "subject": "\"m-1\"", "time": "\"2024-05-01T09:30:00Z\"",
            "partitionkey": "\"arcp\"", "data": "{\"meeting_id\":\"m-1\",\"starts\":\"2024-05\"}",
        ]
        for (name, value) in changes { members[name] = value }
        let body = members.sorted { $0.key < $1.key }.map { "\"\($0.key)\":\($0.value)" }.joined(separator: ",")
        return Record("{\(body)}", key: key)
    }

    func with(_ change: (inout TopicSettings) -> Void) -> Record {
        var copy = self
        change(&copy.settings)
        return copy
    }

    func decode(_ catalogue: EventCatalogue) -> DecodeOutcome {
        var decoder = EventDecoder(catalogue: catalogue)
        return decode(with: &decoder, into: EventDecoder.makeArena())
    }

    func decode(with decoder: inout EventDecoder, into arena: EventArena) -> DecodeOutcome {
        var storage: [UInt8] = []
        var spans: [(Range<Int>, Range<Int>?)] = []
        func keep(_ text: String) -> Range<Int> {
            let start = storage.count
            storage += Array(text.utf8)
            return start..<storage.count
        }
        for (name, value) in headers { spans.append((keep(name), value.map(keep))) }
        let keyBytes = key.map { Array($0.utf8) }
        return storage.withUnsafeBytes { storage in
            let list = spans.map { name, value in
                RecordHeader(
                    name: UnsafeRawBufferPointer(rebasing: storage[name]),
                    value: value.map { UnsafeRawBufferPointer(rebasing: storage[$0]) })
            }
            return list.withUnsafeBufferPointer { list in
                Record.withBytes(keyBytes) { key in
                    Record.withBytes(value) { value in
                        let position = RecordPosition(topic: "tests", partition: 0, offset: 7, timestamp: 1)
                        return decoder.decode(
                            RecordInput(key: key, value: value, headers: list, position: position, settings: settings),
                            into: arena)
                    }
                }
            }
        }
    }

    private static func withBytes<R>(_ bytes: [UInt8]?, _ body: (UnsafeRawBufferPointer?) -> R) -> R {
        guard let bytes else { return body(nil) }
        return bytes.withUnsafeBytes { body($0) }
    }
}

extension DecodeOutcome {
    /// The event, or nil.
    var event: Event? { if case .event(let event) = self { event } else { nil } }
    var refusal: DecodeRefusal? { if case .refused(let refusal) = self { refusal } else { nil } }
    var reason: ReasonCode? { refusal?.reason }
    var unknownName: String? { if case .unknownType(let name) = self { String(name) } else { nil } }
    var isTombstone: Bool { if case .tombstone = self { true } else { false } }
}
