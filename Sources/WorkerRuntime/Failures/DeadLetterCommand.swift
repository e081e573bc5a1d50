/// What an operator asks to be done with dead letters (rule 29). Goes to the worker that holds the store, whose lane does
/// it in its own transactions; with no worker running, whoever has taken the store does it the same way (rule 23).
public struct DeadLetterCommand: Codable, Sendable, Equatable {
    public enum Action: String, Codable, Sendable, CaseIterable {
        /// Handle it again, and what is parked behind it, in order.
        case redrive
        /// Never handle it; what is parked behind it is handled.
        case discard
        /// Put another value in the place of the record's own, then redrive.
        case edit
    }

    public let action: Action
    /// Numbers in the plugin's store. They may lie in several partitions; those that the lane does not own come back as
    /// `notOwned`.
    public let letters: [Int64]
    /// For `edit`, which takes exactly one letter: the record's new value, as text.
    public let replacement: String?
    /// For the audit: who asks.
    public let actor: String
    /// For the audit: why.
    public let reason: String
    /// For the audit: when, milliseconds since 1970.
    public let at: Int64
    /// Only tells what would happen: rows that would change, messages that would go out.
    public let isDryRun: Bool

    public init(
        action: Action, letters: [Int64], replacement: String? = nil, actor: String, reason: String, at: Int64,
        isDryRun: Bool = false
    ) {
        self.action = action
        self.letters = letters
        self.replacement = replacement
        self.actor = actor
        self.reason = reason
        self.at = at
        self.isDryRun = isDryRun
    }
}

/// What one step of a command did. A command is finished after several steps; each step's outcome tells only what that
/// step did, except `remaining` and `isFinished`.
public struct DeadLetterOutcome: Codable, Sendable, Equatable {
    public struct Letter: Codable, Sendable, Equatable {
        public enum State: String, Codable, Sendable, CaseIterable {
            case redriven, discarded
            /// Its value was replaced; how its redrive ends is told by a further entry.
            case edited
            /// Handled again and failed again: it stays, and everything behind it.
            case failedAgain
            /// Asked for, but an event before it in its sequence failed again.
            case blocked
            case notFound
            /// It was redriven or discarded before.
            case settled
            /// Another worker owns its partition.
            case notOwned
        }

        public let number: Int64
        public let state: State
        /// How often it was handled without success, this time included.
        public let attempts: Int64
        /// Why it cannot be applied, where it cannot; otherwise empty.
        public let reason: String
        public let detail: String

        public init(number: Int64, state: State, attempts: Int64, reason: String = "", detail: String = "") {
            self.number = number
            self.state = state
            self.attempts = attempts
            self.reason = reason
            self.detail = detail
        }
    }

    /// A row that would change: its key and its columns as text. `before` is nil for a row that would be new, `after`
    /// for one that would be gone.
    public struct RowDifference: Codable, Sendable, Equatable {
        public let table: String
        public let key: [String]
        public let before: [String: String?]?
        public let after: [String: String?]?

        public init(table: String, key: [String], before: [String: String?]?, after: [String: String?]?) {
            self.table = table
            self.key = key
            self.before = before
            self.after = after
        }
    }

    /// A message that would go out.
    public struct Message: Codable, Sendable, Equatable {
        public let id: String
        public let destination: String
        /// `notice`, `event` or `document`.
        public let kind: String
        public let key: String
        public let payload: String

        public init(id: String, destination: String, kind: String, key: String, payload: String) {
            self.id = id
            self.destination = destination
            self.kind = kind
            self.key = key
            self.payload = payload
        }
    }

    public var letters: [Letter]
    /// Of a dry run.
    public var rows: [RowDifference]
    /// Of a dry run.
    public var messages: [Message]
    /// How many entries of the sequences concerned are still to be handled.
    public var remaining: Int
    /// Nothing is left to do: every sequence is empty, or failed again.
    public var isFinished: Bool

    public init(
        letters: [Letter] = [], rows: [RowDifference] = [], messages: [Message] = [], remaining: Int = 0,
        isFinished: Bool = false
    ) {
        self.letters = letters
        self.rows = rows
        self.messages = messages
        self.remaining = remaining
        self.isFinished = isFinished
    }
}
