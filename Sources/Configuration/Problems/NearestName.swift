/// Finds what a person probably meant to write.
public enum NearestName {
    /// The candidate nearest to `name`, if one is near enough to be worth naming: at most a third of the longer word
    /// differs (but at least one change is always allowed). Case, `_` and `-` do not count as differences.
    /// A candidate of one or two letters is near nothing but itself: every other word as short would be.
    public static func find(_ name: String, among candidates: [String]) -> String? {
        let wanted = folded(name)
        var best: (name: String, distance: Int)?
        for candidate in candidates {
            let other = folded(candidate)
            let allowed = other.count <= 2 ? 0 : max(1, max(wanted.count, other.count) / 3)
            let distance = distance(wanted, other, limit: allowed)
            guard distance <= allowed, distance < (best?.distance ?? Int.max) else { continue }
            best = (candidate, distance)
        }
        return best?.name
    }

    /// ` (did you mean "x"?)`, or what is known, or nothing when nothing is.
    static func hint(_ name: String, among candidates: [String], plural: String) -> String {
        if let near = find(name, among: candidates) { return "did you mean \"\(near)\"?" }
        if candidates.isEmpty { return "there are no \(plural) here" }
        return "known \(plural): \(candidates.joined(separator: ", "))"
    }

    private static func folded(_ name: String) -> [UInt8] {
        name.prefix(64).lowercased().utf8.filter { $0 != UInt8(ascii: "-") && $0 != UInt8(ascii: "_") }
    }

    /// Insertions, deletions, changes and swaps of neighbours (optimal string alignment).
    private static func distance(_ left: [UInt8], _ right: [UInt8], limit: Int) -> Int {
        if abs(left.count - right.count) > limit { return Int.max }
        var before: [Int] = []
        var previous = Array(0...right.count)
        for row in left.indices {
            var current = [row + 1]
            for column in right.indices {
                let change = previous[column] + (left[row] == right[column] ? 0 : 1)
                var cost = min(previous[column + 1] + 1, current[column] + 1, change)
                if row > 0, column > 0, left[row] == right[column - 1], left[row - 1] == right[column] {
                    cost = min(cost, before[column - 1] + 1)
                }
                current.append(cost)
            }
            before = previous
            previous = current
        }
        return previous[right.count]
    }
}
