/// Reads one YAML document into a tree of nodes.
public enum YAMLDocument {
    /// Reads a file.
    ///
    /// Throws what is wrong with it, with line and column; `unreadable` when the file is not there or may not be read.
    public static func read(file: String, limits: YAMLLimits = YAMLLimits()) throws(ConfigurationError) -> YAMLNode {
        try parse(bytes: try FileBytes.read(file, limit: limits.bytes), file: file, limits: limits)
    }

    /// Reads text; `file` is the name that errors show. Text without any content is null at line 1.
    public static func parse(
        _ text: String, file: String, limits: YAMLLimits = YAMLLimits()
    ) throws(ConfigurationError) -> YAMLNode {
        try parse(bytes: Array(text.utf8), file: file, limits: limits)
    }

    /// Reads bytes, which must be UTF-8.
    public static func parse(
        bytes: [UInt8], file: String, limits: YAMLLimits = YAMLLimits()
    ) throws(ConfigurationError) -> YAMLNode {
        guard bytes.count <= limits.bytes else {
            throw ConfigurationError(
                .limit, at: .wholeFile(file), "\(bytes.count) bytes; at most \(limits.bytes) bytes are read")
        }
        var composer = YAMLComposer(try YAMLEvents(bytes, file: file), file: file, limits: limits)
        return try composer.document()
    }
}
