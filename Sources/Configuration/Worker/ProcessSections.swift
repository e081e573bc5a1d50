/// What one worker takes at most.
public struct LimitsSection: Sendable {
    /// A longer record is a dead letter.
    public let eventBytes: Int
    /// What the whole process should stay below.
    public let memoryBytes: Int
    /// Events in one transaction.
    public let batchEvents: Int
    /// Events of one sequence that wait for an operator, and of all.
    public let parkedPerSequence: Int
    public let parked: Int

    static let fields: [FieldSpec] = [
        FieldSpec(
            "event-bytes", .bytes(1024...(16 << 20)), .defaultValue("256KiB"),
            summary: "A record with a longer value is a dead letter"),
        FieldSpec(
            "memory", .bytes((32 << 20)...(1 << 40)), .defaultValue("150MiB"),
            summary: "What the process stays below, however large the backlog"),
        FieldSpec(
            "batch-events", .integer(1...1_000_000), .defaultValue("200000"),
            summary: "Events that one transaction takes at most"),
        FieldSpec(
            "parked-per-sequence", .integer(1...10_000_000), .defaultValue("10000"),
            summary: "Events of one sequence that wait for a redrive; at more the partition pauses"),
        FieldSpec(
            "parked", .integer(1...100_000_000), .defaultValue("100000"),
            summary: "Events of a plugin that wait for a redrive; at more the partition pauses"),
    ]

    init(_ settings: Settings, _ problems: inout [ConfigurationProblem]) throws(ConfigurationError) {
        eventBytes = try settings.value("event-bytes")
        memoryBytes = try settings.value("memory")
        batchEvents = try settings.value("batch-events")
        parkedPerSequence = try settings.value("parked-per-sequence")
        parked = try settings.value("parked")
        if eventBytes > memoryBytes / 8 {
            problems.append(
                ConfigurationProblem(
                    .conflict, at: settings.place(of: "event-bytes"),
                    "limits.event-bytes is more than an eighth of limits.memory (\(ByteText.format(memoryBytes))); raise memory or lower it"
                ))
        }
        if parkedPerSequence > parked {
            problems.append(
                ConfigurationProblem(
                    .conflict, at: settings.place(of: "parked-per-sequence"),
                    "limits.parked-per-sequence is more than limits.parked (\(parked)), which counts all sequences; raise parked or lower it"
                ))
        }
    }
}

/// How repeats by the source are recognised.
public struct DedupeSection: Sendable {
    public let isEnabled: Bool
    /// In time of the Kafka records.
    public let window: Duration

    static let fields: [FieldSpec] = [
        FieldSpec("enabled", .boolean, .defaultValue("true"), summary: "Whether an event sent twice counts once"),
        FieldSpec(
            "window", .duration(.seconds(60) ... .seconds(3_660 * 86_400)), .defaultValue("30d"),
            summary: "How far apart two records of one event may lie, in Kafka's time of record"),
    ]

    init(_ settings: Settings) throws(ConfigurationError) {
        isEnabled = try settings.value("enabled")
        window = try settings.value("window")
    }
}

/// From which weight on lines are logged.
public enum LogLevel: String, ChoiceWords {
    case error, warning, info, debug

    public var meaning: String {
        switch self {
        case .error: "what failed"
        case .warning: "besides, what may fail"
        case .info: "besides, starts, stops and changes of state"
        case .debug: "besides, each step; for looking into a fault"
        }
    }
}

/// How log lines look.
public enum LogFormat: String, ChoiceWords {
    case text, json

    public var meaning: String {
        switch self {
        case .text: "for people"
        case .json: "one object a line, for collectors"
        }
    }
}

/// What is written to standard error.
public struct LogSection: Sendable {
    public let level: LogLevel
    public let format: LogFormat

    static let fields: [FieldSpec] = [
        FieldSpec(
            "level", .choice(of: LogLevel.self), .defaultValue("info"), summary: "From which weight on lines appear"),
        FieldSpec("format", .choice(of: LogFormat.self), .defaultValue("text"), summary: "How a line looks"),
    ]

    init(_ settings: Settings) throws(ConfigurationError) {
        level = try settings.value("level")
        format = try settings.value("format")
    }
}
