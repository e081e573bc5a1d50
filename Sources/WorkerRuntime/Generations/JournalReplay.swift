import KafkaClient
import ProjectionStore

/// Reads what the log has forgotten from the live generation's journal, in front of the log (rule 9).
///
/// Threading: the lane's decoding thread.
struct JournalReplay {
    let run: LatchedRun
    let connection: UInt64

    /// Records in one batch: each may be as large as an event may be.
    private static let pageRecords = 200

    /// - Parameter put: hands a batch on; false when nobody wants any more.
    func feed(_ stage: DecodeStage, _ put: (DecodedBatch) -> Bool) throws(StoreError) {
        let gone = run.gone
        guard !gone.isEmpty else { return }
        let reader = try run.openSource()
        defer { reader.close() }
        for (partition, offsets) in gone {
            var next = offsets.lowerBound
            while next < offsets.upperBound {
                let page = try reader.journal(of: partition, from: next, limit: Self.pageRecords)
                let records = page.filter { $0.offset < offsets.upperBound }
                guard let last = records.last else { break }
                let kept = RecordBatch(
                    kept: records.map(KeptRecord.init), of: TopicPartition(partition.topic, partition.partition),
                    generation: connection)
                guard put(stage.decode(kept)) else { return }
                next = last.offset + 1
            }
        }
    }
}

extension KeptRecord {
    fileprivate init(_ record: JournalRecord) {
        self.init(
            offset: record.offset, timestamp: record.timestamp, key: record.key,
            headers: record.headers.map { ($0.name, $0.value) }, value: record.value)
    }
}
