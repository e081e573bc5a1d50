import KafkaClient
import ProjectionStore

/// Keeps the records of topics whose log forgets, in the transaction that takes them in (rule 9). Not made where no
/// topic asks for it, so that nobody else pays for it.
///
/// Threading: the lane's thread only.
final class JournalKeeper: TransactionGuest {
    private let topics: Set<String>
    /// As written, the open transaction included; nil until it is asked for.
    private var spans: [PartitionKey: JournalSpan]?

    /// - Returns: nil where there is nothing to keep.
    init?(topics: Set<String>) {
        guard !topics.isEmpty else { return nil }
        self.topics = topics
    }

    func keeps(_ topic: String) -> Bool { topics.contains(topic) }

    /// Writes what is new of a run into the open transaction.
    ///
    /// - Parameter next: where the partition stands; what lies below was kept before.
    func take(_ run: DecodedBatch.Run, of batch: DecodedBatch, from next: Int64, _ writer: any StoreWriter)
        throws(StoreError)
    {
        var records: [JournalRecord] = []
        for record in batch.records[run.records] where record.offset >= next {
            let raw = batch.raw[record.index]
            records.append(
                JournalRecord(
                    offset: record.offset, timestamp: record.timestamp, key: raw.keyBytes,
                    headers: raw.headers.map { RecordHeader(name: $0.name, value: $0.value) }, value: raw.valueBytes))
        }
        guard let last = records.last else { return }
        var known: [PartitionKey: JournalSpan]
        if let spans { known = spans } else { known = try writer.journalSpans() }
        // Records came past while the journal was off: only what comes from now on hangs together.
        var span =
            known[run.partition].flatMap { $0.first <= next && next <= $0.next ? $0 : nil }
            ?? JournalSpan(first: next, next: next)
        // More may be here than was taken in: a record for which there was no room comes again.
        span.next = max(span.next, last.offset + 1)
        try writer.appendJournal(records, of: run.partition)
        try writer.setJournalSpan(span, of: run.partition)
        known[run.partition] = span
        spans = known
    }

    func transactionCommitted() {}

    func transactionFailed() { spans = nil }
}
