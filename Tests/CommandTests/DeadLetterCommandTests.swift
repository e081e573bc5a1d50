import Foundation
import KafkaClient
import Testing
import WorkerTesting

@testable import diwan

/// An operator deals with records that could not be applied, while no worker runs: the command does it itself.
@Suite(.serialized, .timeLimit(.minutes(5))) struct DeadLetterCommandTests {
    /// A copy of the trial's store, so that each test may change it.
    private static func place() throws -> Workplace {
        let trial = try Trial.shared.get().place
        let place = try Workplace()
        try place.write(try trial.read("diwan.yaml"), to: "diwan.yaml")
        try FileManager.default.copyItem(atPath: trial.path("store"), toPath: place.path("store"))
        return place
    }

    private struct Listed: Decodable {
        struct Plugin: Decodable {
            let plugin: String
            let number: Int64
            let attempts: Int64
            let state: String
        }
        let id: String
        let reason: String
        let plugins: [Plugin]
    }

    private static func list(_ place: Workplace, _ words: String...) throws -> [Listed] {
        let text = try place.run(["dead-letters", "list", "--format", "json"] + words)
        return try JSONDecoder().decode([Listed].self, from: Data(text.utf8))
    }

    private static func id(_ reason: String, _ place: Workplace) throws -> String {
        try #require(try list(place).first { $0.reason == reason }).id
    }

    @Test func `a list is narrowed down by what one looks for`() throws {
        let place = try Self.place()
        #expect(try Self.list(place).count == 3)
        #expect(try Self.list(place, "--reason", "not-json").map(\.reason) == ["not-json"])
        let ofOne = try Self.list(place, "--plugin", "notifications")
        #expect(ofOne.count == 3 && ofOne.allSatisfy { $0.plugins.map(\.plugin) == ["notifications"] })
        #expect(try Self.list(place, "--key", "arcp").count == 3)
        #expect(try Self.list(place, "--key", "other").isEmpty)
        #expect(try Self.list(place, "--event", "no/such").isEmpty)
        #expect(try Self.list(place, "--since", "2026-01-01").count == 3)
        #expect(try Self.list(place, "--until", "2026-01-01T00:00:00Z").isEmpty)
        #expect(try Self.list(place, "--state", "discarded").isEmpty)
        #expect(try Self.list(place, "--state", "all").count == 3)
        let wrong = try place.diwan("dead-letters", "list", "--since", "yesterday")
        #expect(wrong.code == 64 && wrong.errors.contains("YYYY-MM-DD"), "\(wrong.errors)")
        #expect(try place.diwan("dead-letters", "list", "--plugin", "notification").errors.contains("notifications"))
    }

    @Test func `nothing is done to everything by accident, and nothing without a reason`() throws {
        let place = try Self.place()
        for words in [
            ["redrive", "--why", "x"], ["discard", "--why", "x"], ["redrive", "--all"], ["discard", "--all"],
        ] {
            let answer = try place.answer(["dead-letters"] + words)
            #expect(answer.code == 64, "\(words): \(answer.errors)")
            #expect(answer.errors.contains("--all") || answer.errors.contains("--why"))
        }
        #expect(try place.diwan("dead-letters", "redrive", "iscm.events/99/1", "--why", "x").code == 65)
        #expect(try place.diwan("dead-letters", "redrive", "7", "--why", "x").errors.contains("--plugin"))
        #expect(try Self.list(place).count == 3)
    }

    @Test func `a letter that fails again stays, counts its attempts, and the audit says who tried and why`() throws {
        let place = try Self.place()
        let id = try Self.id("not-json", place)
        let answer = try place.diwan("dead-letters", "redrive", id, "--why", "once more", "--actor", "the operator")
        #expect(answer.code == 65, "\(answer.errors)")
        #expect(answer.output.contains("failed again, 2 attempts: not-json"), "\(answer.output)")
        #expect(answer.output.contains("3 failed again"), "\(answer.output)")
        let letter = try #require(try Self.list(place).first { $0.id == id })
        #expect(letter.plugins.map(\.attempts) == [2, 2, 2])
        let audit = try place.run(["dead-letters", "audit", id])
        #expect(audit.contains("the operator") && audit.contains("once more"), "\(audit)")
        #expect(try place.run(["dead-letters", "audit"]).split(separator: "\n").count >= 3)
    }

    @Test func `a discarded letter is out of the way, and asking twice does nothing twice`() throws {
        let place = try Self.place()
        let id = try Self.id("not-utf8", place)
        let words = ["dead-letters", "discard", id, "--why", "the source sends it anew"]
        let first = try place.answer(words)
        #expect(first.code == 0 && first.output.contains("3 discarded"), "\(first.output)\(first.errors)")
        let second = try place.answer(words)
        #expect(second.code == 0 && second.output.contains("settled already"), "\(second.output)\(second.errors)")
        #expect(try Self.list(place).count == 2)
        #expect(try Self.list(place, "--state", "discarded").map(\.id) == [id])
    }

    @Test func `an edited letter has to be an event, shows what changes, and counts from then on`() throws {
        let place = try Self.place()
        let id = try Self.id("not-json", place)
        try place.write("still not json", to: "wrong.json")
        let refused = try place.diwan("dead-letters", "edit", id, "--file", "wrong.json", "--why", "x")
        #expect(refused.code == 65 && refused.errors.contains("not-json"), "\(refused.errors)")
        try place.write(Self.event(key: "somebody-else"), to: "stranger.json")
        let stranger = try place.diwan("dead-letters", "edit", id, "--file", "stranger.json", "--why", "x")
        #expect(stranger.code == 65 && stranger.errors.contains("key-mismatch"), "\(stranger.errors)")
        #expect(try place.diwan("dead-letters", "edit", id, "--file", "nowhere", "--why", "x").code == 66)

        try place.write(Self.event(key: "arcp"), to: "right.json")
        let trial = try place.diwan("dead-letters", "edit", id, "--file", "right.json", "--dry-run")
        #expect(trial.code == 0, "\(trial.errors)")
        #expect(trial.output.contains("- not json") && trial.output.contains("+ "), "\(trial.output)")
        #expect(trial.output.contains("row ") && trial.output.contains(": new"), "\(trial.output)")
        #expect(try Self.list(place).count == 3)

        let done = try place.diwan("dead-letters", "edit", id, "--file", "right.json", "--why", "typed anew")
        #expect(done.code == 0 && done.output.contains("redriven"), "\(done.output)\(done.errors)")
        #expect(try Self.list(place).count == 2)
        let audit = try place.run(["dead-letters", "audit", "--format", "json"])
        #expect(audit.contains("typed anew"))
    }

    private static func event(key: String) -> String {
        """
        {"specversion":"1.0","id":"synthetic/edited","source":"urn:diwan:synthetic",\
        "type":"org.iscm.meeting.held.v1","time":"2026-01-31T09:00:00Z","datacontenttype":"application/json",\
        "partitionkey":"\(key)","data":{"meeting_id":"synthetic-edited","starts":"2026-01-30","synthetic":true}}
        """
    }
}
