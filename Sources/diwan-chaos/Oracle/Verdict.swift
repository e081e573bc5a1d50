/// What differs between what is there and what should be.
struct Verdict {
    private(set) var lost = 0
    private(set) var doubled = 0
    private(set) var reordered = 0
    private(set) var details: [String] = []

    var isClean: Bool { lost == 0 && doubled == 0 && reordered == 0 }

    /// More than this is counted, not told.
    private static let most = 60

    mutating func lose(_ count: Int, _ detail: @autoclosure () -> String) {
        guard count > 0 else { return }
        lost += count
        tell("lost: \(detail())")
    }

    mutating func double(_ count: Int, _ detail: @autoclosure () -> String) {
        guard count > 0 else { return }
        doubled += count
        tell("doubled: \(detail())")
    }

    mutating func reorder(_ count: Int, _ detail: @autoclosure () -> String) {
        guard count > 0 else { return }
        reordered += count
        tell("reordered: \(detail())")
    }

    /// Fewer than expected are lost, more are doubled.
    mutating func compare(_ what: @autoclosure () -> String, found: Int, expected: Int) {
        lose(expected - found, "\(what()): \(found) instead of \(expected)")
        double(found - expected, "\(what()): \(found) instead of \(expected)")
    }

    /// Ids that are missing are lost; ids that nobody expects are doubled: an event made them that had none to make.
    mutating func compare(_ what: String, found: Set<String>, expected: Set<String>) {
        let missing = expected.subtracting(found)
        let strange = found.subtracting(expected)
        lose(missing.count, "\(what): \(missing.count) missing, such as \(missing.min() ?? "")")
        double(strange.count, "\(what): \(strange.count) unexpected, such as \(strange.min() ?? "")")
    }

    private mutating func tell(_ detail: String) {
        if details.count < Self.most {
            details.append(detail)
        } else if details.count == Self.most {
            details.append("…")
        }
    }
}
