/// The names of counters that a store keeps beside its rows.
public enum StoreCounter {
    /// Records that repeat an event already applied (rule 6).
    public static let duplicates = "duplicates"
    public static let tombstones = "tombstones"
    /// Events about people whose id was erased (rule 10).
    public static let erased = "erased"
    private static let unknownTypePrefix = "unknown-type:"
    private static let gapPrefix = "missing-before:"

    /// Events of a type that the catalogue does not know (rule 8).
    public static func unknownType(_ type: String) -> String { unknownTypePrefix + type }

    /// How many records of a partition were gone before the plugin first read it (rule 9).
    public static func gap(_ partition: PartitionKey) -> String { gapPrefix + partition.description }

    /// The unknown types among counters, with how many events there were of each.
    public static func unknownTypes(_ counters: [String: Int64]) -> [String: Int64] {
        named(unknownTypePrefix, counters)
    }

    /// The partitions whose beginning was gone, with how many records.
    public static func gaps(_ counters: [String: Int64]) -> [String: Int64] { named(gapPrefix, counters) }

    private static func named(_ prefix: String, _ counters: [String: Int64]) -> [String: Int64] {
        var found: [String: Int64] = [:]
        for (name, count) in counters where name.hasPrefix(prefix) {
            found[String(name.dropFirst(prefix.count))] = count
        }
        return found
    }
}
