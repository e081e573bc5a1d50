/// A row as a driver has it in hand, by the position of its columns: what the runtime's own tables are read through, so
/// that both stores read them alike. One thread at a time.
public protocol StoredRow {
    func isNull(_ column: Int) -> Bool
    func integer(_ column: Int) -> Int64
    func optionalInteger(_ column: Int) -> Int64?
    func text(_ column: Int) -> String
    func optionalText(_ column: Int) -> String?
    func blob(_ column: Int) -> [UInt8]?
    func fingerprint(_ column: Int) -> Fingerprint?
}
