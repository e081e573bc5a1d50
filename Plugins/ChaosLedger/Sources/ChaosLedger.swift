public import PluginKit

/// The plugin, for trials that ask for it by name: it is not called as the registry of plugins wants, so that no worker
/// has it by accident.
public func makeTrialPlugin() throws -> any Plugin { ChaosLedger() }

/// Does with each event everything that a handler can do, in rows where each loss, repeat or change of order shows.
struct ChaosLedger: Plugin {
    let sources = PluginSources(
        manifest: PluginFiles.manifest, messages: PluginFiles.messages, data: PluginFiles.data)

    static let step: StaticString = "org.iscm.document.issued.v1"
    static let echo: StaticString = "org.iscm.data.supplied.v1"
    static let meeting: StaticString = "org.iscm.meeting.held.v1"
    static let person: StaticString = "org.iscm.person.described.v1"

    func reads(_ event: Event, _ keys: inout ReadSet) throws {
        if event.type == Self.step {
            keys.add("ledger", .text(event.key))
        } else if event.type == Self.echo {
            keys.add("echo", .text(event.key))
        }
    }

    func handle(_ event: Event, _ rows: Rows, _ effects: Effects) throws {
        guard let data = event.data else { return }
        if event.type == Self.step {
            try step(event, data, rows, effects)
        } else if event.type == Self.echo {
            try echo(event, data, rows, effects)
        } else if event.type == Self.meeting {
            try effects.tally("total", key: "meeting", values: ["events": 1])
            // After the change, so that it has to be taken back.
            if data["poisoned"]?.bool == true { throw Refusal(reason: "poisoned", detail: "marked to fail") }
        } else if event.type == Self.person {
            try person(data, effects)
        }
    }

    private func step(_ event: Event, _ data: Value, _ rows: Rows, _ effects: Effects) throws {
        let sequence = try number(data)
        let row = try rows.row("ledger", .text(event.key))
        let last = row?["last_seq"].integer ?? 0
        let strange: Int64 = sequence == last + 1 ? 0 : 1
        try effects.put(
            "ledger",
            values: [
                "last_seq": .integer(sequence), "steps": .integer((row?["steps"].integer ?? 0) + 1),
                "violations": .integer((row?["violations"].integer ?? 0) + strange),
                "chain": .string(Self.chain(row?["chain"].string ?? "", String(event.id))),
            ])
        try effects.put(
            "slot", key: .integer(sequence % 8), values: ["seq": .integer(sequence), "event": .text(event.id)])
        if let dropped = data["drops"]?.integer { try effects.delete("slot", key: .integer(dropped)) }
        try effects.fact("step", ["seq": .integer(sequence)])
        try effects.tally("total", key: "step", values: ["events": 1, "newest": .integer(sequence)])
        if data["emits"]?.bool == true {
            effects.emit(
                EmittedEvent(
                    type: Self.echo.description, subject: nil, key: String(event.key),
                    data: "{\"dataset\":\"echo\",\"seq\":\(sequence),\"synthetic\":true}", occurrence: ""))
        }
        if let recipient = data["notifies"]?.string {
            effects.notify(
                Notice(
                    rule: "step-noticed", recipient: recipient,
                    arguments: ["mechanism": .text(String(event.key)), "number": .integer(sequence)]))
        }
    }

    private func echo(_ event: Event, _ data: Value, _ rows: Rows, _ effects: Effects) throws {
        let sequence = try number(data)
        let row = try rows.row("echo", .text(event.key))
        let strange: Int64 = sequence > (row?["last_seq"].integer ?? 0) ? 0 : 1
        try effects.put(
            "echo",
            values: [
                "last_seq": .integer(sequence), "echoes": .integer((row?["echoes"].integer ?? 0) + 1),
                "violations": .integer((row?["violations"].integer ?? 0) + strange),
            ])
        try effects.tally("total", key: "echo", values: ["events": 1, "newest": .integer(sequence)])
    }

    private func person(_ data: Value, _ effects: Effects) throws {
        try effects.put(
            "person",
            values: [
                "name_ar": Cell(data["name_ar"]?.text), "name_en": Cell(data["name_en"]?.text),
                "languages": Cell(data["languages"]?.canonicalJSON()),
                "channels": Cell(data["channels"]?.canonicalJSON()),
            ])
    }

    private func number(_ data: Value) throws -> Int64 {
        guard let sequence = data["seq"]?.integer else {
            throw Refusal(reason: "number-missing", detail: "an event of this workload has a number")
        }
        return sequence
    }

    /// FNV-1a over what was there and the next id: another order gives another hash.
    private static func chain(_ before: String, _ id: String) -> String {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in before.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
        for byte in id.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
        return String(hash, radix: 16)
    }
}
