/// A data file of a plugin, read as RFC 4180 says: fields between commas, quoted where they hold commas, quotes or
/// line breaks.
public struct DataTable: Sendable, Equatable {
    /// The header line: the names of the table's columns.
    public let columns: [String]
    /// As many texts a row as there are columns; a field that is empty in the file is an empty text.
    public let rows: [[String]]

    /// - Parameter file: the file's name, for messages.
    /// - Throws: `StoreError` with code `.schema`, which names file and line.
    public init(csv text: String, file: String) throws(StoreError) {
        var reader = CSVReader(text, file: file)
        guard let header = try reader.nextRecord(), header != [""] else {
            throw StoreError(.schema, "data file \(file) is empty: its first line has to name the columns")
        }
        for (index, name) in header.enumerated() {
            guard SchemaRules.isPlain(name), header.firstIndex(of: name) == index else {
                throw StoreError(
                    .schema,
                    "data file \(file), line 1: '\(name)' cannot name a column: use lower case letters, digits and "
                        + "single underscores, each name once")
            }
        }
        var rows: [[String]] = []
        while let record = try reader.nextRecord() {
            guard record.count == header.count else {
                throw StoreError(
                    .schema,
                    "data file \(file), line \(reader.recordLine): \(record.count) fields, but the header names "
                        + "\(header.count) columns")
            }
            rows.append(record)
        }
        columns = header
        self.rows = rows
    }
}

/// Takes CSV apart, record by record.
private struct CSVReader {
    private let bytes: [UInt8]
    private let file: String
    private var at = 0
    private var line = 1
    /// The line on which the last record began.
    private(set) var recordLine = 1

    init(_ text: String, file: String) {
        let mark: [UInt8] = [0xEF, 0xBB, 0xBF]
        bytes = text.utf8.starts(with: mark) ? Array(text.utf8.dropFirst(mark.count)) : Array(text.utf8)
        self.file = file
    }

    mutating func nextRecord() throws(StoreError) -> [String]? {
        guard at < bytes.count else { return nil }
        recordLine = line
        var fields: [String] = []
        while true {
            fields.append(try nextField())
            guard at < bytes.count else { return fields }
            let byte = bytes[at]
            at += 1
            if byte == UInt8(ascii: ",") { continue }
            if byte == UInt8(ascii: "\r"), at < bytes.count, bytes[at] == UInt8(ascii: "\n") { at += 1 }
            line += 1
            return fields
        }
    }

    /// Stops before the comma or line break that ends the field.
    private mutating func nextField() throws(StoreError) -> String {
        guard at < bytes.count, bytes[at] == UInt8(ascii: "\"") else {
            let start = at
            while at < bytes.count, !isEnd(bytes[at]) {
                guard bytes[at] != UInt8(ascii: "\"") else { throw wrong("a quote inside an unquoted field") }
                at += 1
            }
            return String(decoding: bytes[start..<at], as: UTF8.self)
        }
        at += 1
        var field: [UInt8] = []
        while at < bytes.count {
            let byte = bytes[at]
            at += 1
            if byte == UInt8(ascii: "\"") {
                if at < bytes.count, bytes[at] == byte {
                    field.append(byte)
                    at += 1
                    continue
                }
                guard at == bytes.count || isEnd(bytes[at]) else { throw wrong("text after a closing quote") }
                return String(decoding: field, as: UTF8.self)
            }
            if byte == UInt8(ascii: "\n") { line += 1 }
            field.append(byte)
        }
        throw wrong("a quote that is never closed")
    }

    private func isEnd(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: ",") || byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r")
    }

    private func wrong(_ what: String) -> StoreError {
        StoreError(.schema, "data file \(file), line \(recordLine): \(what)")
    }
}
