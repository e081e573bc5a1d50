/// Takes what a handler wants to happen. The runtime owns it, reads it after `handle`, and drops it when that throws.
///
/// Threading: used by the lane that calls the handler, and nowhere else.
public final class Effects {
    /// A change of one row, encoded in `buffer`.
    public struct Change: Sendable {
        public enum Kind: UInt8, Sendable {
            /// The whole row under its key.
            case put
            /// A fact: written when its key is not there yet.
            case insertOnce
            case delete
            /// A tally's values, merged by each column's rule.
            case merge
        }

        public let table: Int
        public let kind: Kind
        public let key: Range<Int>
        public let values: Range<Int>

        public init(table: Int, kind: Kind, key: Range<Int>, values: Range<Int>) {
            self.table = table
            self.kind = kind
            self.key = key
            self.values = values
        }
    }

    public let tables: [TableDefinition]
    public let buffer = ByteBuffer(capacity: 1 << 16)
    public private(set) var changes: [Change] = []
    public private(set) var notices: [Notice] = []
    public private(set) var emitted: [EmittedEvent] = []
    public private(set) var timers: [TimerChange] = []
    public private(set) var documents: [DocumentPublication] = []

    /// The event being handled: every row a handler changes belongs to its key (rule 14).
    private var current: Event?
    /// The key of the timer that fires, in place of an event.
    private var timerKey: Text?
    private let encodings: [TableEncoding]
    private let tableNames: LiteralNames

    public init(tables: [TableDefinition]) {
        self.tables = tables
        tableNames = LiteralNames(tables.map(\.name))
        encodings = tables.enumerated().map { TableEncoding($0.offset, $0.element) }
    }

    // MARK: What a handler says

    /// Keeps a fact of the event being handled (rule 4). Effective date, time and hash are filled in by the runtime.
    ///
    /// - Parameters:
    ///   - index: tells several facts of one event in one table apart.
    ///   - values: the columns that the manifest declares, by name; those left out are null.
    public func fact(_ table: StaticString, index: Int = 0, _ values: KeyValuePairs<StaticString, Cell>) throws {
        let encoding = try resolve(table, .facts)
        guard let event = current else {
            throw misuse(
                timerKey == nil
                    ? "no event is being handled"
                    : "table \(table) holds facts, which only events tell: a timer may change rows and tallies")
        }
        let keyStart = buffer.count
        try appendKey(.text(event.key), encoding)
        try appendKey(.text(event.source), encoding)
        try appendKey(.text(event.id), encoding)
        try appendKey(.integer(Int64(index)), encoding)
        let valueStart = buffer.count
        try appendStamp(event)
        try encoding.append(values, from: TableDefinition.factPreamble, to: buffer)
        finish(encoding, .insertOnce, keyStart, valueStart)
    }

    /// Writes the whole row under its key; columns left out become null.
    ///
    /// - Parameter key: the key's columns after the owner, which is the event's key.
    public func put(_ table: StaticString, key: Cell..., values: KeyValuePairs<StaticString, Cell>) throws {
        let encoding = try resolve(table, .rows)
        let keyStart = buffer.count
        try appendWholeKey(key, encoding)
        let valueStart = buffer.count
        try encoding.append(values, from: encoding.keyCount, to: buffer)
        finish(encoding, .put, keyStart, valueStart)
    }

    /// Removes the row under its key, if it is there.
    public func delete(_ table: StaticString, key: Cell...) throws {
        let encoding = try resolve(table, .rows)
        let keyStart = buffer.count
        try appendWholeKey(key, encoding)
        finish(encoding, .delete, keyStart, buffer.count)
    }

    /// Merges values into a tally's row, which begins with nulls; columns left out stay as they are.
    public func tally(_ table: StaticString, key: Cell..., values: KeyValuePairs<StaticString, Cell>) throws {
        let encoding = try resolve(table, .tally)
        let keyStart = buffer.count
        try appendWholeKey(key, encoding)
        let valueStart = buffer.count
        try encoding.append(values, from: encoding.keyCount, to: buffer)
        finish(encoding, .merge, keyStart, valueStart)
    }

    public func notify(_ notice: Notice) { notices.append(notice) }

    public func emit(_ event: EmittedEvent) { emitted.append(event) }

    /// Sets or cancels a timer of the event's key; when it is due, `Plugin.fire` is called (rule 31).
    ///
    /// One that is due already fires all the same, at once and aloud, unless the event is silent (rule 30): so a handler
    /// that wants none for what lies in the past compares with the event's own time.
    public func timer(_ change: TimerChange) { timers.append(change) }

    public func publish(_ document: DocumentPublication) { documents.append(document) }

    // MARK: What the runtime does

    /// Starts taking the effects of `event`. The bytes of row changes of events before it stay in the buffer.
    public func begin(_ event: Event) {
        current = event
        forgetLast()
    }

    /// Starts taking the effects of a timer that fires.
    public func begin(_ timer: FiredTimer) {
        current = nil
        timerKey = timer.key
        forgetLast()
    }

    private func forgetLast() {
        changes.removeAll(keepingCapacity: true)
        notices.removeAll(keepingCapacity: true)
        emitted.removeAll(keepingCapacity: true)
        timers.removeAll(keepingCapacity: true)
        documents.removeAll(keepingCapacity: true)
    }

    /// Drops what the event in hand said, back to `bytes` of the buffer: its handler threw.
    public func rollback(toBytes bytes: Int) {
        buffer.truncate(to: bytes)
        changes.removeAll(keepingCapacity: true)
        notices.removeAll()
        emitted.removeAll()
        timers.removeAll()
        documents.removeAll()
    }

    /// Lets go of the event handled last, whose batch would live on with it. The bytes of row changes stay.
    public func release() {
        current = nil
        changes.removeAll(keepingCapacity: true)
    }

    /// Forgets everything; for the next transaction.
    public func removeAll() {
        changes.removeAll(keepingCapacity: true)
        buffer.removeAll(keeping: 32 << 20)
        current = nil
        timerKey = nil
    }

    // MARK: Encoding

    private func resolve(_ name: StaticString, _ kind: TableDefinition.Kind) throws -> TableEncoding {
        guard let number = tableNames.index(of: name) else {
            throw misuse("the manifest declares no table \(name)")
        }
        let encoding = encodings[number]
        guard encoding.kind == kind else {
            throw misuse("table \(name) is of kind \(encoding.kind.rawValue), not \(kind.rawValue)")
        }
        return encoding
    }

    private func appendWholeKey(_ key: [Cell], _ encoding: TableEncoding) throws {
        guard let owner = current?.key ?? timerKey else { throw misuse("no event is being handled") }
        guard key.count == encoding.keyCount - 1 else {
            throw misuse(
                "table \(encoding.name) has \(encoding.keyCount - 1) key columns after its owner, not \(key.count)")
        }
        try appendKey(.text(owner), encoding)
        for cell in key { try appendKey(cell, encoding) }
    }

    @inline(__always)
    private func appendKey(_ cell: Cell, _ encoding: TableEncoding) throws {
        do throws(RowCodec.Failure) {
            try RowCodec.appendKey(cell, to: buffer)
        } catch {
            throw misuse("a key of table \(encoding.name) cannot hold this: \(error)")
        }
    }

    private func appendStamp(_ event: Event) throws {
        let date = event.effective.date
        try RowCodec.appendValue(Cell(date?.description), to: buffer)
        try RowCodec.appendValue(Cell(date?.start), to: buffer)
        try RowCodec.appendValue(Cell(event.time), to: buffer)
        try RowCodec.appendValue(Cell((event.eventHash ?? event.contentHash).hex), to: buffer)
    }

    private func finish(_ encoding: TableEncoding, _ kind: Change.Kind, _ keyStart: Int, _ valueStart: Int) {
        changes.append(
            Change(
                table: encoding.number, kind: kind, key: keyStart..<valueStart, values: valueStart..<buffer.count))
    }

    private func misuse(_ what: String) -> EffectMisuse { EffectMisuse(what) }
}

/// A handler said what its manifest does not allow: a fault of the plugin, not of the event.
public struct EffectMisuse: Error, Sendable, Equatable, CustomStringConvertible {
    public let description: String

    public init(_ description: String) { self.description = description }
}
