import ProjectionStore
import Threads

/// What the live generation's log of firings says to one that is filled beside it: at which place of a partition a timer
/// had its turn there, so that its handler sees now what it saw then (rule 31).
///
/// The live generation may be at work meanwhile. What its log says of a place is final once it has taken in a record
/// behind that place; up to there it is read ahead, beyond it is asked again and again.
///
/// Threading: the lane's thread only.
final class FiringReplay {
    /// What becomes of a timer that is due by the usual rule.
    enum Verdict {
        /// It fires here; the live one's firing, where that one fired it here too.
        case fires(Firing?)
        /// Its turn comes at a later place, or is the live one's to decide.
        case waits
    }

    private struct Track {
        var page: ArraySlice<LoggedFiring> = []
        /// The last one that was read.
        var last: FiringPlace
        /// Everything before a record at this offset, or below, has been read.
        var complete: Int64 = .min
        var asked: Int64?
    }

    private static let pageSize = 500
    /// How soon a partition is asked again in which the live generation is not ahead.
    private static let rest: Int64 = 20_000_000

    private let openSource: @Sendable () throws(StoreError) -> any StoreReader
    private var source: (any StoreReader)?
    private var tracks: [PartitionKey: Track] = [:]

    init(_ run: LatchedRun) { openSource = run.openSource }

    deinit { source?.close() }

    /// Forgets how far it has come; what is asked next begins where the store stands.
    func reset() {
        tracks.removeAll()
        source?.close()
        source = nil
    }

    func forget(_ partition: PartitionKey) { tracks[partition] = nil }

    /// Nothing has a turn before a record at this offset or below, as far as is known.
    func quiet(in partition: PartitionKey) -> Int64 {
        guard let track = tracks[partition] else { return .min }
        return track.page.first?.content.afterOffset ?? track.complete
    }

    /// The next turn before a record at `place.next`, each once.
    ///
    /// - Parameter place: where the partition stands; nothing before it is looked for.
    func next(of partition: PartitionKey, at place: LogPlace) throws(StoreError) -> Firing? {
        var track = tracks[partition] ?? Track(last: .before(place.after))
        defer { tracks[partition] = track }
        while true {
            if let first = track.page.first {
                guard first.content.afterOffset < place.next else { return nil }
                track.page.removeFirst()
                return first.content
            }
            // At the end of a partition the last word counts; before records that are new to both it may come later.
            let now = MonotonicClock.now
            if !place.isEnd, let asked = track.asked,
                track.complete >= place.next || now - asked < Self.rest
            {
                return nil
            }
            try readOn(&track, partition)
            track.asked = now
            if track.page.isEmpty { return nil }
        }
    }

    private func readOn(_ track: inout Track, _ partition: PartitionKey) throws(StoreError) {
        let live = try reader()
        // In this order: what is written between the two questions is behind the record that was next then.
        let next = try nextOffset(of: partition, live)
        track.page = try live.turns(of: partition, after: track.last, limit: Self.pageSize)[...]
        if let last = track.page.last { track.last = last.place }
        track.complete = track.page.count < Self.pageSize ? next - 1 : track.last.afterOffset
    }

    /// Whether a timer that is due fires at this place.
    func verdict(on timer: TimerDraft, at place: LogPlace) throws(StoreError) -> Verdict {
        let live = try reader()
        // In this order: a timer that fires meanwhile is found in the log.
        let pending = try live.timer(owner: timer.owner, name: timer.name)
        let next = try nextOffset(of: timer.partition, live)
        if let turn = try live.turn(of: timer, from: place.after)?.content {
            return turn.afterOffset < place.next ? .fires(turn) : .waits
        }
        // The live one may still set it, move it, or fire it aloud.
        if place.isEnd, next < place.next { return .waits }
        if let pending, !pending.isParked, pending.isSame(as: timer), place.isEnd || next > place.next { return .waits }
        return .fires(nil)
    }

    private func nextOffset(of partition: PartitionKey, _ live: any StoreReader) throws(StoreError) -> Int64 {
        for state in try live.partitions() where state.key == partition { return state.nextOffset }
        return 0
    }

    private func reader() throws(StoreError) -> any StoreReader {
        if let source { return source }
        let opened = try openSource()
        source = opened
        return opened
    }
}

/// A place in a partition's log: between the last record that was taken in and the one that comes next.
struct LogPlace {
    /// The offset of the last one; -1 at the beginning.
    let after: Int64
    /// The offset of the next one; there may be none between the two.
    let next: Int64
    /// Nothing is left to read: there is no next one yet, or it is not to be read.
    var isEnd = false
}

extension TimerDraft {
    /// Whether it is the same timer, set by the same event for the same time.
    func isSame(as other: TimerDraft) -> Bool {
        owner == other.owner && name == other.name && due == other.due && source == other.source && id == other.id
    }

    /// Whether it is the timer of this entry of a log.
    func isSame(as firing: Firing) -> Bool {
        owner == firing.owner && name == firing.name && due == firing.due && source == firing.source
            && id == firing.id
    }

    /// As it was when the live generation fired it: aloud, or in silence.
    func fired(as turn: Firing?) -> TimerDraft {
        switch turn?.outcome {
        case .fired: with(silence: nil)
        case .passed: with(silence: silence ?? Silence.tooOld.rawValue)
        default: self
        }
    }

    private func with(silence: String?) -> TimerDraft {
        TimerDraft(
            owner: owner, name: name, due: due, payload: payload, sequence: sequence, source: source, id: id,
            type: type, hops: hops, silence: silence, partition: partition, isParked: isParked)
    }
}
