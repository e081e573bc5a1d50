import ProjectionStore

/// Where outbox messages go. Used by one thread, the destination's own.
protocol Destination: AnyObject {
    var name: String { get }
    /// Sends messages in order and says what became of each, in the same order.
    ///
    /// At least once: a message whose outcome is lost is sent again under the same id (rule 25).
    func deliver(_ messages: [OutboxMessage]) -> [DeliveryOutcome]
    func close()
}

enum DeliveryOutcome: Sendable, Equatable {
    case sent
    /// Not now: the recipient is not known yet. Others are not held up.
    case waiting(String)
    /// Never: it is too late, or nobody may have it.
    case closed(String)
    /// Not as it is: the operator has to look at it.
    case held(String)
    /// The destination failed; this message and all behind it are tried again.
    case failed(String)
}

/// Why something could not be sent.
struct DeliveryFailure: Error, Sendable, Equatable, CustomStringConvertible {
    enum Code: Sendable {
        /// The destination is away: try again.
        case unavailable
        /// No further try can help.
        case permanent
    }

    let code: Code
    let message: String

    init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    var description: String { message }
}
