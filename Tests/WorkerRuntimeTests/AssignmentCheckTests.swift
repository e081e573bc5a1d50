import PluginKit
import ProjectionStore
import Testing

@testable import WorkerRuntime

/// What is decided about a partition before it is read, branch by branch (rules 9, 18, 20 and 21).
struct AssignmentCheckTests {
    private static let key = PartitionKey(topic: "iscm.events", partition: 2)
    private static let last = RecordFingerprint(offset: 41, timestamp: 1000, hash: Fingerprint(high: 1, low: 2))

    /// A partition that stands at offset 42 of a log from 0 to 100.
    private static func state(_ change: (inout PartitionState) -> Void = { _ in }) -> PartitionState {
        var state = PartitionState(
            key: key, nextOffset: 42, epoch: 7, activationOffset: 10, clusterID: "cluster", partitionCount: 4,
            last: last)
        change(&state)
        return state
    }

    private static func decide(
        stored: PartitionState? = state(), committed: GroupCommit? = nil, cluster: String = "cluster",
        partitions: Int32 = 4, low: Int64 = 0, high: Int64 = 100, lastRecord: RecordFingerprint? = last,
        activatesAtBeginning: Bool = false, acceptsGap: Bool = false
    ) -> AssignmentCheck.Decision {
        AssignmentCheck.decide(
            PartitionEvidence(
                key: key, stored: stored, committed: committed, storeIdentity: "ours", clusterID: cluster,
                partitionCount: partitions, low: low, high: high, lastRecord: lastRecord,
                activatesAtBeginning: activatesAtBeginning, acceptsGap: acceptsGap))
    }

    private static func commit(_ offset: Int64, of store: String?) -> GroupCommit {
        GroupCommit(offset: offset, metadata: store.map { GroupCommit.metadata(store: $0) } ?? "")
    }

    private static func halt(_ decision: AssignmentCheck.Decision) -> AssignmentCheck.Halt? {
        if case .halt(let halt) = decision { halt } else { nil }
    }

    private static func start(_ decision: AssignmentCheck.Decision) -> (PartitionState, Int64?, String?)? {
        if case .start(let state, let replacing, let warning) = decision { (state, replacing, warning) } else { nil }
    }

    // MARK: First claim

    @Test func `a partition that nobody knows starts at the log's beginning, activated at its end`() throws {
        let (state, replacing, warning) = try #require(Self.start(Self.decide(stored: nil, lastRecord: nil)))
        #expect(
            state
                == PartitionState(
                    key: Self.key, nextOffset: 0, epoch: 1, activationOffset: 100, clusterID: "cluster",
                    partitionCount: 4, last: nil))
        #expect(replacing == nil)
        #expect(warning == nil)
    }

    @Test func `activate beginning makes nothing silent for its place in the log`() throws {
        let (state, _, _) = try #require(Self.start(Self.decide(stored: nil, activatesAtBeginning: true)))
        #expect(state.activationOffset == 0)
    }

    @Test func `a new store beside commits of another one halts and names that store and its offset`() throws {
        let halt = try #require(
            Self.halt(Self.decide(stored: nil, committed: Self.commit(55, of: "theirs"), acceptsGap: true)))
        #expect(halt.code == "store-lost")
        for word in ["iscm.events[2]", "theirs", "ours", "55", "put them back"] {
            #expect(halt.message.contains(word), "\(word)")
        }
    }

    @Test func `a new store beside a commit that a tool made starts, with a warning`() throws {
        let (state, _, warning) = try #require(
            Self.start(Self.decide(stored: nil, committed: Self.commit(30, of: nil))))
        #expect(state.nextOffset == 0)
        #expect(warning?.contains("30") == true)
    }

    @Test func `a log without its beginning halts a first start, unless the gap is accepted`() throws {
        let halt = try #require(Self.halt(Self.decide(stored: nil, low: 5)))
        #expect(halt.code == "history-incomplete")
        #expect(halt.message.contains("earliest-available"))
        let (state, _, _) = try #require(Self.start(Self.decide(stored: nil, low: 5, acceptsGap: true)))
        #expect(state.nextOffset == 5)
    }

    // MARK: Coming back

    @Test func `a store that knows its log goes on where it stood, under the next epoch`() throws {
        let (state, replacing, warning) = try #require(Self.start(Self.decide()))
        #expect(state == Self.state { $0.epoch = 8 })
        #expect(replacing == 7)
        #expect(warning == nil)
    }

    @Test(arguments: [Int64(0), 41, 42]) func `a lag report behind the store or level with it is normal`(
        _ offset: Int64
    )
        throws
    {
        let (state, _, warning) = try #require(Self.start(Self.decide(committed: Self.commit(offset, of: "ours"))))
        #expect(state.nextOffset == 42)
        #expect(warning == nil)
    }

    @Test(arguments: [Int64(0), 90]) func `an offset that a tool set loses to the store's, with a warning`(
        _ offset: Int64
    ) throws {
        let (state, _, warning) = try #require(Self.start(Self.decide(committed: Self.commit(offset, of: nil))))
        #expect(state.nextOffset == 42)
        #expect(warning?.contains("\(offset)") == true)
        #expect(warning?.contains("42") == true)
    }

    @Test func `an offset that a tool set to where the store stands is no matter`() throws {
        let (_, _, warning) = try #require(Self.start(Self.decide(committed: Self.commit(42, of: nil))))
        #expect(warning == nil)
    }

    @Test func `the log's end and its beginning are places where a store may stand`() {
        #expect(Self.start(Self.decide(stored: Self.state { $0.nextOffset = 100 })) != nil)
        #expect(Self.start(Self.decide(low: 42, lastRecord: nil)) != nil)
    }

    @Test func `a last record that compaction or retention took away is not missed`() {
        #expect(Self.start(Self.decide(low: 42, lastRecord: nil)) != nil)
        #expect(Self.start(Self.decide(lastRecord: nil)) != nil)
        let later = RecordFingerprint(offset: 45, timestamp: 1, hash: Fingerprint(high: 9, low: 9))
        #expect(Self.start(Self.decide(lastRecord: later)) != nil)
    }

    private struct Strange: Sendable, CustomTestStringConvertible {
        let code: String
        let decision: AssignmentCheck.Decision
        let words: [String]
        var testDescription: String { code + ": " + (words.first ?? "") }
    }

    private static let strange: [Strange] = [
        Strange(
            code: "other-cluster", decision: decide(cluster: "elsewhere"),
            words: ["elsewhere", "Point the worker at the first cluster"]),
        Strange(
            code: "partitions-changed", decision: decide(partitions: 6),
            words: ["6 partitions and had 4", "rebuild the plugin"]),
        Strange(
            code: "topic-recreated", decision: decide(high: 41, lastRecord: nil), words: ["ends at offset 41", "42"]),
        Strange(
            code: "topic-recreated",
            decision: decide(
                lastRecord: RecordFingerprint(offset: 41, timestamp: 1000, hash: Fingerprint(high: 1, low: 3))),
            words: ["another record lies at offset 41"]),
        Strange(
            code: "topic-recreated",
            decision: decide(lastRecord: RecordFingerprint(offset: 41, timestamp: 1001, hash: last.hash)),
            words: ["another record lies at offset 41", "filled again"]),
        Strange(
            code: "offset-out-of-range", decision: decide(low: 43, lastRecord: nil),
            words: ["from offset 42 up to 43", "earliest-available"]),
        Strange(
            code: "foreign-store", decision: decide(committed: commit(10, of: "theirs")),
            words: ["theirs", "ours", "put the right files back"]),
        Strange(
            code: "store-restored", decision: decide(committed: commit(43, of: "ours")),
            words: ["stands at offset 42", "reached 43", "notices"]),
    ]

    @Test(arguments: strange) private func `a store and a log that do not belong together halt the partition`(
        _ strange: Strange
    ) throws {
        let halt = try #require(Self.halt(strange.decision))
        #expect(halt.code == strange.code)
        #expect(halt.message.contains("iscm.events[2]"))
        for word in strange.words { #expect(halt.message.contains(word), "\(word): \(halt.message)") }
    }

    @Test func `a strange log is said before a strange commit`() {
        let decision = Self.decide(committed: Self.commit(43, of: "theirs"), partitions: 6)
        #expect(Self.halt(decision)?.code == "partitions-changed")
    }

    @Test func `a topic with more partitions than before is not read at all, the new ones neither`() {
        func evidence(_ partition: Int32, topic: String = "iscm.events", stored: Bool, count: Int32)
            -> PartitionEvidence
        {
            let key = PartitionKey(topic: topic, partition: partition)
            let state = PartitionState(
                key: key, nextOffset: 5, epoch: 1, activationOffset: 0, clusterID: "cluster", partitionCount: 2,
                last: nil)
            return PartitionEvidence(
                key: key, stored: stored ? state : nil, committed: nil, storeIdentity: "ours", clusterID: "cluster",
                partitionCount: count, low: 0, high: 9, lastRecord: nil, activatesAtBeginning: false, acceptsGap: false)
        }
        let decided = AssignmentCheck.decide([
            evidence(0, stored: true, count: 3), evidence(1, stored: true, count: 3),
            evidence(2, stored: false, count: 3), evidence(0, topic: "iscm.people", stored: true, count: 2),
            evidence(1, topic: "iscm.people", stored: false, count: 2),
        ])
        #expect(
            decided.map { Self.halt($0.decision)?.code ?? "start" } == [
                "partitions-changed", "partitions-changed", "partitions-changed", "start", "start",
            ])
        #expect(Self.halt(decided[2].decision)?.message.contains("iscm.events[0]") == true)
    }

    @Test func `where one partition shows that its topic was made anew, the others are not read`() {
        func evidence(_ partition: Int32, high: Int64) -> PartitionEvidence {
            let key = PartitionKey(topic: "iscm.events", partition: partition)
            return PartitionEvidence(
                key: key,
                stored: PartitionState(
                    key: key, nextOffset: partition == 0 ? 0 : 5, epoch: 1, activationOffset: 0, clusterID: "cluster",
                    partitionCount: 2, last: nil), committed: nil, storeIdentity: "ours", clusterID: "cluster",
                partitionCount: 2, low: 0, high: high, lastRecord: nil, activatesAtBeginning: false, acceptsGap: false)
        }
        let decided = AssignmentCheck.decide([evidence(0, high: 3), evidence(1, high: 3)])
        #expect(decided.map { Self.halt($0.decision)?.code } == ["topic-recreated", "topic-recreated"])
    }

    @Test func `a foreign commit halts its own partition only`() {
        let decided = AssignmentCheck.decide([
            PartitionEvidence(
                key: Self.key, stored: Self.state(), committed: Self.commit(10, of: "theirs"), storeIdentity: "ours",
                clusterID: "cluster", partitionCount: 4, low: 0, high: 100, lastRecord: Self.last,
                activatesAtBeginning: false, acceptsGap: false),
            PartitionEvidence(
                key: PartitionKey(topic: Self.key.topic, partition: 3), stored: nil, committed: nil,
                storeIdentity: "ours", clusterID: "cluster", partitionCount: 4, low: 0, high: 100, lastRecord: nil,
                activatesAtBeginning: false, acceptsGap: false),
        ])
        #expect(decided.map { Self.halt($0.decision)?.code ?? "start" } == ["foreign-store", "start"])
    }

    @Test func `only metadata of our own form names a store`() {
        #expect(GroupCommit(offset: 1, metadata: GroupCommit.metadata(store: "abc")).store == "abc")
        #expect(GroupCommit(offset: 1, metadata: "").store == nil)
        #expect(GroupCommit(offset: 1, metadata: "set by a tool").store == nil)
    }
}
