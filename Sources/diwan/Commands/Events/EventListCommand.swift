import Bilingual
import Configuration
import EventCatalogue

/// `diwan events list`
enum EventListCommand {
    static let command = Command(
        CommandSpec(
            "list", summary: "List the event types that Diwan knows",
            discussion: """
                The newest version of each type. Older versions are read too, and brought to the newest; --all lists them.
                """,
            options: [
                OptionSpec(FieldSpec("all", .boolean, .defaultValue("false"), summary: "Older versions too")),
                CommonOptions.language, CommonOptions.format,
            ],
            examples: [CommandExample("diwan events list --language ar", "the types with their names in Arabic")]),
        run: run)

    private static func run(_ call: CommandCall) throws {
        let catalogue = try Catalogue.load()
        let all: Bool = try call.option("all")
        let types = all ? catalogue.types : catalogue.newestTypes
        let format: ListFormat = try call.option("format")
        let language = try call.option("language", as: LanguageWord.self).language
        switch format {
        case .json: try Output.write(JSON.array(types.map { describe($0, catalogue) }).document())
        case .text:
            var table = TerminalTable(
                columns: language == .arabic
                    ? [.init("النوع"), .init("الاسم")] : [.init("Type"), .init("Name")],
                direction: language.direction)
            for type in types {
                table.addRow([type.name, language == .arabic ? type.nameArabic : type.nameEnglish])
            }
            try Output.write(table.text())
        }
    }

    private static func describe(_ type: EventType, _ catalogue: EventCatalogue) -> JSON {
        .object([
            ("type", .string(type.name)), ("version", .count(type.version)),
            ("newest", .bool(catalogue.isNewest(type))),
            ("name", .object([("en", .string(type.nameEnglish)), ("ar", .string(type.nameArabic))])),
            ("effective", .strings(type.effectiveFields)), ("sequence", .text(type.sequenceField)),
        ])
    }
}
