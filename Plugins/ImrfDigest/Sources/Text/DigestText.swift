import Bilingual
import PluginKit

/// The digest as plain text in one language. Whatever comes from events stands in isolates.
struct DigestText {
    private let messages: MessageCatalogue
    private let language: Language

    init(_ messages: MessageCatalogue, _ language: Language) {
        self.messages = messages
        self.language = language
    }

    func text(_ digest: Digest) throws -> String {
        var page = Page(messages, ReaderLocale(language))
        try page.line(Messages.title)
        try page.line(
            Messages.subtitle(mechanism: name(of: digest.mechanism), year: .same(String(digest.cycle.year))))
        try cycle(digest.cycle, &page)
        try who(digest.mechanism, digest.cycle, &page)
        try basis(digest, &page)
        try sections(digest.contribution, &page)
        try objectives(digest.contribution, &page)
        try levels(digest.contribution, &page)
        try route(digest, &page)
        try remarks(digest, &page)
        try sources(digest, &page)
        return page.text
    }

    func own(_ text: LocalizedText) -> MessageText { .each(ar: text.ar, en: text.en) }

    func own(_ label: Label) -> MessageText { own(label.name) }

    private func name(of mechanism: Digest.Mechanism) -> MessageText {
        mechanism.name.map { own($0) } ?? .same(mechanism.slug)
    }

    func yes(_ holds: Bool) -> String { holds ? "yes" : "no" }

    // MARK: Cycle and mechanism

    private func cycle(_ cycle: Cycle, _ page: inout Page) throws {
        try page.heading(Messages.cycleHeading)
        let year = MessageText.same(String(cycle.year))
        guard let edition = cycle.edition, let review = cycle.regionalReview else {
            return try page.line(Messages.cycleNone(year: year), depth: 1)
        }
        try page.line(Messages.cycleForum(edition: edition, year: year), depth: 1)
        try page.line(Messages.cycleRegional(year: .same(String(review))), depth: 1)
    }

    private func who(_ mechanism: Digest.Mechanism, _ cycle: Cycle, _ page: inout Page) throws {
        try page.heading(Messages.whoHeading)
        try page.line(Messages.whoName(name: name(of: mechanism)), depth: 1)
        if let acronym = mechanism.acronym { try page.line(Messages.whoAcronym(acronym: .same(acronym)), depth: 1) }
        try page.line(Messages.whoType(type: mechanism.type ?? "other"), depth: 1)
        let chair = mechanism.chair
        try page.line(
            Messages.whoChair(
                known: yes(chair != nil), chair: chair.map { own($0.chair) } ?? "", kind: chair?.kind ?? "other"),
            depth: 1)
        if let from = date(chair?.from) { try page.line(Messages.whoChairFrom(from: from), depth: 1) }
        if let to = date(chair?.to) { try page.line(Messages.whoChairTo(to: to), depth: 1) }
        let organisation = mechanism.secretariat?.organisation
        try page.line(
            Messages.whoSecretariat(
                kind: mechanism.secretariat?.kind ?? "other", named: yes(organisation != nil),
                name: organisation.map { own($0) } ?? ""), depth: 1)
        try page.line(
            Messages.whoRegions(known: yes(!mechanism.regions.isEmpty), regions: mechanism.regions.map { own($0) }),
            depth: 1)
        try page.line(
            Messages.whoStates(year: .same(String(cycle.year)), count: mechanism.states), depth: 1)
        if mechanism.territories > 0 {
            try page.line(Messages.whoTerritories(count: mechanism.territories), depth: 1)
        }
        if let stated = mechanism.statedStates.flatMap({ Int(exactly: $0) }) {
            try page.line(Messages.whoStated(count: stated), depth: 1)
        }
    }

    // MARK: Remarks and sources

    private func remarks(_ digest: Digest, _ page: inout Page) throws {
        try page.heading(Messages.remarksHeading)
        if digest.remarks.isEmpty { try page.line(Messages.remarksNone, depth: 1) }
        for remark in digest.remarks { try page.line(message(remark), depth: 1) }
        try page.line(Messages.parked(count: digest.parkedEvents), depth: 1)
    }

    private func message(_ remark: Remark) -> MessageReference {
        switch remark.kind {
        case .mechanismUnknown: Messages.remarkMechanismUnknown
        case .cycleOdd: Messages.remarkCycleOdd
        case .submissionMissing: Messages.remarkSubmissionMissing
        case .mandateMissing: Messages.remarkMandateMissing
        case .mandateRegionForeign: Messages.remarkMandateRegionForeign(count: remark.count)
        case .kindForeign: Messages.remarkKindForeign(count: remark.count)
        case .objectiveOdd: Messages.remarkObjectiveOdd(count: remark.count)
        case .objectiveMissing: Messages.remarkObjectiveMissing(count: remark.count)
        case .itemsWithheld: Messages.remarkItemsWithheld(count: remark.count)
        case .synthetic: Messages.remarkSynthetic(count: remark.count)
        }
    }

    private func sources(_ digest: Digest, _ page: inout Page) throws {
        try page.heading(Messages.sourcesHeading(count: digest.sources.count))
        for event in digest.sources {
            try page.line(
                Messages.source(id: .same(event.id), source: .same(event.source), hash: .same(event.sha256)), depth: 1)
        }
    }

    /// Nil where none is stated, and where the calendar has no such day.
    func date(_ text: String?) -> PartialDateString? { text.flatMap { try? PartialDateString($0) } }
}
