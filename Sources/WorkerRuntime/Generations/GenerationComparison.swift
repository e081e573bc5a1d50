import Hashing
import PluginKit
public import ProjectionStore

/// What a rebuilt generation has in common with the live one, and what not (rule 32).
public struct GenerationComparison: Sendable {
    public struct Table: Sendable {
        public let name: String
        /// Compared: those that both have, key first.
        public let columns: [String]
        /// nil where a generation has no such table.
        public let live: TableDigest?
        public let rebuilt: TableDigest?

        public var isEqual: Bool { live == rebuilt }
    }

    public struct Offsets: Sendable {
        public let partition: PartitionKey
        public let live: Int64?
        public let rebuilt: Int64?
    }

    public struct Messages: Sendable {
        public var both = 0
        /// Ids that the rebuilt generation has not, at most 20 of them named.
        public var onlyLive = 0
        public var onlyLiveIDs: [String] = []
        /// Of these, still to be sent.
        public var onlyLiveOpen = 0
        public var onlyRebuilt = 0
        public var onlyRebuiltIDs: [String] = []
    }

    public let liveGeneration: Int
    public let rebuiltGeneration: Int
    public let liveVersion: Int
    public let rebuiltVersion: Int
    public let offsets: [Offsets]
    public let tables: [Table]
    public let messages: Messages
    /// Timers that fired in the live generation and that the rebuilt one never set, or has not fired, as owner and name,
    /// at most 20 named.
    public let unknownFirings: [String]
    public let unknownFiringCount: Int
    /// By state.
    public let liveDeadLetters: [DeadLetter.State: Int]
    public let rebuiltDeadLetters: [DeadLetter.State: Int]
    /// Letters that an operator discarded or edited in the live generation and that are open in the rebuilt one: they
    /// wait for the operator anew. At most 20 named, as TOPIC/PARTITION/OFFSET.
    public let decidedBefore: [String]
    public let decidedBeforeCount: Int
    /// Counters of both, by name, where they differ.
    public let counters: [String: (live: Int64, rebuilt: Int64)]

    public var standsAtSameOffsets: Bool { offsets.allSatisfy { $0.live == $0.rebuilt } }

    /// Whether tables and messages are the same: what a reader or a recipient could notice.
    public var isEqual: Bool {
        tables.allSatisfy(\.isEqual) && messages.onlyLive == 0 && messages.onlyRebuilt == 0 && unknownFiringCount == 0
            && standsAtSameOffsets
    }
}

/// Rows counted and hashed in the order of their keys; the same on every store.
public struct TableDigest: Sendable, Equatable {
    public let count: Int64
    /// SHA-256 in hexadecimal.
    public let sha256: String
}

extension GenerationComparison {
    static let named = 20

    /// Compares two generations, each read in one snapshot.
    ///
    /// - Throws: `StoreError`.
    public init(live: any StoreReader, rebuilt: any StoreReader) throws {
        self = try live.snapshot { try rebuilt.snapshot { try Self.compare(live, rebuilt) } }
    }

    private static func compare(_ live: any StoreReader, _ rebuilt: any StoreReader) throws -> Self {
        let firings = try unknownFirings(live, rebuilt)
        let decided = try decidedBefore(live, rebuilt)
        return GenerationComparison(
            liveGeneration: live.generation, rebuiltGeneration: rebuilt.generation, liveVersion: live.pluginVersion,
            rebuiltVersion: rebuilt.pluginVersion, offsets: try offsets(live, rebuilt),
            tables: try tables(live, rebuilt), messages: try messages(live, rebuilt), unknownFirings: firings.named,
            unknownFiringCount: firings.count, liveDeadLetters: try live.deadLetterCounts(),
            rebuiltDeadLetters: try rebuilt.deadLetterCounts(), decidedBefore: decided.named,
            decidedBeforeCount: decided.count, counters: try counters(live, rebuilt))
    }

    private static func offsets(_ live: any StoreReader, _ rebuilt: any StoreReader) throws -> [Offsets] {
        let mine = Dictionary(try live.partitions().map { ($0.key, $0.nextOffset) }) { first, _ in first }
        let theirs = Dictionary(try rebuilt.partitions().map { ($0.key, $0.nextOffset) }) { first, _ in first }
        return Set(mine.keys).union(theirs.keys).sorted().map {
            Offsets(partition: $0, live: mine[$0], rebuilt: theirs[$0])
        }
    }

    // MARK: Rows

    private static func tables(_ live: any StoreReader, _ rebuilt: any StoreReader) throws -> [Table] {
        let mine = Dictionary(try live.storedTables().map { ($0.name, $0) }) { first, _ in first }
        let theirs = Dictionary(try rebuilt.storedTables().map { ($0.name, $0) }) { first, _ in first }
        return try Set(mine.keys).union(theirs.keys).sorted().map { name in
            guard let one = mine[name], let other = theirs[name] else {
                return Table(
                    name: name, columns: [], live: try mine[name].map { try digest($0, $0.columns, live) },
                    rebuilt: try theirs[name].map { try digest($0, $0.columns, rebuilt) })
            }
            let common = one.columns.filter { other.columns.contains($0) }
            return Table(
                name: name, columns: common, live: try digest(one, common, live),
                rebuilt: try digest(other, common, rebuilt))
        }
    }

    private static func digest(_ table: StoredTable, _ columns: [String], _ reader: any StoreReader) throws
        -> TableDigest
    {
        let hasher = RowHasher()
        try reader.scan(table, columns: columns) { hasher.take($0) }
        return hasher.finish()
    }

    // MARK: Messages

    private static func messages(_ live: any StoreReader, _ rebuilt: any StoreReader) throws -> Messages {
        var result = Messages()
        var mine = OutboxPages(reader: live, size: 500)
        var theirs = OutboxPages(reader: rebuilt, size: 500)
        var left = try mine.next()
        var right = try theirs.next()
        while left != nil || right != nil {
            if let one = left, let other = right, one.content.id == other.content.id {
                result.both += 1
                left = try mine.next()
                right = try theirs.next()
                continue
            }
            let isLeft =
                switch (left, right) {
                case (let one?, let other?): one.content.id.utf8.lexicographicallyPrecedes(other.content.id.utf8)
                case (nil, _): false
                case (_, nil): true
                }
            if isLeft, let one = left {
                result.onlyLive += 1
                if one.state == .pending || one.state == .waiting { result.onlyLiveOpen += 1 }
                if result.onlyLiveIDs.count < named { result.onlyLiveIDs.append(one.content.id) }
                left = try mine.next()
            } else if let other = right {
                result.onlyRebuilt += 1
                if result.onlyRebuiltIDs.count < named { result.onlyRebuiltIDs.append(other.content.id) }
                right = try theirs.next()
            }
        }
        return result
    }

    // MARK: What happened

    private static func unknownFirings(_ live: any StoreReader, _ rebuilt: any StoreReader) throws
        -> (named: [String], count: Int)
    {
        var named: [String] = []
        var count = 0
        var after: Int64 = 0
        while true {
            let page = try live.firings(limit: 500, after: after)
            guard let last = page.last?.number else { return (named, count) }
            for firing in page.map(\.content) where firing.outcome.isEffective {
                let timer = TimerDraft(
                    owner: firing.owner, name: firing.name, due: firing.due, payload: "", sequence: nil,
                    source: firing.source, id: firing.id, partition: firing.partition)
                guard try rebuilt.effectiveFiring(of: timer) == nil else { continue }
                count += 1
                if named.count < Self.named { named.append("\(firing.owner) \(firing.name)") }
            }
            after = last
        }
    }

    private static func decidedBefore(_ live: any StoreReader, _ rebuilt: any StoreReader) throws
        -> (named: [String], count: Int)
    {
        var open: Set<RecordPlace> = []
        var after: Int64 = 0
        while true {
            let page = try rebuilt.deadLetters(limit: 500, after: after)
            guard let last = page.last?.number else { break }
            for letter in page where letter.state.isOpen { open.insert(RecordPlace(letter)) }
            after = last
        }
        var named: [String] = []
        var count = 0
        after = 0
        while !open.isEmpty {
            let page = try live.deadLetters(limit: 500, after: after)
            guard let last = page.last?.number else { break }
            for letter in page where !letter.state.isOpen && open.contains(RecordPlace(letter)) {
                count += 1
                let place = letter.content
                if named.count < Self.named {
                    named.append("\(place.partition.topic)/\(place.partition.partition)/\(place.offset)")
                }
            }
            after = last
        }
        return (named, count)
    }

    private static func counters(_ live: any StoreReader, _ rebuilt: any StoreReader) throws
        -> [String: (live: Int64, rebuilt: Int64)]
    {
        let mine = try live.counters()
        let theirs = try rebuilt.counters()
        var different: [String: (live: Int64, rebuilt: Int64)] = [:]
        for name in Set(mine.keys).union(theirs.keys) where mine[name] ?? 0 != theirs[name] ?? 0 {
            different[name] = (mine[name] ?? 0, theirs[name] ?? 0)
        }
        return different
    }
}

/// Hashes rows so that no two different tables give the same bytes: each cell with its kind, texts with their length.
private final class RowHasher {
    private var digest = SHA256()
    private var count: Int64 = 0

    func take(_ row: [Cell]) {
        count += 1
        for cell in row {
            switch cell {
            case .null: put(0, 0)
            case .integer(let value): put(1, UInt64(bitPattern: value))
            case .real(let value): put(2, value.bitPattern)
            case .text, .string:
                let text = cell.string ?? ""
                put(3, UInt64(text.utf8.count))
                digest.update(text)
            }
        }
    }

    private func put(_ kind: UInt8, _ value: UInt64) {
        withUnsafeBytes(of: kind) { digest.update($0) }
        withUnsafeBytes(of: value.littleEndian) { digest.update($0) }
    }

    func finish() -> TableDigest { TableDigest(count: count, sha256: digest.finish().hex) }
}
