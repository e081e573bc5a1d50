import Configuration
import PluginKit
import Testing

@testable import diwan

@Suite struct `A plugin's manifest in the program` {
    private static func failure(_ manifest: String) throws -> CommandFailure {
        let catalogue = try Catalogue.load()
        return try #require(throws: CommandFailure.self) {
            _ = try Packages.manifest(manifest, module: "ChairCalendar", catalogue)
        }
    }

    private static func manifest(_ event: String) -> String {
        """
        name: chair-calendar
        version: 1
        summary: {en: Chairs, ar: الرؤساء}
        events:
          - org.iscm.chair.assumed.v1
          - \(event)

        """
    }

    @Test func `is taken with event types that there are`() throws {
        let right = Self.manifest("org.iscm.document.issued.v1")
        let manifest = try Packages.manifest(right, module: "ChairCalendar", try Catalogue.load())
        #expect(manifest.events.count == 2)
    }

    @Test func `is refused with its folder, its line and 78`() throws {
        let failure = try Self.failure("name: [chair]\n")
        #expect(failure.exit == .config)
        #expect(failure.message?.contains("Plugins/ChairCalendar/plugin.yaml:1:7") == true, "\(failure)")
    }

    @Test(arguments: ["org.iscm.document.isued.v1", "{type: org.iscm.document.isued.v1, topic: people}"])
    func `is refused for an event type that nobody knows, with the nearest known`(event: String) throws {
        let failure = try Self.failure(Self.manifest(event))
        #expect(failure.exit == .config)
        let message = failure.message ?? ""
        #expect(message.contains("Plugins/ChairCalendar/plugin.yaml:6:5: \"org.iscm.document.isued.v1\""), "\(message)")
        #expect(message.contains("did you mean org.iscm.document.issued.v1?"), "\(message)")
    }
}
