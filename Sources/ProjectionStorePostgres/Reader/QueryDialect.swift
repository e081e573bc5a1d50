import ProjectionStore

/// Writes a query of the common subset as PostgreSQL has to read it so that it means what SQLite understands:
///
/// - every parameter by its place, each use with a number of its own, because one may be compared with a number here
///   and with text there;
/// - `CAST(… AS INTEGER)` in 64 bits and `AS REAL` in double precision;
/// - nulls first where something is sorted, and last where it is sorted downwards;
/// - `LIKE` without regard to the case of Latin letters, which the collation "C" limits it to.
struct QueryDialect {
    private var tokens: [QueryToken]
    private(set) var parameters: [String] = []

    init(_ tokens: [QueryToken]) {
        self.tokens = tokens
        sortNulls()
        rewriteWords()
    }

    var sql: String { tokens.map(\.text).joined() }

    private mutating func rewriteWords() {
        // For each open parenthesis, whether it is CAST's.
        var casts: [Bool] = []
        var previous = QueryToken(kind: .gap, text: "")
        for index in tokens.indices where tokens[index].kind != .gap {
            let token = tokens[index]
            switch token.kind {
            case .parameter:
                parameters.append(String(token.text.dropFirst()))
                tokens[index].text = "$\(parameters.count)"
            case .symbol where token.text == "(": casts.append(previous.isWord("cast"))
            case .symbol where token.text == ")": _ = casts.popLast()
            case .word where previous.isWord("as") && casts.last == true:
                if token.isWord("integer") || token.isWord("int") { tokens[index].text = "bigint" }
                if token.isWord("real") { tokens[index].text = "double precision" }
            case .word where token.isWord("like"): tokens[index].text = "ILIKE"
            default: break
            }
            previous = token
        }
    }

    // MARK: Sorting

    /// A list behind ORDER BY that is being read.
    private struct Order {
        let depth: Int
        /// The last token of the element, and what it said of nulls and direction.
        var last: Int?
        var isDescending = false
        var saysNulls = false
    }

    private mutating func sortNulls() {
        var depth = 0
        var orders: [Order] = []
        var insertions: [(after: Int, text: String)] = []
        func finish(_ order: Order) {
            guard let last = order.last, !order.saysNulls else { return }
            insertions.append((last, order.isDescending ? " NULLS LAST" : " NULLS FIRST"))
        }
        var isAfterOrder = false
        for (index, token) in tokens.enumerated() where token.kind != .gap {
            if isAfterOrder, token.isWord("by") {
                isAfterOrder = false
                orders.append(Order(depth: depth))
                continue
            }
            if let order = orders.last, order.depth == depth {
                if token.isSymbol(",") {
                    finish(order)
                    orders[orders.count - 1] = Order(depth: depth)
                    continue
                }
                if token.isSymbol(")") || (token.kind == .word && Self.endsOrder.contains(token.name)) {
                    finish(order)
                    orders.removeLast()
                }
            }
            if token.isSymbol("(") { depth += 1 }
            if token.isSymbol(")") { depth -= 1 }
            isAfterOrder = token.isWord("order")
            guard let order = orders.last, order.depth <= depth else { continue }
            orders[orders.count - 1].last = index
            if order.depth == depth {
                if token.isWord("desc") { orders[orders.count - 1].isDescending = true }
                if token.isWord("nulls") { orders[orders.count - 1].saysNulls = true }
            }
        }
        for order in orders { finish(order) }
        for (after, text) in insertions.sorted(by: { $0.after > $1.after }) {
            tokens.insert(QueryToken(kind: .gap, text: text), at: after + 1)
        }
    }

    private static let endsOrder: Set<String> = [
        "limit", "offset", "fetch", "for", "rows", "range", "groups", "union", "intersect", "except",
    ]
}
