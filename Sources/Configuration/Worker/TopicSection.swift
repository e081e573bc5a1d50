/// What a topic is for.
public enum TopicRole: String, ChoiceWords {
    case events, people, notices
    case deadLetters = "dead-letters"

    public var meaning: String {
        switch self {
        case .events: "events that plugins read"
        case .people: "person records, compacted, read by plugins that need them"
        case .notices: "notices that the worker writes"
        case .deadLetters: "copies of records that could not be applied, for whoever watches there"
        }
    }
}

/// What a record without a content type and without `ce_` headers is.
public enum HeaderlessReading: String, ChoiceWords {
    case structured, refuse

    public var meaning: String {
        switch self {
        case .structured: "a CloudEvent in structured mode"
        case .refuse: "no event; a dead letter"
        }
    }
}

/// How far records are checked.
public enum ValidationDepth: String, ChoiceWords {
    case full, trusted

    public var meaning: String {
        switch self {
        case .full: "every record is checked against its type's schema"
        case .trusted: "the producer is trusted to have checked"
        }
    }
}

/// How long a topic of ours keeps records.
public enum TopicRetention: Hashable, Sendable {
    case forever
    case time(Duration)
}

/// One topic that is read or written.
public struct TopicSection: Sendable {
    public let name: String
    public let role: TopicRole
    /// True for topics that Diwan creates and whose keys it holds to its own rule.
    public let isOwn: Bool
    /// For creating it; nil for topics of others.
    public let partitions: Int?
    /// For creating it; nil leaves the broker's default.
    public let replication: Int?
    public let headerless: HeaderlessReading
    public let validation: ValidationDepth
    /// For creating it; topics of people are compacted besides.
    public let retention: TopicRetention
    /// Whether each plugin's store keeps the records, so that it can be rebuilt when the topic has forgotten them.
    public let isJournaled: Bool
    /// Where it stands in the file.
    public let place: SourcePlace

    static let standard = """
        - {name: iscm.events, role: events}
        - {name: iscm.people, role: people}
        - {name: iscm.notices, role: notices}
        """

    static let fields: [FieldSpec] = [
        FieldSpec("name", .text(.topic), .required, summary: "The topic's name", example: "iscm.events"),
        FieldSpec("role", .choice(of: TopicRole.self), .defaultValue("events"), summary: "What the topic is for"),
        FieldSpec(
            "own", .boolean, .defaultValue("true"),
            summary: "Whether it is Diwan's: created by `topics create`, with every key held to the rule"),
        FieldSpec(
            "partitions", .integer(1...1000), .optional,
            summary: "Partitions to create it with, 4 if not said; only for topics of our own", example: "4"),
        FieldSpec(
            "replication", .integer(1...100), .optional,
            summary: "Copies to create it with, the broker's default if not said; only for topics of our own",
            example: "3"),
        FieldSpec(
            "retention", .text(.retention), .optional,
            summary: "How long it keeps records, forever if not said; only for topics of our own", example: "forever"),
        FieldSpec(
            "journal", .boolean, .defaultValue("false"),
            summary:
                "Whether stores keep its records, so that plugins can be rebuilt when the topic has deleted them; for "
                + "topics that keep records for a limited time"),
        FieldSpec(
            "headerless", .choice(of: HeaderlessReading.self), .optional,
            summary: "What a record without CloudEvents headers is; structured on our own topics, else refuse"),
        FieldSpec(
            "validate", .choice(of: ValidationDepth.self), .defaultValue("full"), summary: "How far records are checked"
        ),
    ]

    private init(_ settings: Settings, _ problems: inout [ConfigurationProblem]) throws(ConfigurationError) {
        name = try settings.value("name")
        role = try settings.value("role")
        let isOwn: Bool = try settings.value("own")
        self.isOwn = isOwn
        partitions = try settings.optional("partitions") ?? (isOwn ? 4 : nil)
        replication = try settings.optional("replication")
        headerless = try settings.optional("headerless") ?? (isOwn ? .structured : .refuse)
        validation = try settings.value("validate")
        let retention: String? = try settings.optional("retention")
        self.retention = retention.flatMap(DurationText.parse).map(TopicRetention.time) ?? .forever
        isJournaled = try settings.value("journal")
        place = settings.place
        guard !isOwn else { return }
        for field in ["partitions", "replication", "retention"] where settings.isGiven(field) {
            problems.append(
                ConfigurationProblem(
                    .conflict, at: settings.place(of: field),
                    "topic \(name) has own: false, so Diwan never creates it; remove \(field)"))
        }
    }

    static func list(_ root: Settings, _ problems: inout [ConfigurationProblem]) throws(ConfigurationError) -> [Self] {
        var topics: [TopicSection] = []
        for settings in try root.value("topics", as: [Settings].self) {
            let topic = try TopicSection(settings, &problems)
            if topics.contains(where: { $0.name == topic.name }) {
                problems.append(
                    ConfigurationProblem(
                        .conflict, at: settings.place(of: "name"), "topic \(topic.name) is listed twice; remove one"))
            } else if topic.role != .events, topics.contains(where: { $0.role == topic.role }) {
                problems.append(
                    ConfigurationProblem(
                        .conflict, at: settings.place(of: "role"),
                        "a second topic of the role \(topic.role.rawValue); there is one at most"))
            }
            topics.append(topic)
        }
        if !topics.contains(where: { $0.role == .events }) {
            problems.append(
                ConfigurationProblem(
                    .conflict, at: root.place(of: "topics"),
                    "topics lists none of the role events; add {name: iscm.events, role: events}"))
        }
        return topics
    }
}

extension TextRule {
    static let retention = TextRule("forever or a duration") { text in
        if text == "forever" { return nil }
        guard let time = DurationText.parse(text) else { return "is neither forever nor a duration such as 90d" }
        return time < .seconds(1) ? "is no time to keep anything; write forever or a duration such as 90d" : nil
    }
}
