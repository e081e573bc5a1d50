/// What an event is besides its values. It lies in the arena beside them, so that an event is a place there, and copying
/// one costs no more than keeping the arena.
struct EventHeader: BitwiseCopyable {
    let slots: Event.Slots
    let contentHash: ContentHash
    let offset: Int64
    let timestamp: Int64
    let partition: Int32
    /// Its number in the arena.
    let topic: UInt32
    let envelope: UInt32
    let dataNode: UInt32
    let sentDataNode: UInt32
    let typeCode: EventTypeCode
    let hops: Int32
    let isBackfill: Bool
    let hasKey: Bool
}
