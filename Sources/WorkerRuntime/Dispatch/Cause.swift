import PluginKit
import ProjectionStore

/// Why something leaves the store: an event, or a timer that an event set. Ids, silence and times of what is said come
/// from here.
struct Cause {
    let source: String
    let id: String
    let type: String
    let key: String
    let hops: Int
    /// Whose messages they are: those of the lane that owns it.
    let partition: PartitionKey
    /// From when on validity is counted, milliseconds since 1970: the record's Kafka timestamp, or when the timer was
    /// due; -1 where the broker gave none.
    let moment: Int64
    /// Why everything that it causes is silent; nil where it depends on the rule.
    let silence: Silence?
    /// The due time of a timer: part of the ids of what it says (rule 25).
    private let due: String?

    init(_ event: Event, activationOffset: Int64) {
        source = String(event.source)
        id = String(event.id)
        type = String(event.type)
        key = String(event.key)
        hops = event.hops
        partition = PartitionKey(topic: event.position.topic, partition: event.position.partition)
        moment = event.position.timestamp
        silence = Silence.ofEvent(event, activationOffset: activationOffset)
        due = nil
    }

    init(_ timer: TimerDraft, _ fired: FiredTimer) {
        source = timer.source
        id = timer.id
        type = timer.type
        key = timer.owner
        hops = timer.hops
        partition = timer.partition
        moment = timer.due ?? -1
        silence = timer.silence.flatMap { Silence(rawValue: $0) }
        due = fired.occurrence
    }

    /// What tells things apart that one rule says to one recipient: the handler's word, and for a timer its due time.
    func occurrence(_ own: String) -> String {
        guard let due else { return own }
        return own.isEmpty ? due : "\(own) \(due)"
    }
}

extension Silence {
    func entry(_ rule: String, _ cause: Cause, recipients: Int64, _ now: Int64) -> SilenceEntry {
        SilenceEntry(
            rule: rule, source: cause.source, id: cause.id, reason: rawValue, recipients: recipients, at: now)
    }
}
