import Testing
import WorkerTesting

@Suite struct `The command line` {
    private let place: Workplace

    init() throws { place = try Workplace() }

    @Test func `says what a wrong word was probably meant to be, and ends with 64`() throws {
        let wrong: [([String], String)] = [
            (["doctr"], "did you mean \"doctor\"?"), (["events", "lst"], "did you mean \"list\"?"),
            (["events", "list", "--fromat", "json"], "did you mean --format?"),
            (["projection", "show", "x", "--as-of", "yesterday"], "YYYY-MM-DD"),
            (["worker", "run", "--standby", "--standby"], "once is enough"), (["events"], "needs a command"),
            (["dead-letters", "show"], "ID is missing"), (["digest", "show", "arcp", "soon"], "CYCLE"),
            (["events", "show", "meeting.schedule"], "did you mean meeting.scheduled?"),
        ]
        for (words, hint) in wrong {
            let answer = try place.answer(words)
            #expect(answer.code == 64, "\(words)")
            #expect(answer.errors.contains(hint), "\(words): \(answer.errors)")
            #expect(answer.output.isEmpty, "\(words)")
        }
    }

    @Test func `takes no word of two letters for a misspelling of another`() throws {
        let answer = try place.diwan("events", "list", "--format", "fr", "--language", "fr")
        #expect(answer.code == 64)
        #expect(answer.errors.contains("one of en, ar") && !answer.errors.contains("did you mean"))
    }

    @Test func `shows a default only where it says something`() throws {
        let help = try place.diwan("projection", "show", "--help").output
        #expect(help.contains("(default: table)") && !help.contains("[])"))
    }

    @Test func `explains every command`() throws {
        let groups = try commands(in: try place.diwan("--help"))
        #expect(groups.contains("events") && groups.contains("doctor"))
        for group in groups {
            let help = try place.diwan(group, "--help")
            #expect(help.code == 0, "\(group)")
            for command in try commands(in: help) {
                let help = try place.diwan(group, command, "--help")
                #expect(
                    help.code == 0 && help.output.contains("Usage: diwan \(group) \(command)"), "\(group) \(command)")
                #expect(help.output.contains("Ends with:"), "\(group) \(command)")
                // All but the usage and the examples, which are lines to copy.
                let prose = help.output.split(separator: "\n").filter {
                    !$0.hasPrefix("Usage:") && !$0.hasPrefix("  diwan ")
                }
                #expect(prose.allSatisfy { $0.count <= 100 }, "\(group) \(command)")
            }
        }
    }

    @Test func `tells versions, also to a script`() throws {
        #expect(try place.diwan("--version").output.hasPrefix("diwan "))
        let versions = try #require(try place.diwan("version", "--format", "json").json() as? [String: String])
        #expect(versions["diwan"] != nil && versions["librdkafka"] != nil)
        #expect(versions["plugin mechanism-directory"] != nil)
    }

    /// The names that a help text lists.
    private func commands(in help: Answer) throws -> [String] {
        let lines = help.output.split(separator: "\n", omittingEmptySubsequences: false)
        guard let start = lines.firstIndex(of: "Commands:") else { return [] }
        return lines[(start + 1)...].prefix { !$0.isEmpty }
            .filter { $0.hasPrefix("  ") && !$0.hasPrefix("   ") }
            .compactMap { $0.split(separator: " ").first.map { String($0) } }
    }
}
