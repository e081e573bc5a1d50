/// Answers whether a committed transaction applied an event, beside the writer: while another thread writes, the lane
/// goes on asking without touching the writer's connection (rule 6).
///
/// What is gathered and not yet committed it does not know: whoever asks looks there first.
///
/// Threading: one thread at a time, not necessarily the writer's.
public protocol AppliedLookup: AnyObject {
    /// Whether it is better asked for many events at once: then `prepare` is called before `applied`.
    var asksTogether: Bool { get }
    /// Asks for many events at once; `applied` answers from that, until the next `prepare` or `forget`. The caller forgets
    /// when a transaction was committed: what was not there may be there now.
    func prepare(_ fingerprints: [Fingerprint]) throws(StoreError)
    func forget()
    /// The content hash under which an event was applied, if it was.
    func applied(_ fingerprint: Fingerprint) throws(StoreError) -> Fingerprint?
    /// Tells that an event is about to be applied. One that is rolled back costs a look at the table later on, and
    /// nothing else.
    func note(_ fingerprint: Fingerprint)
    /// Work that gets along in small steps: call it once a transaction, with the number of its events.
    func advance(_ events: Int) throws(StoreError)
    func close()
}

extension AppliedLookup {
    public var asksTogether: Bool { false }
    public func prepare(_ fingerprints: [Fingerprint]) throws(StoreError) {}
    public func forget() {}
}
