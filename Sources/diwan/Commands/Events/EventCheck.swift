import Configuration
import EventCatalogue
import PluginKit

/// An event of a file that is right, ready to be sent.
struct CheckedEvent {
    let text: EventText
    let id: String
    let type: String
    /// The record's key: `partitionkey`.
    let key: [UInt8]
    /// The event as the file has it.
    let envelope: Value
}

/// What is wrong with an event of a file.
struct EventProblem: Sendable {
    let file: String
    let line: Int
    let reason: String
    let detail: String

    var description: String { "\(file):\(line): \(reason): \(detail)" }

    var json: JSON {
        .object([
            ("file", .string(file)), ("line", .count(line)), ("reason", .string(reason)), ("detail", .string(detail)),
        ])
    }
}

/// Checks events of files as the worker would check their records.
struct EventCheck: ~Copyable {
    private let catalogue: EventCatalogue
    private var decoder: EventDecoder
    private var parser = JSONParser()
    private let settings: TopicSettings

    /// - Parameter eventBytes: the longest record that the worker takes.
    init(_ catalogue: EventCatalogue, eventBytes: Int = TopicSettings.defaultEventBytes) {
        self.catalogue = catalogue
        decoder = EventDecoder(catalogue: catalogue)
        settings = TopicSettings(eventBytes: eventBytes)
    }

    mutating func check(_ text: EventText) -> Result<CheckedEvent, EventRejection> {
        let arena = EventDecoder.makeArena(byteCapacity: text.bytes.count + 64, nodeCapacity: 256)
        // What is no JSON at all is told by the decoder, with the reason that the worker would give.
        let node = try? parser.parse(text.bytes, into: arena)
        let envelope = node.map { Value(arena: arena, node: $0) }
        let key = envelope?["partitionkey"]?.string.map { Array($0.utf8) }
        switch decode(text.bytes, key: key) {
        case .event(let event):
            guard let envelope, let key else { return reject(text, "key-missing", "/partitionkey: it is missing") }
            return .success(
                CheckedEvent(
                    text: text, id: String(event.id), type: String(event.sentType), key: key, envelope: envelope))
        case .unknownType(let name):
            let known = catalogue.types.map(\.name)
            let near = NearestName.find(String(name), among: known).map { "did you mean \($0)?" }
            return reject(
                text, "unknown-type", "/type: no type of that name is known; \(near ?? "see 'diwan events list'")")
        case .tombstone: return reject(text, "empty-value", "an event has a value")
        case .refused(let refusal): return reject(text, refusal.reason.rawValue, refusal.detail)
        }
    }

    private mutating func decode(_ bytes: [UInt8], key: [UInt8]?) -> DecodeOutcome {
        let position = RecordPosition(topic: "", partition: 0, offset: 0, timestamp: 0)
        let arena = EventDecoder.makeArena()
        let settings = settings
        // A closure would consume the decoder, so the pointers are taken in turn.
        return bytes.withUnsafeBytes { value in
            guard let key else {
                return decoder.decode(
                    RecordInput(key: nil, value: value, position: position, settings: settings), into: arena)
            }
            return key.withUnsafeBytes { key in
                decoder.decode(
                    RecordInput(key: key, value: value, position: position, settings: settings), into: arena)
            }
        }
    }

    private func reject(_ text: EventText, _ reason: String, _ detail: String) -> Result<CheckedEvent, EventRejection> {
        .failure(EventRejection(EventProblem(file: text.file, line: text.line, reason: reason, detail: detail)))
    }
}

struct EventRejection: Error {
    let problem: EventProblem

    init(_ problem: EventProblem) { self.problem = problem }
}
