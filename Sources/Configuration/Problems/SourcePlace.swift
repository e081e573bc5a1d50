/// Where a value was written, so that an error can send its reader there.
public enum SourcePlace: Hashable, Sendable, CustomStringConvertible {
    /// A place in a file; line and column count characters from 1.
    case file(String, line: Int, column: Int)
    /// A file as a whole, where no line can be named.
    case wholeFile(String)
    /// An environment variable.
    case environment(String)
    /// An option or argument of the command line.
    case option(String)
    /// A default of our own specification, by the field's path.
    case specification(String)

    public var description: String {
        switch self {
        case .file(let name, let line, let column): "\(name):\(line):\(column)"
        case .wholeFile(let name): name
        case .environment(let name): "environment variable \(name)"
        case .option(let name): name
        case .specification(let path): "default of \(path)"
        }
    }

    /// The line in the file, where the place is one.
    public var line: Int? {
        if case .file(_, let line, _) = self { line } else { nil }
    }

    /// Order of report: by line and column within a file; what has no line comes last.
    var order: (Int, Int) {
        if case .file(_, let line, let column) = self { (line, column) } else { (Int.max, 0) }
    }
}
