import PluginKit
import WorkerRuntime

/// A plugin that tells whether each event reached the store once and in order: events of one key are numbered from 1,
/// and beside every number the tables keep how often the key was touched and how often a number was not the next.
struct Ledger: Plugin {
    /// Says a notice for each event.
    var notifies = false
    /// Asks for the row before each event; without, only the count tells.
    var isChained = true

    let sources = PluginSources(
        manifest: "",
        messages: [
            "ar.messages": "held-subject = اجتماع {meeting}\nheld-body = عُقد {meeting}\n",
            "en.messages": "held-subject = Meeting {meeting}\nheld-body = {meeting} was held\n",
        ], data: [:])

    func reads(_ event: Event, _ keys: inout ReadSet) throws {
        if isChained, event.type == Self.held { keys.add("chain", .text(event.key)) }
    }

    func handle(_ event: Event, _ rows: Rows, _ effects: Effects) throws {
        guard event.type == Self.held else {
            return try effects.put(
                "person",
                values: [
                    "name_ar": Cell(event.data?["name_ar"]?.text), "name_en": Cell(event.data?["name_en"]?.text),
                    "channels": Cell(event.data?["channels"]?.canonicalJSON()),
                ])
        }
        guard let number = event.data?["ordinal"]?.integer, let meeting = event.data?["meeting_id"]?.string else {
            throw Refusal(reason: "number-missing", detail: "the ledger counts by ordinal")
        }
        if isChained {
            let before = try rows.row("chain", .text(event.key))
            let breaks = before?["breaks"].integer ?? 0
            let isNext = number == (before?["last"].integer ?? 0) + 1
            try effects.put(
                "chain", values: ["last": .integer(number), "breaks": .integer(isNext ? breaks : breaks + 1)])
        }
        try effects.put("entry", key: .integer(number), values: ["meeting": .string(meeting)])
        try effects.tally("seen", values: ["times": 1])
        guard notifies else { return }
        effects.notify(Notice(rule: "held", recipient: Self.person, arguments: ["meeting": .text(meeting)]))
    }

    // MARK: What it is called and reads

    static let held: StaticString = "org.iscm.meeting.held.v1"
    static let person = "synthetic-person"

    /// As the runtime takes it.
    func package(named name: String = "ledger") -> PluginPackage {
        PluginPackage(plugin: self, manifest: Self.manifest(name))
    }

    static func manifest(_ name: String = "ledger") -> Manifest {
        func table(
            _ name: String, _ kind: TableDefinition.Kind, owner: String = "mechanism", key: [ColumnDefinition] = [],
            _ columns: [ColumnDefinition]
        ) -> TableDefinition {
            let owned = ColumnDefinition(name: owner, type: .text, isRequired: true)
            return TableDefinition(
                name: name, kind: kind, owner: owner, columns: [owned] + key + columns, keyCount: 1 + key.count,
                isReference: false, identity: [])
        }
        func text(_ name: String) -> ColumnDefinition { ColumnDefinition(name: name, type: .text) }
        func number(_ name: String) -> ColumnDefinition { ColumnDefinition(name: name, type: .integer) }
        let words = LocalizedText(ar: "دفتر", en: "Ledger")
        return Manifest(
            name: name, version: 1, summary: words,
            events: [
                Subscription(type: held.description),
                Subscription(type: "org.iscm.person.described.v1", fromPeopleTopic: true),
            ],
            tables: [
                table("chain", .rows, [number("last"), number("breaks")]),
                table(
                    "entry", .rows, key: [ColumnDefinition(name: "number", type: .integer, isRequired: true)],
                    [text("meeting")]),
                table("seen", .tally, [ColumnDefinition(name: "times", type: .integer, merge: .sum)]),
                table("person", .rows, owner: "person", [text("name_ar"), text("name_en"), text("channels")]),
            ],
            queries: [
                QueryDefinition(
                    name: "standing", title: words, visibility: .public,
                    columns: ["mechanism", "times", "entries", "last", "breaks"].map {
                        QueryColumn(name: $0, heading: words)
                    }, parameters: [],
                    select: """
                        SELECT seen.mechanism AS mechanism, seen.times AS times, count(entry.number) AS entries, \
                        max(chain.last) AS last, max(chain.breaks) AS breaks \
                        FROM seen JOIN entry ON entry.mechanism = seen.mechanism \
                        LEFT JOIN chain ON chain.mechanism = seen.mechanism \
                        GROUP BY seen.mechanism, seen.times ORDER BY seen.mechanism
                        """)
            ], peopleTable: "person",
            notices: [
                NoticeRule(
                    name: "held", subjectMessage: "held-subject", bodyMessage: "held-body",
                    validFor: NoticeRule.defaultValidFor)
            ])
    }

    // MARK: Its events

    /// The event with this number of its key.
    static func event(_ key: String, _ number: Int, padding: Int = 0) -> [UInt8] {
        let theme = padding > 0 ? ",\"theme\":\"\(String(repeating: "x", count: padding))\"" : ""
        return Array(
            """
            {"specversion":"1.0","id":"synthetic/\(key)/\(number)","source":"urn:diwan:synthetic",\
            "type":"org.iscm.meeting.held.v1","time":"2026-01-31T09:00:00Z","datacontenttype":"application/json",\
            "partitionkey":"\(key)","data":{"meeting_id":"\(key)-\(number)","ordinal":\(number)\(theme),"synthetic":true}}
            """.utf8)
    }

    /// The description of the one who is told.
    static var described: [UInt8] {
        Array(
            """
            {"specversion":"1.0","id":"synthetic/person","source":"urn:diwan:synthetic",\
            "type":"org.iscm.person.described.v1","subject":"\(person)","datacontenttype":"application/json",\
            "partitionkey":"\(person)","data":{"name_ar":"شخص مصطنع","name_en":"Synthetic person","languages":["en"],\
            "channels":[{"kind":"email","address":"person@example.invalid"}],"synthetic":true}}
            """.utf8)
    }
}
