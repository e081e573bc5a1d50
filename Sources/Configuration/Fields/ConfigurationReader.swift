/// Reads YAML against a specification of fields: a file in, checked values or all of its problems out.
public struct ConfigurationReader: Sendable {
    /// Checked values, with what is worth a warning.
    public struct Reading: Sendable {
        public let settings: Settings
        /// Environment variables with the prefix that no field uses, in alphabetical order: probably misspelt.
        public let unusedVariables: [String]
    }

    public let fields: [FieldSpec]
    private let overrides: EnvironmentOverrides?

    /// `environment` overrides the file by `prefix` and the path in capitals, as in `DIWAN_KAFKA_BOOTSTRAP_SERVERS`;
    /// without one, only the file counts.
    public init(fields: [FieldSpec], environment: [String: String]? = nil, prefix: String = "DIWAN") {
        self.fields = fields
        overrides = environment.map { EnvironmentOverrides(prefix: prefix, variables: $0) }
    }

    /// Reads a file; relative paths in it start from its folder.
    ///
    /// Throws every problem at once, in the order of the file.
    public func read(file: String) throws(ConfigurationError) -> Reading {
        try read(try YAMLDocument.read(file: file), baseFolder: Self.folder(of: file))
    }

    /// Reads text as if it stood in `file`.
    public func read(_ text: String, file: String) throws(ConfigurationError) -> Reading {
        try read(try YAMLDocument.parse(text, file: file), baseFolder: Self.folder(of: file))
    }

    /// Reads a tree; relative paths start from `baseFolder`, or stay as they are.
    public func read(_ node: YAMLNode, baseFolder: String? = nil) throws(ConfigurationError) -> Reading {
        var checker = FieldChecker(baseFolder: baseFolder, overrides: overrides, all: fields)
        let settings = checker.object(node, fields, at: node.place, path: .root)
        if let error = ConfigurationError(problems: checker.problems) { throw error }
        return Reading(settings: settings, unusedVariables: overrides?.unused(checker.usedVariables) ?? [])
    }

    static func folder(of file: String) -> String {
        guard let slash = file.lastIndex(of: "/") else { return "." }
        return slash == file.startIndex ? "/" : String(file[..<slash])
    }
}
