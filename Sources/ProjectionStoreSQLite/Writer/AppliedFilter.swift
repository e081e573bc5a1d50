import ProjectionStore

/// Says of most unknown events at once that they are unknown, so that only repeats and a few others are looked up in
/// the table. It never says so of an event that is there.
///
/// Layers of blocked Bloom filters, each twice as large as the one before: an event's bits lie in one cache line a
/// layer. Events that were rolled back or forgotten leave their bits, which costs a look-up each and nothing else.
final class AppliedFilter {
    private struct Layer {
        let words: UnsafeMutablePointer<UInt64>
        let blocks: Int
        var room: Int

        init(bytes: Int) {
            blocks = bytes / AppliedFilter.blockBytes
            words = .allocate(capacity: blocks * 8)
            words.initialize(repeating: 0, count: blocks * 8)
            room = bytes * 8 / AppliedFilter.bitsPerEvent
        }

        @inline(__always)
        private func block(_ fingerprint: Fingerprint) -> UnsafeMutablePointer<UInt64> {
            words + Int(fingerprint.high.multipliedFullWidth(by: UInt64(blocks)).high) * 8
        }

        @inline(__always)
        func mayContain(_ fingerprint: Fingerprint) -> Bool {
            let block = block(fingerprint)
            var bits = fingerprint.low
            for _ in 0..<AppliedFilter.probes {
                if block[Int(bits >> 6 & 7)] & 1 << (bits & 63) == 0 { return false }
                bits >>= 9
            }
            return true
        }

        mutating func insert(_ fingerprint: Fingerprint) {
            let block = block(fingerprint)
            var bits = fingerprint.low
            for _ in 0..<AppliedFilter.probes {
                block[Int(bits >> 6 & 7)] |= 1 << (bits & 63)
                bits >>= 9
            }
            room -= 1
        }
    }

    private static let blockBytes = 64
    private static let bitsPerEvent = 12
    private static let probes = 6
    private static let firstBytes = 256 << 10

    private var layers: [Layer] = []
    private var bytes = 0
    private let limitBytes: Int

    /// Beyond `limitBytes` it grows no more, and helps less and less.
    init(limitBytes: Int) { self.limitBytes = limitBytes }

    deinit { for layer in layers { layer.words.deallocate() } }

    func insert(_ fingerprint: Fingerprint) {
        let next = Self.firstBytes << layers.count
        if layers.isEmpty || (layers[layers.count - 1].room <= 0 && bytes + next <= limitBytes) {
            layers.append(Layer(bytes: next))
            bytes += next
        }
        layers[layers.count - 1].insert(fingerprint)
    }

    func mayContain(_ fingerprint: Fingerprint) -> Bool {
        for layer in layers.reversed() where layer.mayContain(fingerprint) { return true }
        return false
    }
}

/// The events of one store that were applied: the filter, once all that is stored has gone into it, before the table.
final class AppliedEvents {
    private let database: SQLiteDatabase
    private let filter: AppliedFilter
    /// Up to where the table has been read into the filter; events written meanwhile go in at once.
    private var loadedUpTo: Fingerprint?
    private var isComplete: Bool

    init(_ database: SQLiteDatabase, limitBytes: Int) throws(StoreError) {
        self.database = database
        filter = AppliedFilter(limitBytes: limitBytes)
        isComplete = try database.integer("SELECT 1 FROM _applied LIMIT 1") == nil
    }

    func content(of fingerprint: Fingerprint) throws(StoreError) -> Fingerprint? {
        if isComplete, !filter.mayContain(fingerprint) { return nil }
        let statement = try database.statement("SELECT content FROM _applied WHERE fingerprint = ?")
        defer { statement.reset() }
        statement.bind(1, fingerprint)
        return try statement.step() ? statement.fingerprint(0) : nil
    }

    func record(_ entries: [AppliedEvent]) throws(StoreError) {
        let statement = try database.statement(
            "INSERT OR REPLACE INTO _applied (fingerprint, content, record_time) VALUES (?, ?, ?)")
        // In the order of the tree: each page is visited once.
        let sorted = entries.sorted {
            ($0.fingerprint.high, $0.fingerprint.low) < ($1.fingerprint.high, $1.fingerprint.low)
        }
        for entry in sorted {
            statement.bind(1, entry.fingerprint)
            statement.bind(2, entry.content)
            statement.bind(3, entry.recordTime)
            try statement.run()
            filter.insert(entry.fingerprint)
        }
        try load(max(Self.leastStep, entries.count))
    }

    private static let leastStep = 4096

    /// Reads on in the table, a step a transaction, so that a worker starts at once on a table of any size.
    private func load(_ count: Int) throws(StoreError) {
        guard !isComplete else { return }
        let statement = try database.statement(
            "SELECT fingerprint FROM _applied WHERE fingerprint > ? ORDER BY fingerprint LIMIT ?")
        defer { statement.reset() }
        statement.bind(1, blob: [])
        if let loadedUpTo { statement.bind(1, loadedUpTo) }
        statement.bind(2, Int64(count))
        var found = 0
        while try statement.step() {
            guard let fingerprint = statement.fingerprint(0) else { continue }
            filter.insert(fingerprint)
            loadedUpTo = fingerprint
            found += 1
        }
        isComplete = found < count
    }
}
