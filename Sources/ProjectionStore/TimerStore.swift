/// What a store's writer does with timers (rule 31).
public protocol TimerWriting: AnyObject {
    func change(_ timer: TimerDraft) throws(StoreError)
    /// The partition's timers that are due at `time` (milliseconds since 1970), earliest first.
    func timers(of partition: PartitionKey, dueBy time: Int64, limit: Int) throws(StoreError) -> [TimerDraft]
}

/// What a store's reader tells of timers.
public protocol TimerReading: AnyObject {}
