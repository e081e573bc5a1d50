/// What a lane needs to know of the configuration.
struct LaneSettings: Sendable {
    /// The deployment's name: in the ids of groups and in the source of what we emit.
    let deployment: String
    let plugin: String
    /// Which of the plugin's lanes in this worker it is, from 1.
    let number: Int
    let dedupes: Bool
    /// Milliseconds of Kafka record time for which applied events are remembered.
    let dedupeWindow: Int64
    /// Topics on which a tombstone erases its key.
    let peopleTopics: Set<String>
    /// Where notices go: the names of destinations.
    let channels: [String]
    /// In place of what each notice rule says, in milliseconds; nil leaves them their own.
    let validFor: Int64?
    /// The topic for emitted events.
    let emitTopic: String
    /// The most records in one transaction.
    let maximumRecords: Int
    /// The most bytes of records waiting between decoding and commit.
    let maximumBytes: Int
    /// The most bytes that a transaction may gather; two are in memory at a time.
    let scriptBytes: Int
    var handling = HandlingSettings()
    /// Dead letters are copied to a topic.
    var mirrorsDeadLetters = false
    /// Topics whose records are kept in the store as they come (rule 9).
    var journaledTopics: Set<String> = []
    /// A generation beside the live one is filled: nothing leaves the store (rule 32).
    var latches = false
    /// How much may wait for an operator before a partition is paused.
    var parking = Parking.Limits()
    /// The most bytes of a record's value.
    var eventBytes = 256 << 10

    /// How many stored records are read at a time: about eight megabytes of the longest.
    var replayedAtOnce: Int { min(200, max(1, (8 << 20) / max(1, eventBytes))) }
}
