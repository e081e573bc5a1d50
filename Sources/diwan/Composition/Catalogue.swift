import Configuration
import EventCatalogue

/// The event types of this program.
enum Catalogue {
    static func load() throws -> EventCatalogue {
        do {
            return try EventCatalogue.bundled()
        } catch {
            throw CommandFailure(.software, "the schemas of this program are wrong: \(error); please report this")
        }
    }
}
