/// Why a record is refused. The raw values are stored with dead letters, shown to operators and matched by scripts:
/// they never change, and a new reason is a new case.
public enum ReasonCode: String, CaseIterable, Sendable {
    case notUTF8 = "not-utf8"
    case notJSON = "not-json"
    case loneSurrogate = "lone-surrogate"
    case nulCharacter = "nul-character"
    case numberOutOfRange = "number-out-of-range"
    case tooDeep = "too-deep"
    case duplicateKey = "duplicate-key"
    case emptyValue = "empty-value"
    case tooLarge = "too-large"
    case notAnObject = "not-an-object"
    case headerless = "headerless"
    case contentTypeUnsupported = "content-type-unsupported"
    case attributeMissing = "attribute-missing"
    case attributeInvalid = "attribute-invalid"
    case specversionUnsupported = "specversion-unsupported"
    case newerVersion = "newer-version"
    case dataMissing = "data-missing"
    case dataNotJSON = "data-not-json"
    case schemaViolation = "schema-violation"
    case keyMissing = "key-missing"
    case keyMismatch = "key-mismatch"
    case tooManyHops = "too-many-hops"
    /// Ours, not the record's: memory ran short while reading it.
    case outOfMemory = "out-of-memory"
}

/// A record that is refused: a dead letter.
public struct DecodeRefusal: Error, Hashable, Sendable, CustomStringConvertible {
    public let reason: ReasonCode
    /// What is wrong and where (a JSON pointer in structured JSON or in the data), without repeating any value.
    public let detail: String

    public init(_ reason: ReasonCode, _ detail: String) {
        self.reason = reason
        self.detail = detail
    }

    public var description: String { "\(reason.rawValue): \(detail)" }
}
