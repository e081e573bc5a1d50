import PluginKit

/// Everything a digest says, in no language and no format yet. Both texts and the JSON are written from it, so their
/// numbers are the same.
struct Digest {
    let mechanism: Mechanism
    let cycle: Cycle
    let basis: Basis
    let mandate: Mandate?
    let consents: Consents
    let submissions: [Submission]
    let contribution: Contribution
    let parkedEvents: Int
    let sources: [SourceEvent]
    /// What a reader should know before relying on it, in a fixed order.
    let remarks: [Remark]

    struct Mechanism {
        let slug: String
        /// Nil where no event has registered it yet.
        let name: LocalizedText?
        let acronym: String?
        let type: String?
        let regions: [Label]
        /// Member States at the end of the cycle's year, as events tell.
        let states: Int
        let territories: Int
        /// The number of States that its document gives.
        let statedStates: Int64?
        let chair: Chair?
        let secretariat: Secretariat?
    }

    struct Chair {
        let chair: Label
        let kind: String?
        let from: String?
        let to: String?
    }

    struct Secretariat {
        let kind: String
        let organisation: Label?
    }

    struct Mandate {
        let date: String?
        let by: Label?
        let scope: String?
        let themes: [Label]
        let regions: [Label]
    }

    /// What member States answered, each State's last answer.
    struct Consents {
        let given: Int
        let withheld: Int
        let reserved: Int
    }

    struct Submission {
        let id: String
        let edition: Int64?
        let filedByKind: String?
        let filedBy: Label?
        /// The day on which filing was recorded.
        let date: String?
        let route: String?
        let channel: String?
        let relays: [Passage]
        let receipts: [Passage]
    }

    /// A submission passed on or received.
    struct Passage {
        let by: String
        let name: String?
        let date: String?
        let level: String?
    }
}

/// A code with what people call it.
struct Label: Equatable {
    let code: String
    let name: LocalizedText

    init(_ code: String, _ name: LocalizedText? = nil) {
        self.code = code
        self.name = name ?? LocalizedText(ar: code, en: code)
    }
}

/// Something a reader should know, and how often it was met.
struct Remark: Equatable {
    enum Kind: String, CaseIterable {
        case mechanismUnknown = "mechanism-unknown"
        case cycleOdd = "cycle-odd"
        case submissionMissing = "submission-missing"
        case mandateMissing = "mandate-missing"
        case mandateRegionForeign = "mandate-region-foreign"
        case kindForeign = "kind-foreign"
        case objectiveOdd = "objective-odd"
        case objectiveMissing = "objective-missing"
        case itemsWithheld = "items-withheld"
        case synthetic = "synthetic"
    }

    let kind: Kind
    let count: Int
}
