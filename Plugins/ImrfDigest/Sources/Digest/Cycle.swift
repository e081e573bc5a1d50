/// A cycle: the year of a forum and what it draws on.
struct Cycle: Equatable {
    static let firstForum = 2022
    static let yearsBetween = 4

    let year: Int
    /// The number of the forum; nil where none meets that year. Such a cycle is flagged, not refused (rule 8).
    let edition: Int?
    /// The year of the regional reviews that lead to the forum, two years before it.
    let regionalReview: Int?

    init(year: Int) {
        self.year = year
        let isForum = year >= Self.firstForum && (year - Self.firstForum).isMultiple(of: Self.yearsBetween)
        edition = isForum ? (year - Self.firstForum) / Self.yearsBetween + 1 : nil
        regionalReview = isForum ? year - 2 : nil
    }
}

/// The paragraphs on which a contribution rests, and the kinds of contribution that they name, in their order.
struct Basis: Equatable {
    static let resolution = "A/RES/73/326"
    static let globalForum = "gfmd"

    /// Paragraphs of the Global Compact and of the resolution that invite the review.
    let compactParagraph: Int
    let resolutionParagraph: Int
    /// Those that name the kinds of contribution.
    let kindsCompactParagraph: Int
    let kindsResolutionParagraph: Int
    let kinds: [String]

    /// - Parameter mechanism: the mechanism's slug. The Global Forum has paragraphs of its own; no other does.
    init(mechanism: String) {
        let isGlobalForum = mechanism == Self.globalForum
        compactParagraph = isGlobalForum ? 51 : 50
        resolutionParagraph = isGlobalForum ? 11 : 10
        kindsCompactParagraph = isGlobalForum ? 51 : 52
        kindsResolutionParagraph = isGlobalForum ? 11 : 12
        kinds =
            isGlobalForum
            ? ["finding", "best_practice", "innovative_approach"]
            : ["data", "evidence", "best_practice", "innovative_approach", "recommendation"]
    }
}
