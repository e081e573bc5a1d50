/// One line that librdkafka would log, with secrets taken out.
public struct KafkaLog: Sendable {
    /// Syslog's level: 3 error, 4 warning, 5 notice, 6 information, 7 debugging.
    public let level: Int
    /// librdkafka's name for the kind of event, such as `FAIL`.
    public let facility: String
    public let message: String
}

/// Takes log lines on the client's own thread: be quick, and call no client from it.
public typealias KafkaLogSink = @Sendable (KafkaLog) -> Void
