import Bilingual
import Configuration
import PluginKit
import ProjectionStore
import WorkerRuntime

/// `diwan projection show NAME`
enum ProjectionShowCommand {
    static let command = Command(
        CommandSpec(
            "show", summary: "Show a projection",
            discussion: """
                --as-of DATE shows what had taken effect by that date (YYYY, YYYY-MM or YYYY-MM-DD; a year means its \
                first day). Facts without a date count when no date is asked; with one they are left out, and their \
                number is said.

                In CSV a text that a spreadsheet would run as a formula begins with an apostrophe.
                """, arguments: [ArgumentSpec("name", summary: "A name from 'diwan projection list'")],
            options: [
                CommonOptions.config,
                OptionSpec(
                    FieldSpec("as-of", .text(.date), .optional, summary: "What had taken effect by then"),
                    valueName: "DATE"), CommonOptions.language,
                OptionSpec(
                    FieldSpec(
                        "format", .choice(of: ProjectionFormat.self), .defaultValue("table"), summary: "In which form"),
                    short: "f"),
                OptionSpec(
                    FieldSpec(
                        "parameter", .list(of: .text), .defaultValue("[]"),
                        summary: "A value for a projection that asks for one"), valueName: "NAME=VALUE"),
            ],
            examples: [
                CommandExample(
                    "diwan projection show mechanisms-by-type --as-of 2004-12-31", "as it was at the end of 2004"),
                CommandExample("diwan projection show directory --language ar", "in Arabic"),
            ], exitCodes: [.unavailable, .config, .noInput]), run: run)

    enum ProjectionFormat: String, ChoiceWords {
        case table, json, csv

        var meaning: String {
            switch self {
            case .table: "for people"
            case .json: "for a script"
            case .csv: "for a spreadsheet"
            }
        }
    }

    private static func run(_ call: CommandCall) throws {
        let deployment = try Deployment.load(call)
        let listed = try find(BidiText.stripControls(try call.argument("name")), deployment)
        let (query, package) = (listed.query, listed.package)
        let asked: String? = try call.optional("as-of")
        let language = try call.option("language", as: LanguageWord.self).language
        guard let reader = try deployment.reader(package) else {
            throw deployment.noStore([package.manifest.name])
        }
        defer { reader.close() }
        let answer = try ProjectionAnswer(
            listed, reader, asOf: asked, parameters: try parameters(query, try call.option("parameter")))
        switch try call.option("format", as: ProjectionFormat.self) {
        case .table: try Output.write(try answer.table(language))
        case .json:
            try Output.write(answer.json())
            try sayNotes(answer, language)
        case .csv:
            try Output.write(answer.csv())
            try sayNotes(answer, language)
        }
    }

    /// Beside what a script reads, not in it.
    private static func sayNotes(_ answer: ProjectionAnswer, _ language: Language) throws {
        for note in try answer.notes(language) { Output.say("diwan: \(note)") }
    }

    private static func find(_ name: String, _ deployment: Deployment) throws -> ListedQuery {
        let all = ProjectionCommands.queries(deployment)
        if let found = all.first(where: { $0.name == name }) ?? all.first(where: { $0.fullName == name }) {
            return found
        }
        let names = all.map(\.name)
        let hint =
            NearestName.find(name, among: names).map { "did you mean \($0)?" }
            ?? (names.isEmpty ? "no plugin is enabled" : "there are \(names.joined(separator: ", "))")
        throw UsageError(
            message: "there is no projection \(TerminalText.quoted(name)); \(hint)", command: "diwan projection show")
    }

    private static func parameters(_ query: QueryDefinition, _ given: [String]) throws -> [String: String] {
        func refuse(_ message: String) -> UsageError {
            UsageError(message: message, command: "diwan projection show")
        }
        var values: [String: String] = [:]
        for text in given {
            guard let equals = text.firstIndex(of: "=") else {
                throw refuse("--parameter \(TerminalText.quoted(text)) has no value; write NAME=VALUE")
            }
            let name = String(text[..<equals])
            guard query.parameters.contains(name) else {
                throw refuse("\(query.name) takes no parameter \(TerminalText.quoted(name))")
            }
            values[name] = String(text[text.index(after: equals)...])
        }
        if let missing = query.parameters.first(where: { values[$0] == nil }) {
            throw refuse("\(query.name) needs a value: --parameter \(missing)=VALUE")
        }
        return values
    }
}

extension TextRule {
    /// YYYY, YYYY-MM or YYYY-MM-DD.
    static let date = TextRule("date") { text in
        PartialDate(text) == nil ? "is no date; write YYYY, YYYY-MM or YYYY-MM-DD" : nil
    }
}
