import Foundation
import Testing
import WorkerTesting

@Suite struct `Trying things out` {
    private let place: Workplace

    init() throws { place = try Workplace() }

    @Test(.timeLimit(.minutes(2)))
    func `dev runs everything, and others find its broker`() throws {
        let events = Diwan.repository.appending(path: "Deploy/history").path
        let dev = try place.start("dev", "--events", events)
        #expect(dev.says("info worker: ready"), "\(dev.errors)")
        let config = ["--config", "demo/diwan.yaml"]
        #expect(try place.answer(["doctor"] + config).code == 0)
        // The store is held, and the broker's file says by whom.
        #expect(try place.answer(["worker", "run"] + config).code == 75)
        #expect(try place.answer(["dev", "--events", events] + config).code == 75)
        let envelope = """
            "specversion":"1.0","source":"urn:diwan:synthetic","datacontenttype":"application/json","partitionkey":"arcp"
            """
        let member =
            "\"id\":\"dev-1\",\"type\":\"org.iscm.member.joined.v1\",\"data\":{\"party\":\"ZZ\",\"party_kind\":\"state\"}"
        let issued = """
            "id":"dev-2","type":"org.iscm.document.issued.v1",\
            "data":{"document_id":"dev","doc_kind":"annual_statement","title_en":"=SUM(A1), of \\"all\\""}
            """
        try place.write("{\(envelope),\(issued)}\n{\(envelope),\(member)}\n", to: "event.json")
        try place.run(["events", "send", "event.json"] + config)
        #expect(
            try place.comesTrue {
                try place.run(["projection", "show", "seats", "-f", "csv"] + config).contains("arcp,ZZ")
            })
        // A spreadsheet would run what begins with an equals sign.
        let documents = try place.run(["projection", "show", "documents-issued", "-f", "csv"] + config)
        #expect(documents.contains(",\"'=SUM(A1), of \"\"all\"\"\","), "\(documents)")

        dev.terminate()
        #expect(dev.wait() == .exit(0), "\(dev.errors)")
        #expect(!FileManager.default.fileExists(atPath: place.path("demo/broker.json")))
        #expect(try place.answer(["projection", "show", "seats"] + config).code == 0)

        let again = try place.start("dev", "--empty", "--config", "demo/diwan.yaml")
        #expect(again.says("is set aside"), "\(again.errors)")
        #expect(again.says("info worker: ready"), "\(again.errors)")
        let folders = try FileManager.default.contentsOfDirectory(atPath: place.path("demo"))
        #expect(folders.contains { $0.hasPrefix("store-") })
        again.terminate()
        #expect(again.wait() == .exit(0), "\(again.errors)")
    }

    @Test func `a new plugin is a folder that the package knows`() throws {
        let package = try String(
            contentsOf: Diwan.repository.appending(path: "Package.swift"), encoding: .utf8)
        try place.write(package, to: "Package.swift")
        let answer = try place.diwan("plugin", "new", "chair-calendar")
        #expect(answer.code == 0, "\(answer.errors)")
        for file in [
            "plugin.yaml", "Sources/ChairCalendar.swift", "messages/ar.messages", "messages/en.messages",
            "fixtures/events.jsonl", "Tests/ChairCalendarTests.swift",
        ] {
            #expect(FileManager.default.fileExists(atPath: place.path("Plugins/ChairCalendar/\(file)")), "\(file)")
        }
        let changed = try place.read("Package.swift")
        #expect(changed.contains("\"ChairCalendar\"]") || changed.contains("\"ChairCalendar\",\n"))
        #expect(changed.contains("name: \"ChairCalendarTests\""))
        #expect(try place.diwan("events", "validate", "Plugins/ChairCalendar/fixtures/events.jsonl").code == 0)
        // Nothing that is there is overwritten.
        #expect(try place.diwan("plugin", "new", "ChairCalendar").code == 73)
        #expect(try place.diwan("plugin", "new", "../elsewhere").code == 64)
    }
}
