import Configuration
import PluginKit

/// Reads `events`: types, or `{type, topic}`.
enum SubscriptionReader {
    private enum Topic: String, CaseIterable { case events, people }

    static func read(_ root: Fields) -> [Subscription] {
        guard root.required("events", example: "[org.iscm.meeting.held.v1]") != nil else { return [] }
        var unique = UniqueNames("subscription")
        var events: [Subscription] = []
        for node in root.elements("events") {
            var type: String?
            var topic = Topic.events
            var place = node.place
            if node.entries != nil {
                guard let fields = Fields(node, "an event", known: ["type", "topic"], root.problems) else { continue }
                type = fields.name("type", .eventType, example: "org.iscm.meeting.held.v1")
                place = fields.place(of: "type")
                if let node = fields.node("topic") { topic = fields.choice(node, "topic of an event") ?? .events }
            } else {
                type = root.name(node, .eventType, as: "an entry of events")
            }
            guard let type else { continue }
            unique.add(type, at: place, root.problems)
            events.append(Subscription(type: type, fromPeopleTopic: topic == .people))
        }
        return events
    }
}

/// Reads `data`: CSV files that become tables of their own.
enum DataFileReader {
    /// - Parameter present: the files that are there; nil where that is not known.
    static func read(_ root: Fields, tables: [TableDefinition], present: [String]?) -> [DataFile] {
        var files = UniqueNames("data file")
        var names = UniqueNames("data table")
        let taken = tables.flatMap(TableNames.views)
        var data: [DataFile] = []
        for node in root.elements("data") {
            guard let fields = Fields(node, "a data file", known: ["file", "table"], root.problems) else { continue }
            let file = fields.name("file", .csvFile, example: "themes.csv")
            let table = fields.name("table", .column, example: "theme")
            guard let file, let table else { continue }
            files.add(file, at: fields.place(of: "file"), root.problems)
            if let present, !present.contains(file) {
                let hint = Wording.hint(file, among: present.sorted(), plural: "files")
                root.problems.add(
                    .value, fields.node("file")?.place ?? fields.place,
                    "there is no file \"\(file)\" in the plugin's folder data; \(hint)")
            }
            names.add(table, at: fields.place(of: "table"), root.problems)
            if taken.contains(table) {
                root.problems.add(
                    .conflict, fields.place(of: "table"),
                    "data file \"\(file)\" needs a table of its own; \"\(table)\" belongs to the plugin's tables")
            }
            data.append(DataFile(file: file, table: table))
        }
        return data
    }
}

/// Reads `people`: the table where sending looks up a recipient.
enum PeopleReader {
    private static let columns = ["name_ar", "name_en", "languages", "channels"]

    static func read(_ root: Fields, tables: [TableDefinition]) -> String? {
        guard let name = root.optionalName("people", .column) else { return nil }
        let place = root.place(of: "people")
        guard let table = tables.first(where: { $0.name == name }) else {
            let hint = Wording.hint(name, among: tables.map(\.name), plural: "tables")
            root.problems.add(.value, place, "people names the table \"\(name)\", which is not declared; \(hint)")
            return nil
        }
        let missing = columns.filter { table.index(of: $0) == nil }
        if table.kind != .rows || table.keyCount != 1 || !missing.isEmpty {
            let lacks = missing.isEmpty ? "" : "; it lacks \(missing.joined(separator: ", "))"
            root.problems.add(
                .value, place,
                "the table \"\(name)\" of people must be of kind rows with the person as its only key column and "
                    + "columns \(columns.joined(separator: ", "))\(lacks)")
        }
        return name
    }
}

/// Reads `notices`: the rules under which the plugin sends messages.
enum NoticeReader {
    /// - Parameter messages: the keys of the plugin's messages; nil where they are not known.
    static func read(_ root: Fields, messages: [String]?) -> [NoticeRule] {
        var unique = UniqueNames("notice")
        var rules: [NoticeRule] = []
        for node in root.elements("notices") {
            guard
                let fields = Fields(node, "a notice", known: ["name", "subject", "body", "valid-for"], root.problems),
                let name = fields.name("name", .kebab, example: "meeting-scheduled")
            else { continue }
            unique.add(name, at: fields.place(of: "name"), root.problems)
            let named = Fields(fields, subject: "notice \"\(name)\"")
            let subject = message("subject", named, example: "\(name)-subject", among: messages)
            let body = message("body", named, example: "\(name)-body", among: messages)
            guard let subject, let body else { continue }
            rules.append(
                NoticeRule(name: name, subjectMessage: subject, bodyMessage: body, validFor: validFor(named)))
        }
        return rules
    }

    private static func message(
        _ field: String, _ fields: Fields, example: String, among messages: [String]?
    ) -> String? {
        guard let key = fields.name(field, .messageKey, example: example) else { return nil }
        if let messages, !messages.contains(key) {
            let near = NearestName.find(key, among: messages.sorted())
            let hint = near.map { "did you mean \"\($0)\"?" } ?? "write it in ar.messages and en.messages"
            fields.problems.add(
                .value, fields.node(field)?.place ?? fields.place,
                "\(field) of \(fields.subject) names \"\(key)\", which is no message of the plugin; \(hint)")
        }
        return key
    }

    private static func validFor(_ fields: Fields) -> Int64 {
        guard let node = fields.node("valid-for") else { return NoticeRule.defaultValidFor }
        guard let text = node.text, let duration = DurationText.parse(text), duration > .zero else {
            fields.problems.add(
                .type, node.place, "valid-for of \(fields.subject) must be a duration; write it like 7d or 12h")
            return NoticeRule.defaultValidFor
        }
        return Int64(duration / .milliseconds(1))
    }
}
