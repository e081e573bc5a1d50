/// From where on a plugin's notices and emitted events leave the store.
public enum PluginActivation: String, ChoiceWords {
    case end, beginning

    public var meaning: String {
        switch self {
        case .end: "only for events that arrive after the plugin first starts"
        case .beginning: "for every event of the topic, also old ones within valid-for"
        }
    }
}

/// What a first start needs of the topic.
public enum PluginStart: String, ChoiceWords {
    case beginning
    case earliestAvailable = "earliest-available"

    public var meaning: String {
        switch self {
        case .beginning: "the whole log; refuses where its beginning is gone"
        case .earliestAvailable: "what is left of the log; answers then state the gap"
        }
    }
}

/// How one plugin runs.
public struct PluginSection: Sendable {
    public let isEnabled: Bool
    public let activation: PluginActivation
    /// Notices about events older than this are not sent; nil leaves each rule of the plugin its own.
    public let validFor: Duration?
    public let start: PluginStart
    /// How often a handler that throws is run in all.
    public let attempts: Int
    /// Before the second attempt; doubled for each further one.
    public let backoff: Duration
    /// What one call of a handler may take.
    public let handlerTimeout: Duration
    /// Where it stands in the file.
    public let place: SourcePlace

    static let fields: [FieldSpec] = [
        FieldSpec("enabled", .boolean, .defaultValue("true"), summary: "Whether it runs"),
        FieldSpec(
            "activate", .choice(of: PluginActivation.self), .defaultValue("end"),
            summary: "From where on its notices are sent; fixed once, at its first start"),
        FieldSpec(
            "valid-for", .duration(.seconds(1) ... .seconds(3_660 * 86_400)),
            summary:
                "Notices about events recorded longer ago than this are not sent; each rule has its own, 7d mostly",
            example: "7d"),
        FieldSpec(
            "start", .choice(of: PluginStart.self), .defaultValue("beginning"),
            summary: "What its first start needs of the topic"),
        FieldSpec(
            "attempts", .integer(1...100), .defaultValue("1"),
            summary: "How often an event whose handler fails is tried before it becomes a dead letter"),
        FieldSpec(
            "backoff", .duration(.milliseconds(1) ... .seconds(60)), .defaultValue("200ms"),
            summary: "Before the second attempt; twice as long before each further one"),
        FieldSpec(
            "handler-timeout", .duration(.milliseconds(100) ... .seconds(3600)), .defaultValue("30s"),
            summary: "A handler that takes longer ends the worker; its event becomes a dead letter at the next start"),
    ]

    private init(_ settings: Settings) throws(ConfigurationError) {
        isEnabled = try settings.value("enabled")
        activation = try settings.value("activate")
        validFor = try settings.optional("valid-for")
        start = try settings.value("start")
        attempts = try settings.value("attempts")
        backoff = try settings.value("backoff")
        handlerTimeout = try settings.value("handler-timeout")
        place = settings.place
    }

    static func all(
        _ root: Settings, known: [String]?, _ problems: inout [ConfigurationProblem]
    ) throws(ConfigurationError) -> [String: PluginSection] {
        let sections: [String: Settings] = try root.value("plugins")
        var plugins: [String: PluginSection] = [:]
        for (name, settings) in sections.sorted(by: { $0.key < $1.key }) {
            plugins[name] = try PluginSection(settings)
            if let known, !known.contains(name) {
                let hint = NearestName.hint(name, among: known.sorted(), plural: "plugins")
                problems.append(
                    ConfigurationProblem(
                        .unknownKey, at: root.place(of: "plugins", key: name),
                        "this program has no plugin \"\(name)\"; \(hint)"))
            }
        }
        if plugins.isEmpty {
            let example = known?.sorted().first ?? "mechanism-directory"
            problems.append(
                ConfigurationProblem(
                    .missing, at: root.place(of: "plugins"),
                    "plugins names none, so nothing would run; add \(example): {}"))
        }
        return plugins
    }
}
