import PluginKit
import ProjectionStore
import WorkerRuntime

/// A record that could not be applied, once for all the plugins that met it (rule 28).
struct DeadRecord {
    let content: DeadLetterDraft
    /// The plugins that met it, in order, with what each says of it.
    var plugins: [(name: String, letter: DeadLetter)]

    /// TOPIC/PARTITION/OFFSET: a record's own name, so the same in every plugin's store.
    var id: String { "\(content.partition.topic)/\(content.partition.partition)/\(content.offset)" }

    var reasons: [String] {
        var reasons: [String] = []
        for (_, letter) in plugins where !reasons.contains(letter.content.reason) {
            reasons.append(letter.content.reason)
        }
        return reasons
    }
}

/// The dead letters of all plugins, merged by record.
enum DeadLetterList {
    static func read(_ deployment: Deployment) throws -> [DeadRecord] {
        var records: [String: DeadRecord] = [:]
        try deployment.eachReader { package, reader in
            for letter in try letters(reader) {
                let record = DeadRecord(content: letter.content, plugins: [])
                records[record.id, default: record].plugins.append((package.manifest.name, letter))
            }
        }
        return records.values.sorted {
            ($0.content.partition, $0.content.offset) < ($1.content.partition, $1.content.offset)
        }
    }

    private static func letters(_ reader: any StoreReader) throws -> [DeadLetter] {
        var all: [DeadLetter] = []
        while true {
            let page = try reader.deadLetters(limit: 500, after: all.last?.number ?? 0)
            if page.isEmpty { return all }
            all += page
        }
    }
}
