private import CYAML

/// One event of libyaml, copied out of it.
struct YAMLEvent {
    enum Kind {
        case documentStart
        case documentEnd
        case streamEnd
        case alias(String)
        case scalar(YAMLScalar)
        case sequenceStart
        case sequenceEnd
        case mappingStart
        case mappingEnd
    }

    let kind: Kind
    let place: SourcePlace
    var anchor: String?
    var tag: String?
}

/// Pulls events out of libyaml; the only code that touches its pointers. Used by one thread, within one call.
struct YAMLEvents: ~Copyable {
    // libyaml keeps pointers into its own structure and into the input: both stay where they are until the end.
    private let parser: UnsafeMutablePointer<yaml_parser_t>
    private let input: UnsafeMutableBufferPointer<UInt8>
    private let length: Int
    private let file: String

    init(_ bytes: [UInt8], file: String) throws(ConfigurationError) {
        let parser = UnsafeMutablePointer<yaml_parser_t>.allocate(capacity: 1)
        guard yaml_parser_initialize(parser) == 1 else {
            parser.deallocate()
            throw ConfigurationError(.limit, at: .wholeFile(file), "no memory left to read it")
        }
        input = .allocate(capacity: max(1, bytes.count))
        _ = input.initialize(fromContentsOf: bytes)
        length = bytes.count
        self.parser = parser
        self.file = file
        yaml_parser_set_encoding(parser, YAML_UTF8_ENCODING)
        yaml_parser_set_input_string(parser, input.baseAddress, bytes.count)
    }

    deinit {
        yaml_parser_delete(parser)
        parser.deallocate()
        input.deallocate()
    }

    /// The next event; the stream's start is skipped.
    mutating func next() throws(ConfigurationError) -> YAMLEvent {
        while true {
            var event = yaml_event_t()
            guard yaml_parser_parse(parser, &event) == 1 else { throw failure() }
            defer { yaml_event_delete(&event) }
            if let copied = copy(event) { return copied }
        }
    }

    private func copy(_ event: yaml_event_t) -> YAMLEvent? {
        let place = place(event.start_mark)
        switch event.type {
        case YAML_DOCUMENT_START_EVENT: return YAMLEvent(kind: .documentStart, place: place)
        case YAML_DOCUMENT_END_EVENT: return YAMLEvent(kind: .documentEnd, place: place)
        case YAML_STREAM_END_EVENT: return YAMLEvent(kind: .streamEnd, place: place)
        case YAML_SEQUENCE_END_EVENT: return YAMLEvent(kind: .sequenceEnd, place: place)
        case YAML_MAPPING_END_EVENT: return YAMLEvent(kind: .mappingEnd, place: place)
        case YAML_ALIAS_EVENT:
            return YAMLEvent(kind: .alias(text(event.data.alias.anchor) ?? ""), place: place)
        case YAML_SCALAR_EVENT:
            let scalar = event.data.scalar
            let value = String(
                decoding: UnsafeBufferPointer(start: scalar.value, count: scalar.length), as: UTF8.self)
            return YAMLEvent(
                kind: .scalar(YAMLScalar(value, isPlain: scalar.style == YAML_PLAIN_SCALAR_STYLE)), place: place,
                anchor: text(scalar.anchor), tag: text(scalar.tag))
        case YAML_SEQUENCE_START_EVENT:
            let start = event.data.sequence_start
            return YAMLEvent(kind: .sequenceStart, place: place, anchor: text(start.anchor), tag: text(start.tag))
        case YAML_MAPPING_START_EVENT:
            let start = event.data.mapping_start
            return YAMLEvent(kind: .mappingStart, place: place, anchor: text(start.anchor), tag: text(start.tag))
        default: return nil
        }
    }

    private func text(_ pointer: UnsafeMutablePointer<yaml_char_t>?) -> String? {
        pointer.map { String(cString: $0) }
    }

    private func place(_ mark: yaml_mark_t) -> SourcePlace {
        .file(file, line: mark.line + 1, column: mark.column + 1)
    }

    private func failure() -> ConfigurationError {
        let problem = parser.pointee.problem.map { String(cString: $0) } ?? "cannot be read as YAML"
        switch parser.pointee.error {
        case YAML_MEMORY_ERROR: return ConfigurationError(.limit, at: .wholeFile(file), "no memory left to read it")
        case YAML_READER_ERROR:
            // Here libyaml gives the byte's offset and no mark.
            return ConfigurationError(.syntax, at: place(offset: parser.pointee.problem_offset), problem)
        default:
            let mark = parser.pointee.problem_mark
            // What was left open often began lines before the place where that shows.
            let begun = parser.pointee.context_mark.line
            let since = begun == mark.line ? "" : " that begins at line \(begun + 1)"
            let context = parser.pointee.context.map { "\(String(cString: $0))\(since): " } ?? ""
            let hint = isTab(line: mark.line, column: mark.column) ? " (a tab: indent with spaces)" : ""
            return ConfigurationError(.syntax, at: place(mark), context + problem + hint)
        }
    }

    private func place(offset: Int) -> SourcePlace {
        let before = input.prefix(min(offset, length))
        let line = before.count { $0 == UInt8(ascii: "\n") } + 1
        let start = before.lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? before.startIndex
        // Continuation bytes are no characters of their own.
        let column = before[start...].count { $0 & 0xC0 != 0x80 } + 1
        return .file(file, line: line, column: column)
    }

    private func isTab(line: Int, column: Int) -> Bool {
        let lines = input.prefix(length).split(
            separator: UInt8(ascii: "\n"), maxSplits: line + 1, omittingEmptySubsequences: false)
        guard lines.indices.contains(line) else { return false }
        let characters = lines[line].filter { $0 & 0xC0 != 0x80 }
        return characters.indices.contains(column) && characters[column] == UInt8(ascii: "\t")
    }
}
