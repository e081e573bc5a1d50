import PluginKit
import ProjectionStore

extension DecodedBatch {
    /// Smaller batches of the same records in the same order: its runs, or where there is one its halves, or itself.
    var pieces: [DecodedBatch] {
        let filled = runs.filter { !$0.records.isEmpty }
        guard filled.count == 1, let run = filled.first, run.records.count > 1 else {
            return filled.map { only(records[$0.records], of: $0.partition) }
        }
        let middle = run.records.lowerBound + run.records.count / 2
        return [run.records.lowerBound..<middle, middle..<run.records.upperBound].map {
            only(records[$0], of: run.partition)
        }
    }

    func only(_ some: some Collection<DecodedRecord>, of partition: PartitionKey) -> DecodedBatch {
        DecodedBatch(
            records: Array(some), runs: [Run(partition: partition, records: 0..<some.count)], raw: raw,
            generation: generation, byteCount: 0)
    }
}

extension DecodedRecord {
    private var event: Event? {
        if case .event(let event, _) = content { event } else { nil }
    }

    var isRefused: Bool {
        switch content {
        case .rejected, .refused: true
        default: false
        }
    }

    func refused(_ reason: String, _ detail: String) -> DecodedRecord {
        DecodedRecord(
            offset: offset, timestamp: timestamp, index: index,
            content: event.map { .rejected($0, reason: reason, detail: detail) }
                ?? .refused(reason: reason, detail: detail))
    }
}
