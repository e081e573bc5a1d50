/// What a store's writer does with records that could not be applied, and with what is parked behind them (rule 29).
public protocol DeadLetterWriting: AnyObject {
    func add(_ deadLetter: DeadLetterDraft) throws(StoreError)
}

/// What a store's reader tells of records that could not be applied.
public protocol DeadLetterReading: AnyObject {
    func deadLetters(limit: Int, after: Int64) throws(StoreError) -> [DeadLetter]
    func deadLetter(_ number: Int64) throws(StoreError) -> DeadLetter?
    /// How many events of this owner are parked; of all owners where nil.
    func parkedCount(owner: String?) throws(StoreError) -> Int
}
