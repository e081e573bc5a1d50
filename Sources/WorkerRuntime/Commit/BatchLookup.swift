import ProjectionStore

extension AppliedLookup {
    /// Asks for all events of a batch at once, where that is better.
    func prepare(_ batch: DecodedBatch) throws(StoreError) {
        guard asksTogether else { return }
        var fingerprints: [Fingerprint] = []
        fingerprints.reserveCapacity(batch.records.count)
        for record in batch.records {
            if case .event(_, let fingerprint) = record.content { fingerprints.append(fingerprint) }
        }
        try prepare(fingerprints)
    }
}

/// Has a look-up forget what it asked for together as soon as that may be out of date.
final class PreparedAnswers: TransactionGuest {
    private let lookup: any AppliedLookup

    private init(_ lookup: any AppliedLookup) { self.lookup = lookup }

    /// The one guest, where there is a look-up.
    static func of(_ lookup: (any AppliedLookup)?) -> [any TransactionGuest] {
        lookup.map { [PreparedAnswers($0)] } ?? []
    }

    func transactionCommitted() { lookup.forget() }
    func transactionFailed() { lookup.forget() }
}
