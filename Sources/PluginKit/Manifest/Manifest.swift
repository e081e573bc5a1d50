/// What `plugin.yaml` declares: the contract between a plugin and the runtime (rule 15).
public struct Manifest: Sendable {
    /// The plugin's name in kebab case: names its consumer group, its store and its counters.
    public let name: String
    /// Grows when tables or handlers change so that a rebuild is needed; part of the consumer group's name.
    public let version: Int
    public let summary: LocalizedText
    /// The event types the plugin handles.
    public let events: [Subscription]
    public let tables: [TableDefinition]
    /// Data files of the plugin's folder that are loaded into tables with the plugin's version.
    public let data: [DataFile]
    public let queries: [QueryDefinition]
    public let documents: [DocumentDefinition]
    /// The rows table, owned by the person id, where sending looks up a recipient; nil where no notices go out.
    public let peopleTable: String?
    /// The rules under which the plugin sends notices.
    public let notices: [NoticeRule]

    public init(
        name: String, version: Int, summary: LocalizedText, events: [Subscription], tables: [TableDefinition],
        data: [DataFile] = [], queries: [QueryDefinition] = [], documents: [DocumentDefinition] = [],
        peopleTable: String? = nil,
        notices: [NoticeRule] = []
    ) {
        self.name = name
        self.version = version
        self.summary = summary
        self.events = events
        self.tables = tables
        self.data = data
        self.queries = queries
        self.documents = documents
        self.peopleTable = peopleTable
        self.notices = notices
    }

    /// The table of this name.
    public func table(_ name: String) -> TableDefinition? { tables.first { $0.name == name } }
}

/// A text in both languages (rule 33).
public struct LocalizedText: Sendable, Equatable {
    public let ar: String
    public let en: String

    public init(ar: String, en: String) {
        self.ar = ar
        self.en = en
    }
}

/// An event type that a plugin handles.
public struct Subscription: Sendable, Equatable {
    /// The full type with its newest version, for example `org.iscm.meeting.held.v1`.
    public let type: String
    /// Whether its events come from the topic of people instead of the topic of events.
    public let fromPeopleTopic: Bool

    public init(type: String, fromPeopleTopic: Bool = false) {
        self.type = type
        self.fromPeopleTopic = fromPeopleTopic
    }
}

/// A CSV file of the plugin's folder, loaded into a table of its own with the plugin's version.
public struct DataFile: Sendable, Equatable {
    public let file: String
    /// The table it fills: every column is text, named by the file's header line.
    public let table: String

    public init(file: String, table: String) {
        self.file = file
        self.table = table
    }
}

/// A rule under which notices go out.
public struct NoticeRule: Sendable, Equatable {
    /// The rule's name: part of every notice's id, so never change it.
    public let name: String
    /// Message keys of the subject line and the body.
    public let subjectMessage: String
    public let bodyMessage: String
    /// Milliseconds after the event's Kafka timestamp until which a notice still makes sense (rule 30).
    public let validFor: Int64

    public init(name: String, subjectMessage: String, bodyMessage: String, validFor: Int64) {
        self.name = name
        self.subjectMessage = subjectMessage
        self.bodyMessage = bodyMessage
        self.validFor = validFor
    }

    /// Seven days, the default of rule 30, in milliseconds.
    public static let defaultValidFor: Int64 = 7 * 24 * 3_600_000
}
