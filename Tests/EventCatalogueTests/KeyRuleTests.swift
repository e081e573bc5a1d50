// Rule 1: on our topics the record's key is the event's partitionkey; on others a key may be missing.
import EventCatalogue
import PluginKit
import Testing

@Suite struct KeyRuleTests {
    let catalogue: EventCatalogue

    init() throws { catalogue = try #require(Sources.catalogue) }

    @Test func ourTopicsAskForTheKey() {
        #expect(Record.event(key: nil).decode(catalogue).reason == .keyMissing)
        #expect(Record.event(key: "").decode(catalogue).reason == .keyMissing)
        #expect(Record.event(key: "other").decode(catalogue).reason == .keyMismatch)
        #expect(Record.event(["partitionkey": nil], key: "arcp").decode(catalogue).event?.key == "arcp")
    }

    @Test func otherTopicsDoWithout() throws {
        let none = try #require(Record.event(key: nil).with { $0.ownTopic = false }.decode(catalogue).event)
        #expect(!none.hasKey && none.key == "e-1")
        let other = try #require(Record.event(key: "theirs").with { $0.ownTopic = false }.decode(catalogue).event)
        #expect(other.hasKey && other.key == "theirs")
    }

    @Test func unknownTypesAreCountedWhateverTheirKey() {
        let unknown = Record.event(["type": "\"org.example.other\""], key: nil)
        #expect(unknown.decode(catalogue).unknownName == "org.example.other")
    }
}
