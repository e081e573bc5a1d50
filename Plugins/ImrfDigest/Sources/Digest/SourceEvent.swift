/// An event that the digest rests on, by what it says of itself: never by topic, partition or offset (rule 34).
struct SourceEvent: Hashable {
    /// The start of its effective date; empty where that is unknown.
    let start: String
    let time: String
    let source: String
    let id: String
    let sha256: String

    /// Rule 4's order: effective date (unknown first), time, source, id, by bytes.
    func precedes(_ other: SourceEvent) -> Bool {
        for (left, right) in [
            (start, other.start), (time, other.time), (source, other.source), (id, other.id), (sha256, other.sha256),
        ] where !left.utf8.elementsEqual(right.utf8) {
            return left.utf8.lexicographicallyPrecedes(right.utf8)
        }
        return false
    }
}

extension Sequence<SourceEvent> {
    /// Each once, in rule 4's order.
    func inOrder() -> [SourceEvent] { Set(self).sorted { $0.precedes($1) } }
}
