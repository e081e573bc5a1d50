/// How the process behaves.
public struct WorkerSection: Sendable {
    /// Names this worker in locks and logs: the machine's name if the file says nothing.
    public let id: String
    /// What SIGTERM leaves for finishing or rolling back.
    public let drain: Duration
    public let sessionTimeout: Duration
    /// Between two lag reports to the consumer group.
    public let commitInterval: Duration
    /// How many lanes work on each plugin, where the store can be shared.
    public let lanes: Int
    /// Whether the group keeps this worker's partitions for it over a restart.
    public let isStatic: Bool
    public let assignment: PartitionAssignment

    static let fields: [FieldSpec] = [
        FieldSpec(
            "id", .text(.anyShort), .optional,
            summary: "Names this worker to the brokers, after client-id; the machine's name if not said",
            example: "worker-1"),
        FieldSpec(
            "drain", .duration(.seconds(1) ... .seconds(600)), .defaultValue("25s"),
            summary: "Time that SIGTERM leaves to finish or roll back; keep it below what the supervisor waits"),
        FieldSpec(
            "session-timeout", .duration(.seconds(6) ... .seconds(1800)), .defaultValue("10s"),
            summary: "How long the broker waits for a silent worker before others take its partitions"),
        FieldSpec(
            "commit-interval", .duration(.milliseconds(100) ... .seconds(300)), .defaultValue("1s"),
            summary: "How often the group's offsets, which only report the lag, are written"),
        FieldSpec(
            "lanes", .integer(1...64), .defaultValue("1"),
            summary: "PostgreSQL: how many partitions of a plugin this worker works on at a time, each with a "
                + "connection and a group membership of its own"),
        FieldSpec(
            "static-membership", .boolean, .defaultValue("false"),
            summary: "PostgreSQL: keep this worker's partitions over a restart within session-timeout; its leaving is "
                + "then noticed only after that time. Needs an id of its own for each worker"),
        FieldSpec(
            "assignment", .choice(of: PartitionAssignment.self), .defaultValue("range"),
            summary: "PostgreSQL: how workers share partitions; the same for all of them"),
    ]

    init(
        _ settings: Settings, store: StoreSection, _ problems: inout [ConfigurationProblem]
    ) throws(ConfigurationError) {
        id = try settings.optional("id") ?? FileBytes.hostName ?? "worker"
        drain = try settings.value("drain")
        sessionTimeout = try settings.value("session-timeout")
        commitInterval = try settings.value("commit-interval")
        lanes = try settings.value("lanes")
        isStatic = try settings.value("static-membership")
        assignment = try settings.value("assignment")
        if store.sqlite != nil {
            for (name, isAsked) in [("lanes", lanes > 1), ("static-membership", isStatic)] where isAsked {
                problems.append(
                    ConfigurationProblem(
                        .conflict, at: settings.place(of: name),
                        "worker.\(name) needs a store that workers can share; SQLite has one worker, which reads all "
                            + "partitions: leave it away, or choose store.postgres"))
            }
        }
        if isStatic, !settings.isGiven("id") {
            problems.append(
                ConfigurationProblem(
                    .missing, at: settings.place(of: "static-membership"),
                    "worker.static-membership needs worker.id, another one for each worker, and the same after a "
                        + "restart; write id: worker-1"))
        }
    }
}

/// How the members of a consumer group share partitions.
public enum PartitionAssignment: String, ChoiceWords {
    case range, roundrobin

    public var meaning: String {
        switch self {
        case .range: "each topic by itself, neighbouring partitions together"
        case .roundrobin: "all topics' partitions in turn"
        }
    }
}

extension TextRule {
    /// A name for logs and locks: one word.
    static let anyShort = TextRule("name") { text in
        if text.isEmpty { return "is empty" }
        if text.utf8.count > 100 { return "is longer than 100 characters" }
        return text.utf8.allSatisfy { (0x21...0x7E).contains($0) } ? nil : "is no name; use one word in ASCII"
    }
}
