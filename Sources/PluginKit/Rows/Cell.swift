/// A value of a column.
///
/// Text of an event stays where it was decoded (`.text`) until it is written, so that a handler copies nothing.
public enum Cell: Sendable {
    case null
    case integer(Int64)
    case real(Double)
    case text(Text)
    case string(String)
}

extension Cell {
    public init(_ text: Text?) { self = text.map { .text($0) } ?? .null }
    public init(_ string: String?) { self = string.map { .string($0) } ?? .null }
    public init(_ integer: Int64?) { self = integer.map { .integer($0) } ?? .null }
    public init(_ integer: Int) { self = .integer(Int64(integer)) }
    public init(_ flag: Bool) { self = .integer(flag ? 1 : 0) }

    public var isNull: Bool {
        if case .null = self { return true }
        return false
    }

    /// The text of a text cell; nil for everything else.
    public var string: String? {
        switch self {
        case .text(let text): String(text)
        case .string(let string): string
        default: nil
        }
    }

    public var integer: Int64? {
        if case .integer(let value) = self { return value }
        return nil
    }

    /// What a person or a CSV file reads: null is empty, a whole real has no fraction.
    public var plain: String {
        switch self {
        case .null: ""
        case .integer(let value): String(value)
        case .real(let value):
            Int64(exactly: value).map { String($0) } ?? String(value)
        case .text(let text): String(text)
        case .string(let string): string
        }
    }
}

extension Cell: Equatable {
    public static func == (left: Cell, right: Cell) -> Bool {
        switch (left, right) {
        case (.null, .null): true
        case (.integer(let a), .integer(let b)): a == b
        case (.real(let a), .real(let b)): a == b
        case (.text(let a), .text(let b)): a == b
        default:
            if let a = left.string, let b = right.string { a == b } else { false }
        }
    }
}

extension Cell: ExpressibleByNilLiteral, ExpressibleByStringLiteral, ExpressibleByIntegerLiteral {
    public init(nilLiteral: ()) { self = .null }
    public init(stringLiteral value: String) { self = .string(value) }
    public init(integerLiteral value: Int64) { self = .integer(value) }
}
