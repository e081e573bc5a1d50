import CRdKafka
import Glibc

/// The options that the librdkafka at hand knows, read from its own table.
struct OptionTable: Sendable {
    struct Option: Sendable {
        let name: String
        let forConsumers: Bool
        let forProducers: Bool
        /// Allowed values, in librdkafka's notation; empty where it states none.
        let range: String
    }

    static let shared = OptionTable()

    private let options: [String: Option]
    /// Listed under producers, and heeded by every client for every request (rdkafka_broker.c of 2.0.2).
    private static let misfiled = "retry.backoff.ms"

    private init() {
        var options: [String: Option] = [:]
        if let text = crdkafka_option_table() {
            defer { free(text) }
            for line in String(cString: text).split(separator: "\n") {
                let columns = line.split(separator: "|", maxSplits: 3, omittingEmptySubsequences: false).map { column in
                    String(column.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
                }
                guard columns.count == 4, ["C", "P", "*"].contains(columns[1]) else { continue }
                let isShared = columns[1] == "*" || columns[0] == Self.misfiled
                options[columns[0]] = Option(
                    name: columns[0], forConsumers: isShared || columns[1] == "C",
                    forProducers: isShared || columns[1] == "P", range: columns[2])
            }
        }
        self.options = options
    }

    var names: [String] { options.keys.sorted() }

    func option(_ name: String) -> Option? { options[name] }

    /// The known name that differs least from `name`, if any comes near.
    func nearest(to name: String) -> String? {
        let wanted = name.lowercased()
        let ranked = names.map { (distance: editDistance(wanted, $0), name: $0) }
        guard let best = ranked.min(by: { ($0.distance, $0.name) < ($1.distance, $1.name) }) else { return nil }
        return best.distance <= max(2, name.count / 3) ? best.name : nil
    }
}

/// Levenshtein's distance over UTF-8.
private func editDistance(_ left: String, _ right: String) -> Int {
    let left = Array(left.utf8)
    let right = Array(right.utf8)
    var row = Array(0...right.count)
    for i in 0..<left.count {
        var diagonal = row[0]
        row[0] = i + 1
        for j in 0..<right.count {
            let above = row[j + 1]
            row[j + 1] = min(diagonal + (left[i] == right[j] ? 0 : 1), above + 1, row[j] + 1)
            diagonal = above
        }
    }
    return row[right.count]
}
