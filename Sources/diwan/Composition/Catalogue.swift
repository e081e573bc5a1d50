import Configuration
import EventCatalogue

/// The event types of this program.
enum Catalogue {
    private static let bundled = Result { () throws(CatalogueError) in try EventCatalogue.bundled() }

    static func load() throws -> EventCatalogue {
        do {
            return try bundled.get()
        } catch {
            throw CommandFailure(.software, "the schemas of this program are wrong: \(error); please report this")
        }
    }
}
