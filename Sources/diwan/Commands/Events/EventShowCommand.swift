import Bilingual
import Configuration
import EventCatalogue
import PluginKit

/// `diwan events show TYPE`
enum EventShowCommand {
    static let command = Command(
        CommandSpec(
            "show", summary: "Show what an event type holds",
            discussion: """
                TYPE is the full name or its middle: meeting.scheduled is org.iscm.meeting.scheduled in its newest \
                version, meeting.scheduled.v1 that version. --format json prints the type's JSON Schema, --format event \
                a whole event to start from.
                """,
            arguments: [ArgumentSpec("type", summary: "The type, such as meeting.scheduled")],
            options: [
                OptionSpec(
                    FieldSpec("format", .choice(of: TypeFormat.self), .defaultValue("text"), summary: "In which form"),
                    short: "f")
            ],
            examples: [
                CommandExample("diwan events show meeting.scheduled", "its fields, with what each means"),
                CommandExample(
                    "diwan events show meeting.scheduled --format event > event.json", "an event to edit and to send"),
            ]), run: run)

    enum TypeFormat: String, ChoiceWords {
        case text, json, event

        var meaning: String {
            switch self {
            case .text: "for people"
            case .json: "the JSON Schema"
            case .event: "an example of a whole event"
            }
        }
    }

    private static func run(_ call: CommandCall) throws {
        let type = try find(try call.argument("type"), try Catalogue.load())
        switch try call.option("format", as: TypeFormat.self) {
        case .json: try Output.write(type.schemaText.hasSuffix("\n") ? type.schemaText : type.schemaText + "\n")
        case .event: try Output.write(example(type).document())
        case .text: try Output.write(try text(type))
        }
    }

    static func find(_ name: String, _ catalogue: EventCatalogue) throws -> EventType {
        let prefix = "org.iscm."
        for candidate in [name, prefix + name] {
            if let type = catalogue.type(named: candidate) { return type }
            if let type = catalogue.newestTypes.first(where: { $0.baseName == candidate }) { return type }
        }
        let short = catalogue.newestTypes.map {
            $0.baseName.hasPrefix(prefix) ? String($0.baseName.dropFirst(9)) : $0.baseName
        }
        let hint =
            NearestName.find(name.hasPrefix(prefix) ? String(name.dropFirst(9)) : name, among: short)
            .map { "did you mean \($0)?" } ?? "'diwan events list' names them all"
        throw UsageError(
            message: "there is no event type \(TerminalText.quoted(name)); \(hint)", command: "diwan events show")
    }

    private static func text(_ type: EventType) throws -> String {
        var lines = ["\(type.name)", "  \(type.nameEnglish)", "  \(BidiText.isolate(type.nameArabic))", ""]
        if type.effectiveFields.isEmpty {
            lines.append("Takes effect on the date of `time`.")
        } else {
            lines.append("Takes effect on the date in \(type.effectiveFields.joined(separator: ", else ")).")
        }
        lines.append("In order with others of the same \(type.sequenceField ?? "record key").")
        lines.append("")
        var parser = JSONParser()
        let schema = try parser.parse(type.schemaText)
        let required = Set(schema["required"]?.elements.compactMap(\.string) ?? [])
        var table = TerminalTable(
            columns: [.init("Field"), .init("Kind"), .init("Required"), .init("Meaning")], direction: .leftToRight)
        for (name, property) in schema["properties"]?.members.map({ $0 }) ?? [] {
            let field = String(name)
            table.addRow([
                field, kind(property), required.contains(field) ? "yes" : "",
                property["description"]?.string ?? property["x-name-en"]?.string ?? "",
            ])
        }
        lines += [table.text()]
        lines += ["An event to start from: diwan events show \(type.name) --format event"]
        return lines.joined(separator: "\n") + "\n"
    }

    private static func kind(_ property: Value) -> String {
        if let choices = property["enum"] { return choices.elements.compactMap(\.string).joined(separator: "|") }
        if let type = property["type"]?.string { return type }
        if let types = property["type"] { return types.elements.compactMap(\.string).joined(separator: " or ") }
        return property["$ref"]?.string.map { String($0.split(separator: "/").last ?? "") } ?? ""
    }

    /// The type's first example in an envelope. What a sender has to choose stands in capitals.
    private static func example(_ type: EventType) -> JSON {
        let isPerson = type.baseName == PeopleEvents.baseName
        let data = type.examples.first.map { JSON.raw($0.canonicalJSON()) } ?? .object([])
        return .object([
            ("specversion", .string("1.0")), ("id", .string("CHOOSE-AN-ID")), ("source", .string("urn:example:SOURCE")),
            ("type", .string(type.name)), ("subject", .string(isPerson ? "PERSON" : "SUBJECT")),
            ("time", .string("2026-01-31T09:00:00Z")), ("datacontenttype", .string("application/json")),
            ("partitionkey", .string(isPerson ? "PERSON" : "MECHANISM")), ("data", data),
        ])
    }
}

/// Events that belong on the topic of people.
enum PeopleEvents {
    static let baseName = "org.iscm.person.described"

    static func contains(_ type: String) -> Bool { type.hasPrefix(baseName + ".v") }
}
