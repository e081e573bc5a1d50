/// Takes known secrets out of texts that go to logs and errors: librdkafka and brokers may quote what they were given.
struct Redactor: Sendable {
    private let secrets: [String]

    init(secrets: [String]) {
        // Longest first, so that a secret that contains another goes as a whole.
        self.secrets = secrets.filter { !$0.isEmpty }.sorted { $0.utf8.count > $1.utf8.count }
    }

    func clean(_ text: String) -> String {
        secrets.reduce(text) { text, secret in
            text.contains(secret)
                ? text.split(separator: secret, omittingEmptySubsequences: false)
                    .joined(separator: "[redacted]") : text
        }
    }

    func clean(_ error: KafkaError) -> KafkaError {
        let message = clean(error.message)
        if message == error.message { return error }
        return KafkaError(
            code: error.code, message: message, retriable: error.retriable, fatal: error.fatal, name: error.name,
            topic: error.topic, partition: error.partition, offset: error.offset)
    }
}
