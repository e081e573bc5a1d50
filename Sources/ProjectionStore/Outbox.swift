/// A message that leaves the store: written in the transaction of its event, sent by the lane's owner (rule 24).
public struct OutboxDraft: Sendable, Equatable {
    public enum Kind: String, Sendable, CaseIterable {
        case notice, event, document
        /// A copy of a dead letter, which the payload names.
        case deadLetter = "dead-letter"
    }

    /// Whose record caused it: the owner of this partition sends it (rule 24).
    public let partition: PartitionKey
    /// The id by which a repeat is known (rule 25).
    public let id: String
    public let kind: Kind
    /// Where it goes, for example `kafka` or `maildir`: a failing destination holds only itself.
    public let destination: String
    /// Messages of one destination and key keep their order.
    public let key: String
    /// The content as JSON, in the form its kind prescribes.
    public let payload: String
    /// Milliseconds since 1970.
    public let created: Int64
    /// Until when it makes sense; nil for ever.
    public let validUntil: Int64?
    /// The id of the person a notice goes to, so that erasing that person closes it (rule 10); nil for what goes to
    /// nobody in particular.
    public let recipient: String?

    public init(
        partition: PartitionKey, id: String, kind: Kind, destination: String, key: String, payload: String,
        created: Int64, validUntil: Int64?,
        recipient: String? = nil
    ) {
        self.partition = partition
        self.id = id
        self.kind = kind
        self.destination = destination
        self.key = key
        self.payload = payload
        self.created = created
        self.validUntil = validUntil
        self.recipient = recipient
    }
}

public struct OutboxMessage: Sendable, Equatable {
    /// `sent` and `closed` are settled for good. `pending` is to be sent; `waiting` too, once its recipient is known
    /// (rule 14); `held` only when an operator says so (rule 20); `latched` never, because it lies in a generation that
    /// is not live (rule 32).
    public enum State: String, Sendable, CaseIterable {
        case pending, waiting, sent, closed, held, latched
    }

    public let number: Int64
    public let state: State
    /// Why it waits or was closed; empty otherwise.
    public let reason: String
    /// When it was settled, milliseconds since 1970.
    public let settled: Int64?
    public let content: OutboxDraft

    public init(number: Int64, state: State, reason: String, settled: Int64?, content: OutboxDraft) {
        self.number = number
        self.state = state
        self.reason = reason
        self.settled = settled
        self.content = content
    }
}

/// What became of a message.
public struct OutboxResult: Sendable, Equatable {
    public let number: Int64
    public let state: OutboxMessage.State
    public let reason: String
    public let at: Int64

    public init(number: Int64, state: OutboxMessage.State, reason: String, at: Int64) {
        self.number = number
        self.state = state
        self.reason = reason
        self.at = at
    }
}

/// One row for each rule that a silent event would have spoken under (rule 30).
public struct SilenceEntry: Sendable, Equatable {
    public let rule: String
    public let source: String
    public let id: String
    /// `before-activation`, `backfill` or `too-old`.
    public let reason: String
    public let recipients: Int64
    public let at: Int64

    public init(rule: String, source: String, id: String, reason: String, recipients: Int64, at: Int64) {
        self.rule = rule
        self.source = source
        self.id = id
        self.reason = reason
        self.recipients = recipients
        self.at = at
    }
}

/// A statement that takes an event back, kept for ever (rule 5).
public struct Retraction: Sendable, Equatable {
    public let owner: String
    public let source: String
    public let id: String
    public let reason: String
    public let replacedBy: String?
    /// The retraction's own `time`.
    public let time: String?

    public init(owner: String, source: String, id: String, reason: String, replacedBy: String?, time: String?) {
        self.owner = owner
        self.source = source
        self.id = id
        self.reason = reason
        self.replacedBy = replacedBy
        self.time = time
    }
}
