import ProjectionStore

/// Writes which events were applied. Many of them go by COPY: an event is noted because it was not there.
final class AppliedWriting {
    private let database: PostgresDatabase
    private let columns = types.map { PostgresArray(of: $0) }
    private let copy = CopyRows(types: types)
    /// So many transactions more go without COPY, after an event turned out to be there.
    private var distrust = 0

    private static let types = [PostgresType.uuid, PostgresType.uuid, PostgresType.big]
    private static let many = 512
    private static let label = "noting applied events"

    init(_ database: PostgresDatabase) { self.database = database }

    func record(_ entries: [AppliedEvent]) throws(StoreError) {
        guard !entries.isEmpty else { return }
        distrust = max(0, distrust - 1)
        if entries.count >= Self.many, distrust == 0 {
            try insert(entries)
        } else {
            try upsert(entries)
        }
    }

    private func insert(_ entries: [AppliedEvent]) throws(StoreError) {
        try database.arrive()
        try database.startCopy(
            "COPY _applied (fingerprint, content, record_time) FROM STDIN (FORMAT binary)", Self.label)
        copy.removeAll()
        try forEach(entries) { entry throws(StoreError) in
            copy.beginRow()
            copy.fingerprint(entry.fingerprint)
            copy.fingerprint(entry.content)
            copy.integer(2, entry.recordTime)
            if copy.isFull {
                try database.copy(copy.bytes)
                copy.removeSent()
            }
        }
        copy.end()
        try database.copy(copy.bytes)
        copy.removeAll()
        try database.endCopy(Self.label) { distrust = 64 }
    }

    private func upsert(_ entries: [AppliedEvent]) throws(StoreError) {
        for column in columns { column.removeAll() }
        forEach(entries) { entry in
            columns[0].append(entry.fingerprint)
            columns[1].append(entry.content)
            columns[2].append(entry.recordTime)
        }
        try database.change(
            """
            INSERT INTO _applied (fingerprint, content, record_time) SELECT * FROM unnest($1, $2, $3)
            ON CONFLICT (fingerprint) DO UPDATE SET content = excluded.content, record_time = excluded.record_time
            """, Self.label
        ) { parameters in
            for column in self.columns { parameters.add(column) }
        }
    }

    private struct Place {
        let high: UInt64
        let number: UInt32
    }

    /// In the order of the tree, each once: of several the last.
    private func forEach<Failure: Error>(_ entries: [AppliedEvent], _ body: (AppliedEvent) throws(Failure) -> Void)
        throws(Failure)
    {
        var order = entries.indices.map {
            Place(high: entries[$0].fingerprint.high, number: UInt32(truncatingIfNeeded: $0))
        }
        order.sort { first, second in
            if first.high != second.high { return first.high < second.high }
            let one = entries[Int(first.number)].fingerprint.low
            let other = entries[Int(second.number)].fingerprint.low
            return (one, first.number) < (other, second.number)
        }
        for (index, place) in order.enumerated() {
            let entry = entries[Int(place.number)]
            if index + 1 < order.count, entries[Int(order[index + 1].number)].fingerprint == entry.fingerprint {
                continue
            }
            try body(entry)
        }
    }
}

extension CopyRows {
    fileprivate func fingerprint(_ value: Fingerprint) { sixteen(value.high, value.low) }
}
