import Foundation

/// The Swift of the event catalogue's schemas.
enum SchemaSource {
    static func text(_ folder: URL) throws -> String {
        let schemas = try Folder.texts(folder, suffix: ".json").sorted { $0.key < $1.key }
        let entries = schemas.map { name, json in
            "(name: \(SwiftLiteral.line(name)), json:\n\(SwiftLiteral.block(json))),\n"
        }
        return """
            // Made from the files of Schemas when the catalogue is built.

            /// The JSON Schemas of the event types by file name, sorted.
            enum EmbeddedSchemas {
                static let files: [(name: String, json: String)] = [
            \(entries.joined())]
            }

            """
    }
}
