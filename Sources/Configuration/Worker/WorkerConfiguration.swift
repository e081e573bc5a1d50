/// Everything that an operator decides about a worker, read from one file.
///
/// Holds no secret, only where each one is found, so that printing it reveals none.
public struct WorkerConfiguration: Sendable {
    /// Names the consumer groups and the store; several organisations are several deployments.
    public let deployment: String
    public let kafka: KafkaSection
    /// At least one of the role `events`; names differ.
    public let topics: [TopicSection]
    public let store: StoreSection
    /// By the plugins' names; plugins that are not named do not run.
    public let plugins: [String: PluginSection]
    public let delivery: DeliverySection
    public let limits: LimitsSection
    public let dedupe: DedupeSection
    public let worker: WorkerSection
    public let log: LogSection
    /// What is not wrong but probably not meant, one line each.
    public let warnings: [String]

    /// The specification of the whole file: the one source of checking, help, reference and template.
    public static let fields: [FieldSpec] = [
        FieldSpec(
            "deployment", .text(.slug), .required,
            summary: "Names this deployment's consumer groups, diwan.<deployment>.<plugin>.<generation>",
            example: "demo"),
        FieldSpec("kafka", .object(KafkaSection.fields), .required, summary: "How to reach the brokers"),
        FieldSpec(
            "topics", .list(.object(TopicSection.fields), 1...1000), .defaultValue(TopicSection.standard),
            summary: "The topics that are read and written; a list given here replaces the default",
            example: TopicSection.standard),
        FieldSpec(
            "store", .object(StoreSection.fields), .required,
            summary: "Where projections are kept: in sqlite, or in postgres (see 'diwan config reference')",
            example: "{sqlite: {folder: /var/lib/diwan/store}}"),
        FieldSpec(
            "plugins", .map(.object(PluginSection.fields), key: .slug), .required,
            summary: "The plugins that run, by name; one that is not named here does not run",
            example: "{mechanism-directory: {}}"),
        FieldSpec(
            "delivery", .object(DeliverySection.fields), .defaultValue("{}"),
            summary: "Where notices go; with no target they stay in the store's outbox"),
        FieldSpec(
            "limits", .object(LimitsSection.fields), .defaultValue("{}"), summary: "What one worker takes at most"),
        FieldSpec(
            "dedupe", .object(DedupeSection.fields), .defaultValue("{}"),
            summary: "How repeats of an event by its source are recognised"),
        FieldSpec("worker", .object(WorkerSection.fields), .defaultValue("{}"), summary: "How the process behaves"),
        FieldSpec("log", .object(LogSection.fields), .defaultValue("{}"), summary: "What is written to standard error"),
    ]

    /// Reads and checks a file, with `environment` winning over it.
    ///
    /// `knownPlugins` are those that this program has; nil skips that check. Throws every problem found, in the order
    /// of the file.
    public static func load(
        file: String, environment: [String: String] = [:], knownPlugins: [String]? = nil
    ) throws(ConfigurationError) -> WorkerConfiguration {
        let reader = ConfigurationReader(fields: fields, environment: environment)
        return try WorkerConfiguration(try reader.read(file: file), knownPlugins: knownPlugins)
    }

    /// The same for text, as if it stood in `file`.
    public static func parse(
        _ text: String, file: String, environment: [String: String] = [:], knownPlugins: [String]? = nil
    ) throws(ConfigurationError) -> WorkerConfiguration {
        let reader = ConfigurationReader(fields: fields, environment: environment)
        return try WorkerConfiguration(try reader.read(text, file: file), knownPlugins: knownPlugins)
    }

    private init(
        _ reading: ConfigurationReader.Reading, knownPlugins: [String]?
    ) throws(ConfigurationError) {
        let settings = reading.settings
        var problems: [ConfigurationProblem] = []
        deployment = try settings.value("deployment")
        kafka = try KafkaSection(try settings.value("kafka"), &problems)
        topics = try TopicSection.list(settings, &problems)
        store = try StoreSection(try settings.value("store"), &problems)
        plugins = try PluginSection.all(settings, known: knownPlugins, &problems)
        delivery = try DeliverySection(try settings.value("delivery"), topics: topics, &problems)
        limits = try LimitsSection(try settings.value("limits"), &problems)
        dedupe = try DedupeSection(try settings.value("dedupe"))
        worker = try WorkerSection(try settings.value("worker"), store: store, &problems)
        log = try LogSection(try settings.value("log"))
        warnings = reading.unusedVariables.map { name in
            let known = Self.variables
            let near = NearestName.find(name, among: known).map { "; did you mean \($0)?" } ?? ""
            return "environment variable \(name) overrides nothing\(near)"
        }
        if let error = ConfigurationError(problems: problems) { throw error }
    }

    /// The consumer group of a plugin.
    public func group(plugin: String, generation: Int) -> String { "diwan.\(deployment).\(plugin).\(generation)" }

    /// The topics of a role, in the file's order.
    public func topics(_ role: TopicRole) -> [TopicSection] { topics.filter { $0.role == role } }

    /// The environment variables that override a field, in the order of the file.
    public static var variables: [String] { FieldReference.rows(fields).compactMap(\.variable) }

    /// The reference of all fields, as Markdown.
    public static func reference() -> String { FieldReference.markdown(fields) }

    /// A file to start from: what is required stands there with an example, all else as comments with its default.
    public static func template() -> String { FieldReference.template(fields) }
}
