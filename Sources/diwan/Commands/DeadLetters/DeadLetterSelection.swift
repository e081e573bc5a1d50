import Bilingual
import Configuration
import Foundation
import PluginKit
import ProjectionStore
import WorkerRuntime

/// Which dead letters a command is about: records by name or number, or what a filter finds.
struct DeadLetterSelection {
    static let ids = ArgumentSpec(
        "id", isRequired: false, isRepeated: true,
        summary: "TOPIC/PARTITION/OFFSET from 'diwan dead-letters list', or a number with --plugin")

    static let options: [OptionSpec] = [
        OptionSpec(
            FieldSpec("reason", .text, .optional, summary: "Only those with this reason code"), valueName: "CODE"),
        OptionSpec(
            FieldSpec("plugin", .text, .optional, summary: "Only those of this plugin"), valueName: "NAME"),
        OptionSpec(
            FieldSpec("key", .text, .optional, summary: "Only those whose record has this key"), valueName: "KEY"),
        OptionSpec(
            FieldSpec("event", .text, .optional, summary: "Only the event with this id, or SOURCE/ID"),
            valueName: "ID"),
        OptionSpec(
            FieldSpec("since", .text(.moment), .optional, summary: "Only those that failed then or later"),
            valueName: "TIME"),
        OptionSpec(
            FieldSpec("until", .text(.moment), .optional, summary: "Only those that failed before then"),
            valueName: "TIME"),
    ]

    private let ids: [String]
    private let plugin: String?
    private var events: [(source: String?, id: String)] = []
    private var filter = DeadLetterFilter()
    /// Whether anything narrows it down.
    private(set) var isNarrow = true

    /// - Parameter states: which to look at where no record is named; nil: all.
    init(_ call: CommandCall, _ deployment: Deployment, states: Set<DeadLetter.State>?) throws {
        try self.init(
            ids: try call.arguments.optional("id", as: [String].self) ?? [], plugin: try call.optional("plugin"),
            deployment)
        let event: String? = try call.optional("event")
        events = event.map(Self.readings) ?? []
        let key: String? = try call.optional("key")
        filter.states = ids.isEmpty ? states : nil
        filter.reason = try call.optional("reason")
        filter.key = key.map { Array($0.utf8) }
        filter.from = try call.optional("since", as: String.self).flatMap(Moment.milliseconds)
        filter.before = try call.optional("until", as: String.self).flatMap(Moment.milliseconds)
        isNarrow =
            !ids.isEmpty || event != nil || filter.reason != nil || key != nil || filter.from != nil
            || filter.before != nil
    }

    /// Records by name or number.
    init(ids: [String], plugin: String?, _ deployment: Deployment) throws {
        self.ids = ids.map { BidiText.stripControls($0) }
        self.plugin = plugin
        if let plugin, !deployment.packages.contains(where: { $0.manifest.name == plugin }) {
            let names = deployment.packages.map(\.manifest.name)
            let near = NearestName.find(plugin, among: names).map { "did you mean \($0)?" }
            throw UsageError(
                message: "no plugin \(TerminalText.quoted(plugin)) is enabled; "
                    + (near ?? "there are \(names.joined(separator: ", "))"), command: "diwan dead-letters")
        }
        if ids.contains(where: { Int64($0) != nil }), plugin == nil, deployment.packages.count > 1 {
            throw UsageError(
                message: "a number belongs to one plugin's store: name it with --plugin, or name the record by "
                    + "TOPIC/PARTITION/OFFSET", command: "diwan dead-letters")
        }
    }

    /// An id may hold slashes, and so may a source: every way to read SOURCE/ID, and the whole as an id.
    private static func readings(_ text: String) -> [(source: String?, id: String)] {
        var readings: [(String?, String)] = [(nil, text)]
        for slash in text.indices where text[slash] == "/" {
            readings.append((String(text[..<slash]), String(text[text.index(after: slash)...])))
        }
        return readings
    }

    func wants(_ plugin: String) -> Bool { self.plugin == nil || self.plugin == plugin }

    /// Hands over what a plugin's store holds of it, by number.
    func each(_ reader: any StoreReader, _ body: (DeadLetter) throws -> Void) throws {
        if ids.isEmpty {
            for filter in filters { try Self.pages(filter, reader, body) }
            return
        }
        for id in ids {
            if let number = Int64(id) {
                if let letter = try reader.deadLetter(number) { try body(letter) }
            } else if let place = RecordName(id) {
                var filter = filter
                filter.topic = place.partition.topic
                filter.partition = place.partition.partition
                try Self.pages(filter, reader) { letter in
                    if letter.content.offset == place.offset { try body(letter) }
                }
            }
        }
    }

    private var filters: [DeadLetterFilter] {
        guard !events.isEmpty else { return [filter] }
        return events.map { event in
            var filter = filter
            filter.source = event.source
            filter.id = event.id
            return filter
        }
    }

    /// The ids that nothing was found for.
    func missing(_ found: [(plugin: String, letter: DeadLetter)]) -> [String] {
        ids.filter { id in
            !found.contains { id == String($0.letter.number) || id == RecordName($0.letter.content).text }
        }
    }

    private static func pages(
        _ filter: DeadLetterFilter, _ reader: any StoreReader, _ body: (DeadLetter) throws -> Void
    ) throws {
        var after: Int64 = 0
        while true {
            let page = try reader.deadLetters(filter, limit: 200, after: after)
            guard let last = page.last else { return }
            for letter in page { try body(letter) }
            after = last.number
        }
    }
}

/// TOPIC/PARTITION/OFFSET: a record's own name, so the same in every plugin's store.
struct RecordName: Hashable {
    let partition: PartitionKey
    let offset: Int64

    init(_ content: DeadLetterDraft) {
        partition = content.partition
        offset = content.offset
    }

    init?(_ text: String) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 3, let number = Int32(parts[1]), let offset = Int64(parts[2]) else { return nil }
        partition = PartitionKey(topic: String(parts[0]), partition: number)
        self.offset = offset
    }

    var text: String { "\(partition.topic)/\(partition.partition)/\(offset)" }
}

extension TextRule {
    /// A date, or a time by RFC 3339.
    static let moment = TextRule("time") { text in
        Moment.milliseconds(text) == nil
            ? "is no time; write YYYY-MM-DD, or a time such as 2026-03-01T10:00:00Z" : nil
    }
}

extension Moment {
    /// A date in UTC or a time by RFC 3339, as milliseconds since 1970.
    static func milliseconds(_ text: String) -> Int64? {
        let whole = text.count == 10 ? text + "T00:00:00Z" : text
        let plain = Date.ISO8601FormatStyle()
        guard let date = (try? plain.parse(whole)) ?? (try? plain.time(includingFractionalSeconds: true).parse(whole))
        else { return nil }
        return Int64((date.timeIntervalSince1970 * 1000).rounded())
    }
}
