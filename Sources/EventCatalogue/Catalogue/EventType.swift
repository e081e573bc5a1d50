public import PluginKit

/// A version of a type of events, as its schema file defines it.
public final class EventType: Sendable {
    /// The full name, such as `org.iscm.meeting.held.v1`.
    public let name: String
    /// The name without its version, such as `org.iscm.meeting.held`.
    public let baseName: String
    public let version: Int
    /// The type's place in the catalogue.
    public let code: EventTypeCode
    public let nameEnglish: String
    public let nameArabic: String
    /// The data fields that state the effective date, the first that is present wins; empty: the date of `time` counts.
    public let effectiveFields: [String]
    /// The data field that orders events of this type with others; nil: the record's key.
    public let sequenceField: String?
    /// Data that is valid.
    public let examples: [Value]
    /// Data that is not, each with the reason.
    public let counterExamples: [CounterExample]
    /// The schema file as it is.
    public let schemaText: String
    public let schema: JSONSchema

    public struct CounterExample: Sendable {
        public let data: Value
        public let why: String
    }

    init(code: EventTypeCode, file: SchemaFile) throws(CatalogueError) {
        name = file.type
        baseName = file.baseName
        version = file.version
        self.code = code
        nameEnglish = file.nameEnglish
        nameArabic = file.nameArabic
        effectiveFields = file.effectiveFields
        sequenceField = file.sequenceField
        examples = file.examples
        counterExamples = file.counterExamples
        schemaText = file.text
        do throws(SchemaError) {
            schema = try JSONSchema(file.root)
        } catch {
            throw CatalogueError(file: file.name, error.message)
        }
    }

    /// Where the effective date stands, its date part only.
    func effectiveSlot(_ data: Value, time: TextSlot) -> TextSlot {
        let arena = data.location.arena
        guard !effectiveFields.isEmpty else {
            return time.isAbsent ? .absent : TextSlot(offset: time.offset, count: min(time.count, 10))
        }
        for field in effectiveFields {
            guard let value = data[name: field] else { continue }
            if let text = value.text, !text.isEmpty {
                return TextSlot(offset: text.location.offset, count: min(UInt32(text.utf8Count), 10))
            }
            if let year = value.integer, (0...9999).contains(year) {
                let digits = String(10_000 + year).dropFirst().utf8
                let slot = Array(digits).withUnsafeBytes { arena.append($0) }
                if let slot { return slot }
            }
        }
        return .absent
    }

    /// Where the sequence key stands, if the type has one and the event states it.
    func sequenceSlot(_ data: Value) -> TextSlot {
        guard let sequenceField, let text = data[name: sequenceField]?.text, !text.isEmpty else { return .absent }
        return text.location
    }
}
