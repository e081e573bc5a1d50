import ProjectionStore

/// What is known of a partition when a lane is about to read it.
struct PartitionEvidence: Sendable {
    let key: PartitionKey
    /// What the store holds; nil when it never claimed the partition.
    let stored: PartitionState?
    /// What the consumer group holds; nil when nothing was committed, or it expired.
    let committed: GroupCommit?
    let storeIdentity: String
    let clusterID: String
    let partitionCount: Int32
    let low: Int64
    let high: Int64
    /// The record that now lies at `stored.last.offset`; nil when there is none to fetch.
    let lastRecord: RecordFingerprint?
    /// `activate: beginning`: nothing is silent for its place in the log.
    let activatesAtBeginning: Bool
    /// `start: earliest-available`: a log that does not reach its beginning is accepted on a first start.
    let acceptsGap: Bool
    /// Up to which offset of the group the operator has accepted that this store is an older copy (rule 20).
    var acceptedRestore: Int64?
    /// From where on the live generation speaks, where this one is filled beside it (rule 30).
    var activationOffset: Int64?
    /// What the live generation's journal holds, where this one is filled beside it (rule 9).
    var journal: JournalSpan?
}

/// A commit to the consumer group: a lag report that names the store it came from (rule 20).
struct GroupCommit: Sendable, Equatable {
    let offset: Int64
    let metadata: String

    private static let mark = "diwan store="

    static func metadata(store identity: String) -> String { mark + identity }

    /// The store that made the commit; nil when a tool did.
    var store: String? { metadata.hasPrefix(Self.mark) ? String(metadata.dropFirst(Self.mark.count)) : nil }
}

/// Whether a partition can be read, and from where: the SQL offset wins, unless store and log do not belong together
/// any more (rules 9, 18, 20 and 21).
enum AssignmentCheck {
    enum Decision: Sendable, Equatable {
        /// Claim this state, replacing the epoch that is stored (nil: there is none), and read from its `nextOffset`.
        case start(PartitionState, replacing: Int64?, warning: String?)
        /// Leave the partition alone until the operator has decided.
        case halt(Halt)
    }

    /// Why a partition is not read, in a stable code and in words that say what to do.
    struct Halt: Sendable, Equatable {
        let code: String
        let message: String
    }

    /// Decides about all partitions of a lane at once: where one of a topic shows that the topic is not what it was,
    /// none of it is read, also not those that look right or that are new (a key may have moved there, and would
    /// overtake its own past).
    static func decide(_ evidence: [PartitionEvidence]) -> [(evidence: PartitionEvidence, decision: Decision)] {
        let decisions = evidence.map { ($0, decide($0)) }
        var strange: [String: (PartitionKey, Halt)] = [:]
        for (item, decision) in decisions {
            guard case .halt(let halt) = decision, strangeTopics.contains(halt.code) else { continue }
            strange[item.key.topic] = strange[item.key.topic] ?? (item.key, halt)
        }
        return decisions.map { item, decision in
            guard case .start = decision, let (key, halt) = strange[item.key.topic] else { return (item, decision) }
            return (
                item,
                .halt(
                    Halt(
                        code: halt.code,
                        message: "\(item.key): not read, because \(key) shows that the topic is not what it was; see "
                            + "there what to do"))
            )
        }
    }

    /// Codes of halts that concern a whole topic.
    private static let strangeTopics: Set<String> = ["other-cluster", "partitions-changed", "topic-recreated"]

    static func decide(_ evidence: PartitionEvidence) -> Decision {
        if let stored = evidence.stored { return resume(stored, evidence) }
        return begin(evidence)
    }

    // MARK: First claim

    private static func begin(_ evidence: PartitionEvidence) -> Decision {
        let key = evidence.key
        if let store = evidence.committed?.store {
            return halt(
                "store-lost",
                "\(key): the group has commits of store \(store) up to offset \(evidence.committed?.offset ?? 0), but "
                    + "this store (\(evidence.storeIdentity)) is new. If the store's files were lost or moved, put them "
                    + "back. To start over on purpose, stop the worker and delete the group's offsets "
                    + "(kafka-consumer-groups.sh --delete-offsets --group GROUP --topic \(key.topic); the group is the one "
                    + "named diwan.<deployment>.<plugin>.<version>); notices that were sent before may then go out again "
                    + "unless the plugin is activated at the end.")
        }
        guard let start = firstOffset(evidence) else {
            return halt(
                "history-incomplete",
                "\(key): the log begins at offset \(evidence.low), and no journal reaches further back, so a first start "
                    + "would miss what was before it. Set `start: earliest-available` for the plugin to accept the gap."
            )
        }
        let activation = evidence.activationOffset ?? (evidence.activatesAtBeginning ? 0 : evidence.high)
        let state = PartitionState(
            key: key, nextOffset: start, epoch: 1, activationOffset: activation, clusterID: evidence.clusterID,
            partitionCount: evidence.partitionCount, last: nil)
        let warning =
            evidence.committed.map { commit in
                "\(key): the group holds offset \(commit.offset) that no store of ours committed; reading from "
                    + "\(evidence.low), because the offset in SQL decides"
            }
        return .start(state, replacing: nil, warning: warning)
    }

    /// Where a first start begins; nil where it would miss something that nobody has accepted to miss.
    private static func firstOffset(_ evidence: PartitionEvidence) -> Int64? {
        let low = max(0, evidence.low)
        if low == 0 { return 0 }
        if let journal = evidence.journal, journal.next >= low {
            if journal.first <= 0 { return 0 }
            return evidence.acceptsGap ? min(journal.first, low) : nil
        }
        return evidence.acceptsGap ? low : nil
    }

    // MARK: Coming back

    private static func resume(_ stored: PartitionState, _ evidence: PartitionEvidence) -> Decision {
        if let reason = strangeLog(stored, evidence) ?? strangeCommit(stored, evidence) { return .halt(reason) }
        var state = stored
        state.epoch += 1
        var warning: String?
        if let commit = evidence.committed, commit.store == nil, commit.offset != stored.nextOffset {
            warning =
                "\(stored.key): somebody set the group's offset to \(commit.offset); reading from "
                + "\(stored.nextOffset), because the offset in SQL decides. To read again, rebuild the plugin."
        }
        return .start(state, replacing: stored.epoch, warning: warning)
    }

    private static func strangeLog(_ stored: PartitionState, _ evidence: PartitionEvidence) -> Halt? {
        let key = stored.key
        if stored.clusterID != evidence.clusterID {
            return Halt(
                code: "other-cluster",
                message: "\(key): this store was filled from cluster \(stored.clusterID), and this is cluster "
                    + "\(evidence.clusterID). Point the worker at the first cluster, or give it a new store folder.")
        }
        if stored.partitionCount != evidence.partitionCount {
            return Halt(
                code: "partitions-changed",
                message: "\(key): the topic has \(evidence.partitionCount) partitions and had "
                    + "\(stored.partitionCount). Keys have moved, so their past and their future lie apart: move the "
                    + "events to a new topic with the wanted number of partitions, and rebuild the plugin from it.")
        }
        if stored.nextOffset > evidence.high {
            return Halt(
                code: "topic-recreated",
                message:
                    "\(key): the log ends at offset \(evidence.high), but \(stored.nextOffset) was reached before: "
                    + "the topic was made anew or truncated. Restore it, or rebuild the plugin from the new log.")
        }
        let isKept = evidence.journal?.bridges(from: stored.nextOffset, to: evidence.low) ?? false
        if stored.nextOffset < evidence.low, !isKept {
            return Halt(
                code: "offset-out-of-range",
                message: "\(key): records from offset \(stored.nextOffset) up to \(evidence.low) were deleted before "
                    + "they were read. Restore them, or rebuild the plugin and accept the gap with "
                    + "`start: earliest-available`.")
        }
        if let last = stored.last, let now = evidence.lastRecord, now.offset == last.offset, now != last {
            return Halt(
                code: "topic-recreated",
                message: "\(key): another record lies at offset \(last.offset) than the one this store took in: the "
                    + "topic was made anew and filled again. Restore it, or rebuild the plugin from the new log.")
        }
        return nil
    }

    private static func strangeCommit(_ stored: PartitionState, _ evidence: PartitionEvidence) -> Halt? {
        guard let commit = evidence.committed, let store = commit.store else { return nil }
        if store != evidence.storeIdentity {
            return Halt(
                code: "foreign-store",
                message: "\(stored.key): the group's last commit comes from store \(store), and this is store "
                    + "\(evidence.storeIdentity). Two deployments share a name, or the store's files were swapped: put "
                    + "the right files back, or give this deployment a name of its own.")
        }
        if commit.offset > max(stored.nextOffset, evidence.acceptedRestore ?? 0) {
            return Halt(
                code: "store-restored",
                message: "\(stored.key): this store stands at offset \(stored.nextOffset), but had reached "
                    + "\(commit.offset): it was restored from an older copy. "
                    + "Going on would send the notices between the two again. Put the newer files back. Where they are "
                    + "lost, `diwan plugin accept-restore PLUGIN` goes on from here and holds the notices between the two "
                    + "for you (`diwan notices release` or `drop`).")
        }
        return nil
    }

    private static func halt(_ code: String, _ message: String) -> Decision {
        .halt(Halt(code: code, message: message))
    }
}
