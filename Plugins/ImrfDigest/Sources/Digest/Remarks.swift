/// What a reader should know: odd content is flagged, never refused or dropped (rule 8).
enum Remarks {
    /// - Parameters:
    ///   - submissions: how many submissions count.
    ///   - synthetic: how many events of the contribution were made up for trials.
    static func all(
        _ mechanism: Digest.Mechanism, _ cycle: Cycle, _ mandate: Digest.Mandate?, _ submissions: Int,
        _ contribution: Contribution, synthetic: Int
    ) -> [Remark] {
        let own = Set(mechanism.regions.map(\.code))
        let counts: [Remark.Kind: Int] = [
            .mechanismUnknown: mechanism.name == nil ? 1 : 0,
            .cycleOdd: cycle.edition == nil ? 1 : 0,
            .submissionMissing: submissions == 0 ? 1 : 0,
            // One for each submission that lacks it, and one where there is none yet either.
            .mandateMissing: mandate == nil ? max(submissions, 1) : 0,
            .mandateRegionForeign: mandate?.regions.count { !own.contains($0.code) } ?? 0,
            .kindForeign: contribution.foreignSections.reduce(0) { $0 + $1.items.count },
            .objectiveOdd: contribution.oddObjectives.reduce(0) { $0 + $1.count },
            .objectiveMissing: contribution.withoutObjective,
            .itemsWithheld: contribution.withheld,
            .synthetic: synthetic,
        ]
        return Remark.Kind.allCases.compactMap { kind in
            guard let count = counts[kind], count > 0 else { return nil }
            return Remark(kind: kind, count: count)
        }
    }
}
