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
        let before = try place.diwan("projection", "show", "seats", "--as-of", "1999")
        #expect(before.output.contains("date unknown") && !before.output.contains("not counted"))
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

    @Test func `a year without a forum is told, and so are those nearest to it`() throws {
        for year in 2020...2031 {
            let answer = try place.diwan("digest", "show", "arcp", "\(year)", "--format", "json")
            let digest = try #require(try answer.json() as? [String: Any])
            let cycle = try #require(digest["cycle"] as? [String: Any])
            #expect(answer.code == 0 && answer.errors.isEmpty == (cycle["edition"] is Int), "\(year)")
        }
        let between = try place.diwan("digest", "show", "arcp", "2025")
        #expect(between.errors == "diwan: 2025 is no year of a forum; the nearest: 2022 and 2026\n")
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
        #expect(
            try place.diwan("dead-letters", "show", "foo").errors
                == "diwan: there is no dead letter \"foo\"; 'diwan dead-letters list' names them\n")
    }

    @Test func `a store that does not exist yet is no defect`() throws {
        let fresh = try Workplace()
        try fresh.configure(servers: deadServer)
        let answer = try fresh.diwan("projection", "show", "directory")
        #expect(answer.code == 69)
        #expect(answer.errors.contains("diwan worker run"))
        let others = [["dead-letters", "list"], ["dead-letters", "show", "x/0/1"], ["notices", "list"], ["status"]]
        for words in others {
            let other = try fresh.answer(words)
            #expect(other.code == 69 && other.output.isEmpty && other.errors == answer.errors, "\(words)")
        }
    }

    @Test func `a plugin without a store is named, and the others answer`() throws {
        let half = try Workplace()
        try half.configure(servers: deadServer, plugins: "{mechanism-directory: {}, notifications: {}}")
        try FileManager.default.createDirectory(atPath: half.path("store"), withIntermediateDirectories: true)
        try FileManager.default.copyItem(
            atPath: place.path("store/notifications.sqlite"), toPath: half.path("store/notifications.sqlite"))
        for words in [["dead-letters", "list"], ["notices", "list"], ["status"]] {
            let answer = try half.answer(words)
            #expect(answer.code == 0 && !answer.output.isEmpty, "\(words): \(answer.errors)")
            #expect(answer.errors == "diwan: plugin mechanism-directory has no store yet, and is left out\n")
        }
    }

    @Test func `a worker that is idle because partitions are halted has not done its work`() throws {
        let moved = try Workplace()
        try moved.write(try moved.run(["config", "template", "--demo"]), to: "diwan.yaml")
        try FileManager.default.copyItem(atPath: place.path("store"), toPath: moved.path("store"))
        // Another cluster than the one that filled the store.
        let broker = try moved.start("broker", "run")
        defer { broker.kill() }
        #expect(try moved.comesTrue { FileManager.default.fileExists(atPath: moved.path("broker.json")) })
        let answer = try moved.diwan("worker", "run", "--until-idle")
        #expect(answer.code == 69)
        #expect(answer.errors.contains("\n  notifications: other-cluster: iscm.events[0], iscm.events[1], "))
    }
}
