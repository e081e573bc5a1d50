public import PluginKit

extension Cell {
    /// What it is, for a message about a column that does not take it.
    public var kindForMessages: String {
        switch self {
        case .null: "null"
        case .integer(let value): "the integer \(value)"
        case .real(let value): "the number \(value)"
        case .text, .string: "text"
        }
    }
}
