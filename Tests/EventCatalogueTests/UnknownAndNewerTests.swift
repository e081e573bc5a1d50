// Fault row 34: a type nobody taught us is counted and listed; a newer version of one we know is a dead letter, because
// reading it by the old schema would be a guess.
import EventCatalogue
import PluginKit
import Testing

@Suite struct UnknownAndNewerTests {
    let catalogue: EventCatalogue

    init() throws { catalogue = try #require(Sources.catalogue) }

    static let unknown = [
        "org.iscm.meeting.postponed.v1", "org.iscm.meeting.held", "org.iscm.meeting.held.v0",
        "org.iscm.meeting.held.v01",
        "org.iscm.meeting.held.version2", "org.iscm.meeting.held.v", "org.iscm.Meeting.held.v1", "v2", ".v2", "x",
        "org.iscm.meeting.held.v1 ",
    ]

    @Test(arguments: unknown) func isListedByItsName(_ name: String) {
        #expect(Record.event(["type": "\"\(name)\"", "data": nil]).decode(catalogue).unknownName == name)
    }

    static let newer = [
        "org.iscm.meeting.held.v2", "org.iscm.meeting.held.v99", "org.iscm.focal_point.designated.v3",
        "org.iscm.meeting.held.v99999999999999999999999999",
    ]

    @Test(arguments: newer) func isNeverGuessed(_ name: String) throws {
        let refusal = try #require(Record.event(["type": "\"\(name)\""]).decode(catalogue).refusal)
        #expect(refusal.reason == .newerVersion)
        #expect(refusal.detail.contains("newest version known here"))
    }

    @Test func anOlderVersionIsBroughtToTheNewest() throws {
        let old = Record.event([
            "type": "\"org.iscm.focal_point.designated.v1\"",
            "data":
                "{\"person_id\":\"role/a\",\"role\":\"national_focal_point\",\"state_or_body\":\"DZ\",\"lines\":\"1\"}",
        ])
        let event = try #require(old.decode(catalogue).event)
        #expect(event.type == "org.iscm.focal_point.designated.v2")
        #expect(event.sentType == "org.iscm.focal_point.designated.v1")
        #expect(
            event.data?.canonicalJSON()
                == #"{"lines":"1","person":"role/a","role":"national_focal_point","state_or_body":"DZ"}"#)
        #expect(event.sentData?["person_id"]?.string == "role/a")
        #expect(event.effective == .unknown, "version 2 marks `from`, which version 1 did not know")
        #expect(catalogue[event.typeCode]?.name == "org.iscm.focal_point.designated.v2")
        let trusted = try #require(old.with { $0.validation = .trusted }.decode(catalogue).event)
        #expect(trusted.contentHash == event.contentHash, "the hash is that of what was sent")
        #expect(trusted.data?["person"]?.string == "role/a")
    }

    @Test func anOlderVersionIsCheckedByItsOwnSchemaFirst() {
        let wrong = Record.event([
            "type": "\"org.iscm.focal_point.designated.v1\"",
            "data": "{\"person\":\"role/a\",\"role\":\"x\",\"state_or_body\":\"DZ\"}",
        ])
        #expect(wrong.decode(catalogue).refusal?.detail == "/data: the required member person_id is missing")
    }

    @Test func aVersionWithoutItsUpcasterIsNoCatalogue() throws {
        let files = try Sources.schemaFiles()
        let error = #expect(throws: CatalogueError.self) { _ = try EventCatalogue(files: files, upcasters: []) }
        #expect(error?.message.contains("no upcaster leads from org.iscm.focal_point.designated.v1") == true)
    }
}
