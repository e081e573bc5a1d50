public import PluginKit

/// The benchmark's workload W1 (rule 4: its tables fold by offset, as its oracle does; they are no domain plugin).
struct WorkloadW1: Plugin {
    let sources = PluginSources(
        manifest: PluginFiles.manifest, messages: PluginFiles.messages, data: PluginFiles.data)

    func handle(_ event: Event, _ rows: Rows, _ effects: Effects) throws {
        guard let data = event.data, let subject = event.subject else {
            throw Refusal(reason: "subject-missing", detail: "every event of W1 has a subject and data")
        }
        let type = event.type
        switch true {
        case type == "org.iscm.meeting.held.v1":
            try effects.tally(
                "mechanism_count", values: ["meetings_held": 1, "last_meeting": Cell(data["starts"]?.text)])
        case type == "org.iscm.member.joined.v1":
            try countMember(data, joined: true, effects)
        case type == "org.iscm.member.left.v1":
            try countMember(data, joined: false, effects)
        case type == "org.iscm.submission.filed.v1":
            try effects.tally("mechanism_count", values: [:])
            try countItems(data, effects)
        default:
            try effects.tally("mechanism_count", values: ["documents_issued": 1])
        }
        try effects.put(
            "latest", key: .text(subject),
            values: ["event_id": .text(event.id), "type": .text(type), "time": Cell(event.time)])
    }

    private func countMember(_ data: Value, joined: Bool, _ effects: Effects) throws {
        try effects.tally("mechanism_count", values: [:])
        try effects.put("membership", key: Cell(data["party"]?.text), values: ["joined": Cell(joined)])
    }

    private func countItems(_ data: Value, _ effects: Effects) throws {
        let cycle = Cell(data["cycle"]?.integer)
        guard let items = data["items"] else { return }
        for item in items.elements {
            try effects.tally(
                "contribution", key: cycle, Cell(item["objective"]?.integer), Cell(item["kind"]?.text),
                values: ["items": 1])
        }
    }
}

/// The plugin, for the benchmark that runs it.
public func makePlugin() throws -> any Plugin { WorkloadW1() }
