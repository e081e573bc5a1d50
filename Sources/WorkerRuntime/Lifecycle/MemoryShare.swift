/// How `limits.memory` is divided, in bytes.
///
/// Of a lane's share a third is for the two transactions in memory, a twenty-fourth for SQLite's cache of pages, and a
/// twelfth for the filter of known keys or applied events. What librdkafka holds (see also `LaneStart.fit`), and what
/// waits before and after decoding, takes three or four times its bytes: what is fetched is compressed, and each record
/// has its descriptors.
public struct MemoryShare: Sendable {
    let lane: Int

    /// What a process takes before it has read a record: code, schemas, threads' stacks, clients' buffers.
    private static let process = 24 << 20

    /// - Parameter lanes: of all plugins together.
    public init(of memory: Int, lanes: Int) {
        lane = max(memory / 2, memory - Self.process) / max(1, lanes)
    }

    /// What one transaction may gather; there are two.
    var script: Int { lane / 6 }
    /// Records between decoding and commit.
    var batches: Int { lane / 16 }
    /// Records between fetching and decoding.
    var mailbox: Int { max(1 << 20, lane / 40) }
    /// A store's cache of pages.
    public var cache: Int { min(32 << 20, max(2 << 20, lane / 24)) }
    /// A store's filter of known keys.
    public var filter: Int { min(8 << 20, max(1 << 20, lane / 12)) }
}
