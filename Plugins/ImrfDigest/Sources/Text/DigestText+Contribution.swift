import Bilingual
import PluginKit

extension DigestText {
    func basis(_ digest: Digest, _ page: inout Page) throws {
        let basis = digest.basis
        try page.heading(Messages.basisHeading)
        try page.line(
            Messages.basisReview(
                compact: basis.compactParagraph, article: basis.resolutionParagraph, resolution: .same(Basis.resolution)
            ),
            depth: 1)
        try page.line(
            Messages.basisKinds(
                compact: basis.kindsCompactParagraph, article: basis.kindsResolutionParagraph,
                resolution: .same(Basis.resolution)), depth: 1)
        try mandate(digest.mandate, &page)
        try page.line(
            Messages.consents(
                given: digest.consents.given, withheld: digest.consents.withheld, reserved: digest.consents.reserved),
            depth: 1)
    }

    private func mandate(_ mandate: Digest.Mandate?, _ page: inout Page) throws {
        guard let mandate else { return try page.line(Messages.mandateNone, depth: 1) }
        let date = date(mandate.date)
        try page.line(
            Messages.mandateGranted(
                named: yes(mandate.by != nil), by: mandate.by.map { own($0) } ?? "", dated: yes(date != nil),
                date: try date ?? Self.noDate()), depth: 1)
        if let scope = mandate.scope { try page.line(Messages.mandateScope(scope: .same(scope)), depth: 1) }
        if !mandate.themes.isEmpty {
            try page.line(Messages.mandateThemes(themes: mandate.themes.map { own($0) }), depth: 1)
        }
        if !mandate.regions.isEmpty {
            try page.line(Messages.mandateRegions(regions: mandate.regions.map { own($0) }), depth: 1)
        }
    }

    func sections(_ contribution: Contribution, _ page: inout Page) throws {
        try page.heading(Messages.sectionsHeading)
        for section in contribution.sections + contribution.foreignSections {
            try page.line(Messages.section(label: own(section.kind), count: section.items.count), depth: 1)
            for item in section.items { try self.item(item, &page) }
        }
        try page.line(
            Messages.items(
                all: contribution.shown + contribution.withheld, shown: contribution.shown,
                withheld: contribution.withheld), depth: 1)
    }

    private func item(_ item: Contribution.Item, _ page: inout Page) throws {
        try page.line(
            Messages.item(
                key: .same(item.key), submission: .same(item.submission), titled: yes(item.title != nil),
                title: item.title.map { own($0) } ?? ""), depth: 2)
        try page.line(
            Messages.itemDetail(
                marked: yes(!item.objectives.isEmpty), objectives: item.objectives.map { .same(String($0)) },
                level: item.level ?? "other"), depth: 3)
        if !item.states.isEmpty {
            try page.line(Messages.itemStates(states: item.states.map { own($0) }), depth: 3)
        }
    }

    func objectives(_ contribution: Contribution, _ page: inout Page) throws {
        try page.heading(Messages.objectivesHeading)
        for objective in contribution.objectives {
            try page.line(
                Messages.objective(
                    number: Int(objective.number), titled: yes(objective.title != nil),
                    title: objective.title.map { own($0) } ?? "", count: objective.count,
                    none: yes(objective.count == 0)), depth: 1)
        }
        for objective in contribution.oddObjectives {
            try page.line(
                Messages.objectiveOdd(number: .same(String(objective.number)), count: objective.count), depth: 1)
        }
        try page.line(Messages.objectiveMissing(count: contribution.withoutObjective), depth: 1)
    }

    func levels(_ contribution: Contribution, _ page: inout Page) throws {
        try page.heading(Messages.levelsHeading)
        for level in contribution.levels {
            try page.line(Messages.level(level: level.code, count: level.count), depth: 1)
        }
        try page.line(Messages.level(level: "other", count: contribution.withoutLevel), depth: 1)
        try page.heading(Messages.involvedHeading)
        let names = contribution.stakeholders.map { own($0) }
        try page.line(Messages.stakeholders(known: yes(!names.isEmpty), names: names), depth: 1)
        try page.line(
            Messages.goals(known: yes(!contribution.goals.isEmpty), goals: contribution.goals.map { .same($0) }),
            depth: 1)
    }

    /// For placeholders of branches that are not shown: a value has to be given nevertheless.
    static func noDate() throws -> PartialDateString { try PartialDateString("0001") }
}
