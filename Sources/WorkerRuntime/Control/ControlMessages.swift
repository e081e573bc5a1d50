import Foundation

/// What a command asks of a running worker: one JSON object on one line (rule 23).
public struct ControlRequest: Codable, Sendable, Equatable {
    public enum Kind: String, Codable, Sendable, CaseIterable {
        /// What each lane is doing.
        case status
        /// Do something with dead letters; answered by `progress` after each step, and by `done`.
        case deadLetters = "dead-letters"
        /// The plugin's lane finishes its transaction, closes its store and stays out of it until `resume`, or until
        /// the connection closes.
        case hold
        /// Ends a `hold` of the same connection.
        case resume
    }

    public let request: Kind
    /// For all but `status`.
    public let plugin: String?
    /// For `dead-letters`.
    public let command: DeadLetterCommand?

    public init(_ request: Kind, plugin: String? = nil, command: DeadLetterCommand? = nil) {
        self.request = request
        self.plugin = plugin
        self.command = command
    }

    /// The longest request a worker reads, in bytes.
    public static let maximumBytes = 1 << 20
}

/// What a worker answers: one JSON object on one line. A request gets any number of `progress` and then one `done` or
/// one `error`.
public struct ControlReply: Codable, Sendable, Equatable {
    public enum Kind: String, Codable, Sendable, CaseIterable {
        case progress, done, error
    }

    /// Why a request was not done.
    public enum Code: String, Codable, Sendable, CaseIterable {
        /// It is no request.
        case malformed
        /// It is longer than `ControlRequest.maximumBytes`.
        case tooLong = "too-long"
        /// The worker runs no such plugin.
        case unknownPlugin = "unknown-plugin"
        /// Others are served; try again.
        case busy
        /// The lane waits, or is leaving; try again.
        case notNow = "not-now"
        /// The store refused, or is away; what was reported as done is done.
        case store
        /// There is nothing to resume.
        case notHeld = "not-held"
    }

    public let reply: Kind
    public let code: Code?
    public let message: String?
    public let worker: WorkerReport?
    public let outcome: DeadLetterOutcome?
    /// Of `hold`: where the lane stands.
    public let partitions: [LaneReport.Partition]?

    private init(
        _ reply: Kind, code: Code? = nil, message: String? = nil, worker: WorkerReport? = nil,
        outcome: DeadLetterOutcome? = nil, partitions: [LaneReport.Partition]? = nil
    ) {
        self.reply = reply
        self.code = code
        self.message = message
        self.worker = worker
        self.outcome = outcome
        self.partitions = partitions
    }

    static func error(_ code: Code, _ message: String) -> ControlReply {
        ControlReply(.error, code: code, message: message)
    }

    static func progress(_ outcome: DeadLetterOutcome) -> ControlReply { ControlReply(.progress, outcome: outcome) }
    static func done(_ outcome: DeadLetterOutcome) -> ControlReply { ControlReply(.done, outcome: outcome) }
    static func done(_ worker: WorkerReport) -> ControlReply { ControlReply(.done, worker: worker) }
    static func held(_ partitions: [LaneReport.Partition]) -> ControlReply {
        ControlReply(.done, partitions: partitions)
    }
    static var resumed: ControlReply { ControlReply(.done) }

    /// Whether no further reply to the same request follows.
    public var isLast: Bool { reply != .progress }
}

/// Requests and replies as lines.
enum ControlLine {
    static func bytes(_ value: some Encodable) -> [UInt8] { Array(PayloadJSON.text(value).utf8) + [UInt8(ascii: "\n")] }

    /// - Throws: with words for whoever wrote the line.
    static func read<Value: Decodable>(_ type: Value.Type, _ line: some Collection<UInt8>) throws(Malformed) -> Value {
        do {
            return try JSONDecoder().decode(type, from: Data(line))
        } catch let error as DecodingError {
            throw Malformed(words: words(error))
        } catch {
            throw Malformed(words: "\(error)")
        }
    }

    struct Malformed: Error {
        let words: String
    }

    private static func words(_ error: DecodingError) -> String {
        func path(_ context: DecodingError.Context) -> String {
            let path = context.codingPath.map(\.stringValue).joined(separator: ".")
            return path.isEmpty ? "the object" : path
        }
        return switch error {
        case .keyNotFound(let key, let context): "\(path(context)) has no \"\(key.stringValue)\""
        case .typeMismatch(_, let context), .valueNotFound(_, let context):
            "\(path(context)): \(context.debugDescription)"
        case .dataCorrupted(let context): "\(path(context)): \(context.debugDescription)"
        @unknown default: "it cannot be read"
        }
    }
}
