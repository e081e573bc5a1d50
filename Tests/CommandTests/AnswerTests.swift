import Foundation
import Testing
import WorkerTesting

/// What can be read when a worker has run: without it, and without a broker.
@Suite struct `After a worker has run` {
    private let place: Workplace

    init() throws { place = try Trial.shared.get().place }

    @Test func `projections are tables, CSV and JSON`() throws {
        let table = try place.diwan("projection", "show", "mechanisms-by-type")
        #expect(table.code == 0, "\(table.errors)")
        #expect(table.output.hasPrefix("Mechanisms by type\n"))
        let widths = Set(table.output.split(separator: "\n").dropFirst().map(\.count))
        #expect(widths.count == 1)

        let answer = try place.diwan("projection", "show", "mechanisms-by-type", "--format", "json")
        let json = try #require(try answer.json() as? [String: Any])
        #expect(Set(json.keys) == ["projection", "asOf", "columns", "rows"])
        #expect(json["projection"] as? String == "mechanisms-by-type" && json["asOf"] is NSNull)
        let columns = try #require(json["columns"] as? [String])
        let rows = try #require(json["rows"] as? [[String: Any]])
        #expect(rows.map { $0["mechanisms"] as? Int } == [15, 14, 1, 30])
        #expect(rows.allSatisfy { Set($0.keys) == Set(columns) })

        let csv = try place.diwan("projection", "show", "mechanisms-by-type", "--format", "csv").output
        let lines = csv.components(separatedBy: "\r\n")
        #expect(lines.count == 6 && lines.last == "")
        #expect(lines.first == columns.joined(separator: ","))
    }

    @Test func `a date is asked and said`() throws {
        let answer = try place.diwan(
            "projection", "show", "mechanisms-by-type", "--as-of", "2004-12-31", "--format", "json")
        let json = try #require(try answer.json() as? [String: Any])
        #expect(json["asOf"] as? String == "2004-12-31")
        let rows = try #require(json["rows"] as? [[String: Any]])
        #expect(rows.prefix(3).map { $0["mechanisms"] as? Int } == [8, 6, 0])
        let table = try place.diwan("projection", "show", "seats", "--as-of", "2004-12-31").output
        #expect(table.contains("As of \u{2068}31 December 2004\u{2069}"))
        let arabic = try place.diwan("projection", "show", "seats", "--as-of", "2004", "--language", "ar").output
        #expect(arabic.contains("كما كان في \u{2068}2004\u{2069}"))
        // The projection lists seats without a date by itself; to say besides that they do not count would be wrong.
        #expect(!table.contains("not counted"))
    }

    @Test func `every projection that is listed can be shown, in every form and language`() throws {
        let list = try #require(try place.diwan("projection", "list", "--format", "json").json() as? [[String: Any]])
        let names = list.compactMap { $0["projection"] as? String }
        #expect(names.count == list.count && Set(names).count == names.count && names.count >= 10)
        for name in names {
            for options in [["--language", "ar"], ["--format", "csv"], ["--format", "json"]] {
                let answer = try place.answer(["projection", "show", name] + options)
                #expect(answer.code == 0, "\(name) \(options): \(answer.errors)")
            }
        }
        let near = try place.diwan("projection", "show", "mechanism-by-type")
        #expect(near.code == 64)
        #expect(near.errors.contains("did you mean mechanisms-by-type?"))
    }

    @Test func `digests are there in both languages, as text and as JSON`() throws {
        for language in ["en", "ar"] {
            let text = try place.diwan("digest", "show", "arcp", "2026", "--language", language)
            #expect(text.code == 0, "\(text.errors)")
            #expect(text.output.count > 1000)
            let json = try place.diwan(
                "digest", "show", "arcp", "2026", "--language", language, "--format", "json")
            #expect(try json.json() is [String: Any])
        }
    }

    @Test func `each notice was sent once, and says to whom by id alone`() throws {
        let notices = try #require(try place.diwan("notices", "list", "--format", "json").json() as? [[String: Any]])
        let mails = notices.filter { $0["destination"] as? String == "maildir" }
        #expect(mails.count == 24 && mails.allSatisfy { $0["state"] as? String == "sent" })
        let files = try FileManager.default.contentsOfDirectory(atPath: place.path("mail/new"))
        #expect(Set(files) == Set(mails.compactMap { $0["id"] as? String }))
        let text = try place.diwan("notices", "list").output
        #expect(text.contains("meeting-scheduled") && !text.contains("example.invalid"))
        #expect(try place.diwan("notices", "list", "--state", "closed").output == "no notices\n")
    }

    @Test func `a bad record is one dead letter, however many plugins met it`() throws {
        let letters = try #require(
            try place.diwan("dead-letters", "list", "--format", "json").json() as? [[String: Any]])
        #expect(letters.compactMap { $0["reason"] as? String }.sorted() == ["empty-value", "not-json", "not-utf8"])
        for letter in letters {
            let plugins = (letter["plugins"] as? [[String: Any]])?.compactMap { $0["plugin"] as? String }
            #expect(plugins == ["mechanism-directory", "notifications", "imrf-digest"])
        }
        let wrong = try #require(letters.first { $0["reason"] as? String == "not-utf8" }?["id"] as? String)
        let shown = try place.diwan("dead-letters", "show", wrong).output
        #expect(shown.contains("\\xFF\\xFE\\u{1B}[31mred") && !shown.contains("\u{1B}"))
        #expect(shown.contains("origin: a test"))
        let raw = try #require(letters.first { $0["reason"] as? String == "not-json" }?["id"] as? String)
        #expect(try place.diwan("dead-letters", "show", raw, "--raw").output == "not json")
        #expect(try place.diwan("dead-letters", "show", "iscm.events/99/1").code == 65)
    }

    @Test func `a store that does not exist yet is no defect`() throws {
        let fresh = try Workplace()
        try fresh.configure(servers: deadServer)
        let answer = try fresh.diwan("projection", "show", "directory")
        #expect(answer.code == 69)
        #expect(answer.errors.contains("diwan worker run"))
        #expect(try fresh.diwan("dead-letters", "list").output == "no dead letters\n")
        #expect(try fresh.diwan("notices", "list").output == "no notices\n")
    }
}
