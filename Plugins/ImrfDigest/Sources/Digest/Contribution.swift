import PluginKit

/// The items of a cycle, counted in every way that the digest shows.
struct Contribution {
    static let objectiveNumbers = Int64(1)...23
    static let levels = ["local", "national", "regional", "global"]

    struct Item {
        let submission: String
        /// Its id within the submission, or its place where it has none.
        let key: String
        let kind: String
        let objectives: [Int64]
        let level: String?
        let states: [Label]
        let goals: [String]
        let title: LocalizedText?
        /// Whether the States concerned withhold or reserve their consent: then it is counted and not shown.
        let isWithheld: Bool
    }

    struct Section {
        let kind: Label
        let items: [Item]
    }

    struct Count: Equatable {
        let code: String
        let count: Int
    }

    struct ObjectiveCount {
        let number: Int64
        let title: LocalizedText?
        let count: Int
    }

    /// One for each kind that the basis names, also without items, then those of other kinds that items have.
    let sections: [Section]
    let foreignSections: [Section]
    let objectives: [ObjectiveCount]
    /// Numbers that are no objective of the Compact.
    let oddObjectives: [ObjectiveCount]
    let withoutObjective: Int
    let levels: [Count]
    let withoutLevel: Int
    let stakeholders: [Label]
    let goals: [String]
    let shown: Int
    let withheld: Int

    /// - Parameter items: in the order in which they are shown.
    init(items: [Item], stakeholders: [Label], basis: Basis, kinds: (String) -> Label, objectives: (Int64) -> Label) {
        let shown = items.filter { !$0.isWithheld }
        self.shown = shown.count
        withheld = items.count - shown.count
        sections = basis.kinds.map { kind in Section(kind: kinds(kind), items: shown.filter { $0.kind == kind }) }
        let foreign = Set(shown.map(\.kind)).subtracting(basis.kinds).sorted(by: bytesPrecede)
        foreignSections = foreign.map { kind in Section(kind: kinds(kind), items: shown.filter { $0.kind == kind }) }
        func count(_ number: Int64) -> ObjectiveCount {
            let label = objectives(number)
            return ObjectiveCount(
                number: number, title: label.name.en == label.code ? nil : label.name,
                count: shown.count { $0.objectives.contains(number) })
        }
        self.objectives = Self.objectiveNumbers.map(count)
        let odd = Set(shown.flatMap(\.objectives)).filter { !Self.objectiveNumbers.contains($0) }
        oddObjectives = odd.sorted().map(count)
        withoutObjective = shown.count { $0.objectives.isEmpty }
        levels = Self.levels.map { level in Count(code: level, count: shown.count { $0.level == level }) }
        withoutLevel = shown.count { item in !Self.levels.contains { $0 == item.level } }
        self.stakeholders = stakeholders
        goals = Set(shown.flatMap(\.goals)).sorted(by: bytesPrecede)
    }
}

/// The order of bytes: Swift's own order of strings is that of Unicode's normal forms.
func bytesPrecede(_ left: String, _ right: String) -> Bool { left.utf8.lexicographicallyPrecedes(right.utf8) }
