import PluginKit

/// A schema file, read: draft 7 for the data, and the annotations that make a type of it.
struct SchemaFile {
    let name: String
    let text: String
    let root: Value
    let type: String
    let baseName: String
    let version: Int
    let nameEnglish: String
    let nameArabic: String
    let effectiveFields: [String]
    let sequenceField: String?
    let examples: [Value]
    let counterExamples: [EventType.CounterExample]

    init(name: String, text: String) throws(CatalogueError) {
        var parser = JSONParser()
        let root: Value
        do throws(DecodeRefusal) {
            root = try parser.parse(text)
        } catch {
            throw CatalogueError(file: name, error.description)
        }
        func required(_ keyword: StaticString) throws(CatalogueError) -> String {
            guard let text = root[keyword]?.string, !text.isEmpty else {
                throw CatalogueError(file: name, "/\(keyword): a type's schema states this as text")
            }
            return text
        }
        self.name = name
        self.text = text
        self.root = root
        type = try required("x-type")
        guard let typeName = TypeName(type) else {
            throw CatalogueError(file: name, "/x-type: a type's name ends in its version, such as .v1")
        }
        baseName = String(typeName.base)
        version = typeName.version
        nameEnglish = try required("x-name-en")
        nameArabic = try required("x-name-ar")
        switch root["x-effective"]?.kind {
        case nil: effectiveFields = []
        case .string: effectiveFields = root["x-effective"]?.string.map { [$0] } ?? []
        case .array: effectiveFields = root["x-effective"]?.elements.compactMap(\.string) ?? []
        default: throw CatalogueError(file: name, "/x-effective: the name of a data field, or an array of names")
        }
        sequenceField = root["x-sequence"]?.string
        examples = root["examples"].map { Array($0.elements) } ?? []
        counterExamples =
            root["x-counter-examples"]?.elements.compactMap { entry in
                entry.members.first { $0.0 == "data" }.map {
                    EventType.CounterExample(data: $0.1, why: entry["why"]?.string ?? "")
                }
            } ?? []
    }
}

/// The catalogue cannot be made: a schema file is wrong. The message names the file and the place in it.
public struct CatalogueError: Error, Hashable, Sendable, CustomStringConvertible {
    public let file: String
    public let message: String

    init(file: String, _ message: String) {
        self.file = file
        self.message = message
    }

    public var description: String { "\(file): \(message)" }
}
