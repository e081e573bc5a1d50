/// Why something about Kafka failed: a closed code to decide by, and words for whoever must act.
public struct KafkaError: Error, Sendable, Hashable, CustomStringConvertible {
    public enum Code: String, Sendable, CaseIterable {
        /// The configuration names an option that librdkafka does not know.
        case unknownOption
        /// An option's value is not one that librdkafka takes.
        case invalidValue
        /// An option that Diwan sets itself stands among those passed through.
        case controlledOption
        /// A secret's file or environment variable cannot be read.
        case secretUnavailable
        /// No broker answers: wrong address, network, or Kafka is down.
        case brokerUnreachable
        /// The broker refused the credentials.
        case authentication
        /// The TLS handshake failed: certificate, host name or protocol.
        case tlsFailure
        /// The credentials are good, but may not do this.
        case authorization
        case topicMissing
        case topicExists
        /// The offset asked for is not in the log (deleted, or beyond its end).
        case offsetOutOfRange
        /// Another owner took over: this one must stop.
        case fenced
        /// The client can do nothing more; make a new one.
        case fatal
        case timedOut
        /// The producer's buffer is full: take delivery reports, then try again.
        case queueFull
        case recordTooLarge
        /// The client was closed before the answer came.
        case closed
        case other
    }

    public let code: Code
    /// What happened, in librdkafka's or the broker's words where they say more than the code. Never holds a secret.
    public let message: String
    /// The same call may succeed later with nothing changed.
    public let retriable: Bool
    /// The client is of no further use.
    public let fatal: Bool
    /// librdkafka's name for the error (such as `_TRANSPORT`), for searching its documentation; empty where it is ours.
    public let name: String
    public let topic: String?
    public let partition: Int32?
    public let offset: Int64?

    public init(
        code: Code, message: String, retriable: Bool = false, fatal: Bool = false, name: String = "",
        topic: String? = nil, partition: Int32? = nil, offset: Int64? = nil
    ) {
        self.code = code
        self.message = message
        self.retriable = retriable
        self.fatal = fatal
        self.name = name
        self.topic = topic
        self.partition = partition
        self.offset = offset
    }

    /// One line: what happened, where, and what to do about it.
    public var description: String {
        var place = topic.map { " [\($0)" } ?? ""
        if topic != nil {
            if let partition { place += " partition \(partition)" }
            if let offset { place += " offset \(offset)" }
            place += "]"
        }
        let origin = name.isEmpty ? "" : " (\(name))"
        let advice = advice.map { "; \($0)" } ?? ""
        return "\(message)\(place)\(origin)\(advice)"
    }

    /// What to do, where the code alone says it.
    public var advice: String? {
        switch code {
        case .brokerUnreachable: "check the broker addresses, the network and that Kafka runs"
        case .authentication: "check the user name, the password's source and sasl.mechanism"
        case .tlsFailure: "check ssl.ca.location, the certificates' dates and the host name, and security.protocol"
        case .authorization: "let an administrator grant this user the right (Kafka ACLs)"
        case .topicMissing: "create the topic or correct its name"
        case .offsetOutOfRange: "the log no longer holds this offset: it was deleted, shortened or made anew"
        case .fenced: "another owner has taken over; this one must stop"
        case .fatal: "close this client and make a new one"
        case .queueFull: "take delivery reports, then try again"
        case .recordTooLarge: "raise message.max.bytes here and max.message.bytes of the topic, or send less"
        default: nil
        }
    }

    static func closed(_ what: String) -> KafkaError {
        KafkaError(code: .closed, message: "the \(what) was closed before this was done")
    }

    static func timedOut(_ what: String) -> KafkaError {
        KafkaError(code: .timedOut, message: "\(what): no answer in time", retriable: true)
    }
}
