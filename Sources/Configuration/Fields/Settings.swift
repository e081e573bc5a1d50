/// Values that a specification has checked, by field name; what the specification gives a default is always there.
public struct Settings: Sendable {
    /// A checked value.
    public indirect enum Value: Sendable {
        case text(String)
        case integer(Int)
        case number(Double)
        case boolean(Bool)
        case duration(Duration)
        case secret(SecretSource)
        case list([Value])
        case map([Pair])
        case object(Settings)
    }

    /// A key that the writer chose, with its value.
    public struct Pair: Sendable {
        public let key: String
        public let value: Value
        public let place: SourcePlace
    }

    struct Entry: Sendable {
        let value: Value
        let place: SourcePlace
        let isDefault: Bool
    }

    /// From the document's root, such as `kafka`; empty at the root.
    let path: FieldPath
    /// Where the mapping stands.
    public let place: SourcePlace
    var entries: [String: Entry] = [:]

    init(path: FieldPath, place: SourcePlace) {
        self.path = path
        self.place = place
    }

    /// The value of a field that is required or has a default.
    ///
    /// Throws `specification` when there is none of that kind: the reader asks for what its specification lacks.
    public func value<Wanted: SettingDecodable>(
        _ name: String, as type: Wanted.Type = Wanted.self
    ) throws(ConfigurationError) -> Wanted {
        if let value: Wanted = try optional(name) { return value }
        throw defect(name, "has no value")
    }

    /// The value of an optional field, nil where it is absent.
    public func optional<Wanted: SettingDecodable>(
        _ name: String, as type: Wanted.Type = Wanted.self
    ) throws(ConfigurationError) -> Wanted? {
        guard let entry = entries[name] else { return nil }
        guard let value = Wanted(setting: entry.value) else { throw defect(name, "is not a \(Wanted.self)") }
        return value
    }

    /// The place of a field's value, or of the mapping where the field is absent.
    public func place(of name: String) -> SourcePlace { entries[name]?.place ?? place }

    /// The place of a key in a field that is a mapping, or of the field where there is no such key.
    public func place(of name: String, key: String) -> SourcePlace {
        guard case .map(let pairs) = entries[name]?.value else { return place(of: name) }
        return pairs.first { $0.key == key }?.place ?? place(of: name)
    }

    /// True when the file, the environment or the command line gave the value, false for a default.
    public func isGiven(_ name: String) -> Bool { entries[name].map { !$0.isDefault } ?? false }

    private func defect(_ name: String, _ what: String) -> ConfigurationError {
        ConfigurationError(
            .specification, at: .specification(path.appending(name).description),
            "\(what), against its specification; this is a defect in Diwan")
    }
}

/// What can be read out of a checked value.
public protocol SettingDecodable {
    init?(setting: Settings.Value)
}

extension String: SettingDecodable {
    public init?(setting: Settings.Value) {
        guard case .text(let value) = setting else { return nil }
        self = value
    }
}

extension Int: SettingDecodable {
    public init?(setting: Settings.Value) {
        guard case .integer(let value) = setting else { return nil }
        self = value
    }
}

extension Double: SettingDecodable {
    public init?(setting: Settings.Value) {
        guard case .number(let value) = setting else { return nil }
        self = value
    }
}

extension Bool: SettingDecodable {
    public init?(setting: Settings.Value) {
        guard case .boolean(let value) = setting else { return nil }
        self = value
    }
}

extension Duration: SettingDecodable {
    public init?(setting: Settings.Value) {
        guard case .duration(let value) = setting else { return nil }
        self = value
    }
}

extension SecretSource: SettingDecodable {
    public init?(setting: Settings.Value) {
        guard case .secret(let value) = setting else { return nil }
        self = value
    }
}

extension Settings: SettingDecodable {
    public init?(setting: Settings.Value) {
        guard case .object(let value) = setting else { return nil }
        self = value
    }
}

extension Array: SettingDecodable where Element: SettingDecodable {
    public init?(setting: Settings.Value) {
        guard case .list(let values) = setting else { return nil }
        let decoded = values.compactMap(Element.init(setting:))
        guard decoded.count == values.count else { return nil }
        self = decoded
    }
}

extension Dictionary: SettingDecodable where Key == String, Value: SettingDecodable {
    public init?(setting: Settings.Value) {
        guard case .map(let entries) = setting else { return nil }
        self = [:]
        for entry in entries {
            guard let value = Value(setting: entry.value) else { return nil }
            self[entry.key] = value
        }
    }
}

extension SettingDecodable where Self: RawRepresentable, RawValue == String {
    public init?(setting: Settings.Value) {
        guard case .text(let word) = setting else { return nil }
        self.init(rawValue: word)
    }
}
