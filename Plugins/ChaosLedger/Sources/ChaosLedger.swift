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
            // Events that read nothing go through the store in another way.
            if event.data?["blind"]?.bool != true { keys.add("ledger", .text(event.key)) }
        } else if event.type == Self.echo {
            keys.add("echo", .text(event.key))
        } else if event.type == Self.meeting, let meeting = event.data?["meeting_id"]?.text {
            keys.add("ledger", .text(event.key))
            keys.add("meeting", .text(event.key), .text(meeting))
        }
    }

    func handle(_ event: Event, _ rows: Rows, _ effects: Effects) throws {
        guard let data = event.data else { return }
        if event.type == Self.step {
            try step(event, data, rows, effects)
        } else if event.type == Self.echo {
            try echo(event, data, rows, effects)
        } else if event.type == Self.meeting {
            try meeting(event, data, rows, effects)
        } else if event.type == Self.person {
            try person(data, effects)
        }
    }

    private func step(_ event: Event, _ data: Value, _ rows: Rows, _ effects: Effects) throws {
        let sequence = try number(data, "seq")
        if data["blind"]?.bool != true { try enter(event, sequence, data, rows, effects) }
        try effects.put(
            "slot", key: .integer(sequence % 8), values: ["seq": .integer(sequence), "event": .text(event.id)])
        if let dropped = data["drops"]?.integer { try effects.delete("slot", key: .integer(dropped)) }
        try effects.fact("step", ["seq": .integer(sequence)])
        try effects.tally("total", key: "step", values: ["events": 1, "newest": .integer(sequence)])
        if let name = data["timer"]?.string {
            let due = data["due"]?.string
            effects.timer(
                due.map { .set(name: name, due: $0, payload: "\(sequence) \(data["alerts"]?.string ?? "")") }
                    ?? .cancel(name: name))
        }
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

    /// The ledger takes the step behind the one that it says comes before it.
    private func enter(_ event: Event, _ sequence: Int64, _ data: Value, _ rows: Rows, _ effects: Effects) throws {
        let row = try rows.row("ledger", .text(event.key))
        let strange: Int64 = row?["last_seq"].integer ?? 0 == data["after"]?.integer ?? 0 ? 0 : 1
        let cured = row?["cured"].integer ?? 0
        try effects.put(
            "ledger",
            values: [
                "last_seq": .integer(sequence), "steps": .integer((row?["steps"].integer ?? 0) + 1),
                "violations": .integer((row?["violations"].integer ?? 0) + strange),
                "chain": .string(Self.chain(row?["chain"].string ?? "", String(event.id))),
                "cured": .integer(data["cures"]?.bool == true ? sequence : cured),
            ])
    }

    private func meeting(_ event: Event, _ data: Value, _ rows: Rows, _ effects: Effects) throws {
        guard let meeting = data["meeting_id"]?.text else { return }
        let sequence = try number(data, "seq")
        let row = try rows.row("meeting", .text(event.key), .text(meeting))
        let last = row?["last_seq"].integer ?? 0
        try effects.put(
            "meeting", key: .text(meeting),
            values: [
                "last_seq": .integer(sequence), "events": .integer((row?["events"].integer ?? 0) + 1),
                "violations": .integer((row?["violations"].integer ?? 0) + (sequence == last + 1 ? 0 : 1)),
            ])
        try effects.tally("total", key: "meeting", values: ["events": 1])
        // After the changes, so that they have to be taken back. A later step cures what is poisoned.
        let cured = try rows.row("ledger", .text(event.key))?["cured"].integer ?? 0
        if let poisoned = data["poisoned"]?.integer, cured < poisoned {
            throw Refusal(reason: "poisoned", detail: "marked to fail until step \(poisoned) is cured")
        }
    }

    // MARK: Timers

    func reads(_ timer: FiredTimer, _ keys: inout ReadSet) throws {
        keys.add("alarm", .text(timer.key), .string(timer.name))
        keys.add("ledger", .text(timer.key))
    }

    func fire(_ timer: FiredTimer, _ rows: Rows, _ effects: Effects) throws {
        let parts = timer.payload.split(separator: " ")
        guard let setter = parts.first.flatMap({ Int64($0) }) else {
            throw Refusal(reason: "number-missing", detail: "a timer of this workload says which step set it")
        }
        let row = try rows.row("alarm", .text(timer.key), .string(timer.name))
        let step = try rows.row("ledger", .text(timer.key))?["last_seq"].integer ?? 0
        try effects.put(
            "alarm", key: .string(timer.name),
            values: [
                "rung": .integer((row?["rung"].integer ?? 0) + 1), "setter": .integer(setter),
                "step": .integer(step), "due": .string(timer.due),
            ])
        if parts.count > 1 {
            effects.notify(
                Notice(
                    rule: "alarm-rang", recipient: String(parts[1]),
                    arguments: ["mechanism": .text(String(timer.key)), "number": .integer(setter)]))
        }
    }

    private func echo(_ event: Event, _ data: Value, _ rows: Rows, _ effects: Effects) throws {
        let sequence = try number(data, "seq")
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

    private func number(_ data: Value, _ name: StaticString) throws -> Int64 {
        guard let sequence = data[name]?.integer else {
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
