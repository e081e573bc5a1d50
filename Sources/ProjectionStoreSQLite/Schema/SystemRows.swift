import ProjectionStore

extension SystemRows {
    /// Every row of a statement whose parameters are bound; resets it.
    static func all<Element>(_ statement: SQLiteStatement, _ read: (SQLiteStatement) -> Element) throws(StoreError)
        -> [Element]
    {
        defer { statement.reset() }
        var elements: [Element] = []
        while try statement.step() { elements.append(read(statement)) }
        return elements
    }
}
