import PluginKit

@testable import WorkerRuntime

/// A plugin that does with timers what its events say, and keeps in a table what came after what.
///
/// The title of a meeting that is scheduled is its script: `set NAME DUE PAYLOAD`, `cancel NAME`, or anything else.
struct Clockwork: Plugin {
    /// A later version keeps other words.
    var version = 1
    /// What asks to fail is handled all the same.
    var isMended = false
    /// Called first by each timer's handler, with the timer's payload.
    var also: @Sendable (String) -> Void = { _ in }
    let sources = PluginSources(
        manifest: "", messages: ["en.messages": "a = b\n", "ar.messages": "a = ب\n"], data: [:])

    func reads(_ event: Event, _ keys: inout ReadSet) throws { keys.add("step", .text(event.key)) }

    func handle(_ event: Event, _ rows: Rows, _ effects: Effects) throws {
        try note("event \(String(event.id).split(separator: "/").last ?? "")", event.key, rows, effects)
        let words = (event.data?["title_en"]?.string ?? "").split(separator: " ").map { String($0) }
        switch words.first {
        case "set": effects.timer(.set(name: words[1], due: words[2], payload: words[3]))
        case "cancel": effects.timer(.cancel(name: words[1]))
        case "fail" where !isMended: throw Refusal(reason: "asked-to-fail", detail: "the script says so")
        default: break
        }
    }

    func reads(_ timer: FiredTimer, _ keys: inout ReadSet) throws { keys.add("step", .text(timer.key)) }

    func fire(_ timer: FiredTimer, _ rows: Rows, _ effects: Effects) throws {
        also(timer.payload)
        try note("timer \(timer.name)", timer.key, rows, effects)
        switch timer.payload {
        case "emit":
            effects.emit(
                EmittedEvent(type: "org.example.fired.v1", subject: nil, key: "arcp", data: "{}", occurrence: ""))
        case "refuse": throw Refusal(reason: "asked-to-refuse", detail: "the payload says so")
        case "row": try effects.put("step", key: -1, values: [:])
        case "backwards": effects.timer(.set(name: "other", due: timer.due, payload: "none"))
        case "again3", "again2", "again1":
            let due = (RFC3339.milliseconds(timer.due) ?? 0) + 60_000
            let left = (Int(timer.payload.suffix(1)) ?? 0) - 1
            effects.timer(
                .set(name: timer.name, due: RFC3339.text(due), payload: left == 0 ? "none" : "again\(left)"))
        default: break
        }
    }

    private func note(_ what: String, _ key: Text, _ rows: Rows, _ effects: Effects) throws {
        let count = try rows.rows("step", .text(key)).count
        let words = version == 1 ? what : "v\(version) \(what)"
        try effects.put("step", key: .integer(Int64(count)), values: ["what": .string(words)])
    }

    static let manifest = Clockwork().manifest
    var manifest: Manifest {
        Manifest(
            name: "clockwork", version: version, summary: LocalizedText(ar: "ساعة", en: "Clockwork"),
            events: [Subscription(type: "org.iscm.meeting.scheduled.v1")], tables: Self.tables, queries: Self.queries)
    }

    private static let tables = [
        TableDefinition(
            name: "step", kind: .rows, owner: "mechanism",
            columns: [
                ColumnDefinition(name: "mechanism", type: .text, isRequired: true),
                ColumnDefinition(name: "number", type: .integer, isRequired: true),
                ColumnDefinition(name: "what", type: .text, isRequired: true),
            ], keyCount: 2, isReference: false, identity: [])
    ]
    private static let queries = [
        QueryDefinition(
            name: "steps", title: LocalizedText(ar: "ا", en: "Steps"), visibility: .public,
            columns: [QueryColumn(name: "what", heading: LocalizedText(ar: "ا", en: "What"))],
            parameters: [], select: "SELECT what FROM step ORDER BY mechanism, number")
    ]
}
