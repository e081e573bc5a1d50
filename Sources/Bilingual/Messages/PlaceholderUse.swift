/// One place where a pattern uses a placeholder.
struct PlaceholderUse: Sendable, Hashable {
    enum Form: Sendable, Hashable {
        case plain
        case number(style: String)
        case plural(selectors: [String])
        case selectOrdinal(selectors: [String])
        case select(selectors: [String])
        case date
        case list
        case ordinal(OrdinalGender)
    }

    let name: String
    let form: Form
    /// Where in the pattern, in UTF-16 units.
    let offset: Int

    /// The type that this use alone asks for.
    var type: PlaceholderType {
        switch form {
        case .plain: .text
        case .number(let style): style == "integer" ? .integer : .number
        case .plural, .selectOrdinal, .ordinal: .integer
        case .select: .choice
        case .date: .date
        case .list: .list
        }
    }

    /// The name under which ICU gets the value. Dates, lists and ordinals are written by us and reach ICU as text, under
    /// a name of their own, because the same placeholder may stand as a number elsewhere in the message. No placeholder
    /// of a plugin has an underscore.
    var compiledName: String {
        switch form {
        case .date: "\(name)_date"
        case .list: "\(name)_list"
        case .ordinal(.masculine): "\(name)_ordinal"
        case .ordinal(.feminine): "\(name)_ordinal_feminine"
        default: name
        }
    }

    /// The type that `uses` of one name agree on; nil where they contradict each other. A plain `{n}` beside a plural
    /// shows the number.
    static func commonType(_ uses: [PlaceholderUse]) -> PlaceholderType? {
        let types = Set(uses.map(\.type))
        if types.count == 1 { return types.first }
        let numeric: Set<PlaceholderType> = [.text, .integer, .number]
        guard types.isSubset(of: numeric) else { return nil }
        return types.contains(.integer) ? .integer : .number
    }
}
