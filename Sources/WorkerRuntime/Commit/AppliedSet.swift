import CSystemd
import ProjectionStore

/// The events that a transaction applies, found by fingerprint (rule 6). An open-addressed table: fingerprints are
/// parts of a cryptographic hash, so their bits are as good as any mixing of them.
final class AppliedSet {
    private(set) var events: [AppliedEvent] = []
    /// Numbers of `events`; all ones where empty.
    private var slots: UnsafeMutablePointer<UInt32>
    private var slotCount = 1024

    init() {
        slots = .allocate(capacity: slotCount)
        slots.initialize(repeating: .max, count: slotCount)
    }

    deinit { slots.deallocate() }

    var footprint: Int { events.count * MemoryLayout<AppliedEvent>.stride + slotCount * 4 }

    func content(of fingerprint: Fingerprint) -> Fingerprint? {
        guard !events.isEmpty else { return nil }
        var slot = Int(truncatingIfNeeded: fingerprint.low) & (slotCount - 1)
        while slots[slot] != .max {
            let event = events[Int(slots[slot])]
            if event.fingerprint == fingerprint { return event.content }
            slot = (slot + 1) & (slotCount - 1)
        }
        return nil
    }

    /// Has the processor fetch what asking for this one soon will touch.
    @inline(__always)
    func ask(for fingerprint: Fingerprint) {
        diwan_prefetch(slots + (Int(truncatingIfNeeded: fingerprint.low) & (slotCount - 1)))
    }

    /// The fingerprint is not there yet.
    func insert(_ event: AppliedEvent) {
        place(event.fingerprint, UInt32(truncatingIfNeeded: events.count))
        events.append(event)
        if events.count * 2 > slotCount { resize(slotCount * 2) }
    }

    func removeAll() {
        guard !events.isEmpty else { return }
        let small = slotCount > 1 << 14 && events.count < slotCount / 16
        events.removeAll(keepingCapacity: !small)
        if small { resize(1024) } else { slots.update(repeating: .max, count: slotCount) }
    }

    private func place(_ fingerprint: Fingerprint, _ number: UInt32) {
        var slot = Int(truncatingIfNeeded: fingerprint.low) & (slotCount - 1)
        while slots[slot] != .max { slot = (slot + 1) & (slotCount - 1) }
        slots[slot] = number
    }

    private func resize(_ wanted: Int) {
        slots.deallocate()
        slotCount = wanted
        slots = .allocate(capacity: wanted)
        slots.initialize(repeating: .max, count: wanted)
        for (number, event) in events.enumerated() {
            place(event.fingerprint, UInt32(truncatingIfNeeded: number))
        }
    }
}
