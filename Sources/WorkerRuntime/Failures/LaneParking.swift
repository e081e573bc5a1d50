import KafkaClient
import PluginKit
import ProjectionStore

extension LaneTransaction {
    /// Keeps a record that cannot be applied; where a handler failed, later events of its sequence are parked from now
    /// on, and so is this one where the sequence is parked already.
    ///
    /// - Returns: false where no more may be parked: the partition is paused before the record.
    func bury(
        _ record: DecodedRecord, _ source: RecordSource, _ event: Event?, _ refusal: Refusal, isEnvelope: Bool
    ) throws -> Bool {
        let sequence = isEnvelope ? nil : event.map { parking.sequence(of: $0) }
        if let sequence, let event, parking.count(sequence.fingerprint, in: source.partition) > 0 {
            return try park(record, source, event, sequence)
        }
        if let sequence, try isFull(sequence, source.partition, record.offset) { return false }
        let letter = letter(record, source, event, refusal, isEnvelope: isEnvelope, sequence)
        try inline().add(letter)
        if settings.mirrorsDeadLetters { script.outbox.append(DeadLetterPlace.draft(letter, plugin: settings.plugin)) }
        if let sequence { parking.add(sequence.fingerprint, in: source.partition) }
        script.summary.deadLetters += 1
        return true
    }

    /// Parks an event behind what its sequence waits for.
    ///
    /// - Returns: false where no more may be parked: the partition is paused before the record.
    func park(_ record: DecodedRecord, _ source: RecordSource, _ event: Event, _ sequence: SequenceID) throws -> Bool {
        if try isFull(sequence, source.partition, record.offset) { return false }
        let waits = Refusal(reason: "parked", detail: "an event before it in its sequence could not be applied")
        var draft = letter(record, source, event, waits, isEnvelope: false, sequence)
        draft.isParked = true
        try inline().add(draft)
        parking.add(sequence.fingerprint, in: source.partition)
        script.summary.parked += 1
        return true
    }

    /// Whether one entry more is too much; then the partition is paused.
    private func isFull(_ sequence: SequenceID, _ partition: PartitionKey, _ offset: Int64) throws -> Bool {
        guard parking.isFull(sequence.fingerprint, in: partition) else { return false }
        let head = try inline().openEntries(of: sequence.fingerprint, in: partition, after: 0, limit: 1).first
        parking.pause(partition, at: offset, for: sequence, head: head?.number)
        return true
    }

    private func letter(
        _ record: DecodedRecord, _ source: RecordSource, _ event: Event?, _ refusal: Refusal, isEnvelope: Bool,
        _ sequence: SequenceID?
    ) -> DeadLetterDraft {
        let raw = source.batch.raw[record.index]
        return DeadLetterDraft(
            partition: source.partition, offset: record.offset, timestamp: record.timestamp,
            key: raw.withKey { $0.map { Array($0) } },
            headers: raw.headers.map { RecordHeader(name: $0.name, value: $0.value) },
            value: raw.withValue { $0.map { Array($0) } }, reason: refusal.reason, detail: refusal.detail,
            isEnvelope: isEnvelope, type: event.map { String($0.type) }, source: event.map { String($0.source) },
            id: event.map { String($0.id) }, sequence: sequence?.name, recorded: UTCTime.now,
            sequenceID: sequence?.fingerprint)
    }

    /// Whether an operator edited the event before it was applied, and this is how it came first: then it is a repeat.
    func isFormerContent(_ event: Event, _ content: Fingerprint) throws -> Bool {
        try inline().wasEdited(source: String(event.source), id: String(event.id), from: content)
    }
}

extension LaneTransaction {
    /// Asks the store what is parked in each partition of which that is not known. Nothing may be gathered.
    func readParked() throws(LaneFailure) {
        guard parking.hasUnread else { return }
        let reader = try reader()
        do {
            for partition in parking.toRead { try parking.read(partition) { reader } }
        } catch {
            throw LaneFailure(error)
        }
    }
}
