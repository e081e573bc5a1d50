import ProjectionStore

/// Applied events in the order of their fingerprints, 40 bytes each, every word little-endian: fingerprint, content, time.
struct AppliedBlock {
    private let bytes: UnsafeRawBufferPointer

    static let eventBytes = 40
    /// Of 12.8 KB: with what chance adds to it a block still fits into a page.
    private static let usualEvents = 320

    /// What holds no whole number of events is damaged, and read as far as it goes.
    init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

    var count: Int { bytes.count / Self.eventBytes }

    /// In how many blocks so many events lie.
    static func count(forEvents events: Int) -> Int { max(1, (events + usualEvents - 1) / usualEvents) }

    /// In which of `count` blocks an event lies: an equal part of all fingerprints each. SQL computes the same.
    @inline(__always)
    static func index(of fingerprint: Fingerprint, of count: Int) -> Int {
        Int(((fingerprint.high >> 32) &* UInt64(truncatingIfNeeded: count)) >> 32)
    }

    subscript(index: Int) -> AppliedEvent {
        func word(_ number: Int) -> UInt64 {
            UInt64(
                littleEndian: bytes.loadUnaligned(fromByteOffset: index * Self.eventBytes + number * 8, as: UInt64.self)
            )
        }
        return AppliedEvent(
            fingerprint: Fingerprint(high: word(0), low: word(1)), content: Fingerprint(high: word(2), low: word(3)),
            recordTime: Int64(bitPattern: word(4)))
    }

    func entry(of fingerprint: Fingerprint) -> AppliedEvent? {
        var low = 0
        var high = count
        while low < high {
            let middle = (low + high) / 2
            let event = self[middle]
            if event.fingerprint == fingerprint { return event }
            if event.fingerprint.precedes(fingerprint) { low = middle + 1 } else { high = middle }
        }
        return nil
    }

    /// A block while it is filled.
    struct Packing {
        private(set) var bytes: [UInt8] = []

        var isEmpty: Bool { bytes.isEmpty }

        mutating func append(_ event: AppliedEvent) {
            let words = (
                event.fingerprint.high.littleEndian, event.fingerprint.low.littleEndian,
                event.content.high.littleEndian, event.content.low.littleEndian,
                UInt64(bitPattern: event.recordTime).littleEndian
            )
            withUnsafeBytes(of: words) { bytes.append(contentsOf: $0) }
        }

        mutating func removeAll() { bytes.removeAll(keepingCapacity: true) }
    }
}

extension Fingerprint {
    @inline(__always)
    func precedes(_ other: Fingerprint) -> Bool { high != other.high ? high < other.high : low < other.low }
}
