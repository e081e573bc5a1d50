import Bilingual
import Configuration
import PluginKit
import ProjectionStore
import WorkerRuntime

/// A record that could not be applied, once for all the plugins that met it (rule 28).
struct DeadRecord {
    let content: DeadLetterDraft
    /// The plugins that met it, in order, with what each says of it.
    var plugins: [(name: String, letter: DeadLetter)]

    var id: String { RecordName(content).text }

    var reasons: [String] {
        var reasons: [String] = []
        for (_, letter) in plugins where !reasons.contains(letter.content.reason) {
            reasons.append(letter.content.reason)
        }
        return reasons
    }

    /// By the states of its letters; `dead` where any is.
    var states: [String] {
        var states: [String] = []
        for (_, letter) in plugins where !states.contains(letter.state.rawValue) {
            states.append(letter.state.rawValue)
        }
        return states
    }
}

/// Which letters a list shows.
enum StateChoice: String, ChoiceWords {
    case dead, parked, open, redriven, discarded, all

    var meaning: String {
        switch self {
        case .dead: "could not be applied"
        case .parked: "wait behind a dead one of their sequence"
        case .open: "both"
        case .redriven: "were applied after all"
        case .discarded: "never will be"
        case .all: "every state"
        }
    }

    var states: Set<DeadLetter.State>? {
        switch self {
        case .dead: [.dead]
        case .parked: [.parked]
        case .open: [.dead, .parked]
        case .redriven: [.redriven]
        case .discarded: [.discarded]
        case .all: nil
        }
    }
}

/// Dead letters of all plugins, merged by record.
enum DeadLetterList {
    static func read(_ deployment: Deployment, _ selection: DeadLetterSelection) throws -> [DeadRecord] {
        var records: [RecordName: DeadRecord] = [:]
        try deployment.eachReader { package, reader in
            guard selection.wants(package.manifest.name) else { return }
            try selection.each(reader) { letter in
                let record = DeadRecord(content: letter.content, plugins: [])
                records[RecordName(letter.content), default: record].plugins.append((package.manifest.name, letter))
            }
        }
        return records.values.sorted {
            ($0.content.partition, $0.content.offset) < ($1.content.partition, $1.content.offset)
        }
    }

    /// The names of some records, to say which one may have been meant.
    static func ids(_ deployment: Deployment, limit: Int) throws -> [String] {
        try deployment.packages.flatMap { package -> [String] in
            guard let reader = try deployment.reader(package) else { return [] }
            defer { reader.close() }
            return try reader.deadLetters(limit: limit, after: 0).map { RecordName($0.content).text }
        }
    }

    /// How many letters of all plugins are in a state.
    static func count(_ state: DeadLetter.State, _ deployment: Deployment) throws -> Int {
        try deployment.packages.reduce(0) { sum, package in
            guard let reader = try deployment.reader(package) else { return sum }
            defer { reader.close() }
            return sum + (try reader.deadLetterCounts()[state] ?? 0)
        }
    }
}
