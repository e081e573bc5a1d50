/// Reads the lines of a message file.
struct MessageFileReader {
    let name: String
    private(set) var entries: [MessageFile.Entry] = []
    private(set) var problems: [MessageProblem] = []
    private(set) var lineCount = 0

    private var current: Pending?

    private struct Pending {
        let key: String
        let line: Int
        var pattern = ""
        var lineStarts: [MessageFile.Entry.LineStart] = []
        /// Empty lines that count only where a further line of the message follows.
        var emptyLines = 0
        var joins = true

        mutating func append(_ text: String, line: Int) {
            if !joins { pattern += String(repeating: "\n", count: emptyLines + 1) }
            emptyLines = 0
            lineStarts.append(.init(offset: pattern.utf16.count, line: line))
            joins = text.hasSuffix("\\")
            pattern += joins ? String(text.dropLast()) : text
        }
    }

    init(name: String) {
        self.name = name
    }

    mutating func read(_ text: String) {
        var scalars = text.unicodeScalars[...]
        if scalars.first == "\u{FEFF}" { scalars = scalars.dropFirst() }
        // By scalar: to Swift's Character CR LF is one character and splits differently.
        let lines = scalars.split(separator: "\n", omittingEmptySubsequences: false)
        for (index, line) in lines.enumerated() {
            let line = line.last == "\r" ? line.dropLast() : line
            read(line: String(String.UnicodeScalarView(line)), number: index + 1)
        }
        lineCount = max(1, lines.last?.isEmpty == true ? lines.count - 1 : lines.count)
        finish()
    }

    private mutating func read(line: String, number: Int) {
        let content = line.trimmed
        if content.isEmpty {
            current?.emptyLines += 1
        } else if line.hasPrefix("#") {
            return
        } else if line.hasPrefix(" ") || line.hasPrefix("\t") {
            if current == nil {
                report(
                    .lineInvalid, number,
                    "this line is indented, but no message stands above it: begin messages in the first column")
            }
            current?.append(content, line: number)
        } else {
            begin(line, number)
        }
    }

    private mutating func begin(_ line: String, _ number: Int) {
        finish()
        guard let equals = line.firstIndex(of: "=") else {
            report(
                .lineInvalid, number,
                "neither a message nor part of one: write key = pattern, indent lines that go on, and begin comments with #"
            )
            return
        }
        let key = String(line[..<equals]).trimmed
        guard Self.isKey(key) else {
            report(
                .keyInvalid, number,
                "\(TerminalText.quoted(key)) is no key: small letters and digits in words joined by dots or hyphens, "
                    + "such as meeting.scheduled.subject")
            // Its lines still belong to something, or each of them would be reported too.
            current = Pending(key: "", line: number)
            return
        }
        var pending = Pending(key: key, line: number)
        let pattern = String(line[line.index(after: equals)...]).trimmed
        if !pattern.isEmpty { pending.append(pattern, line: number) }
        current = pending
    }

    private mutating func finish() {
        guard let pending = current else { return }
        current = nil
        if pending.key.isEmpty { return }
        if let earlier = entries.first(where: { $0.key == pending.key }) {
            report(
                .keyDuplicate, pending.line, "\(pending.key) stands on line \(earlier.line) already: keep one of them",
                key: pending.key)
            return
        }
        if pending.pattern.isEmpty {
            report(
                .patternEmpty, pending.line, "\(pending.key) has no text: write it after the = sign", key: pending.key)
        }
        entries.append(
            MessageFile.Entry(
                key: pending.key, pattern: pending.pattern, line: pending.line, lineStarts: pending.lineStarts))
    }

    private mutating func report(_ code: MessageProblem.Code, _ line: Int, _ message: String, key: String? = nil) {
        problems.append(MessageProblem(code, file: name, line: line, key: key, message: message))
    }

    private static func isKey(_ key: String) -> Bool {
        let words = key.split(omittingEmptySubsequences: false) { $0 == "." || $0 == "-" }
        guard let first = key.utf8.first, (0x61...0x7A).contains(first) else { return false }
        return words.allSatisfy { word in
            !word.isEmpty && word.utf8.allSatisfy { (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) }
        }
    }
}
