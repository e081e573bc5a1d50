import CRdKafka

extension KafkaConfiguration {
    /// Checks everything that can be checked without a broker: names, values, files of certificates and keys, secrets.
    /// Nothing connects. Throws a `KafkaError` that names the option.
    public func validate() throws(KafkaError) {
        try checkServers()
        // A client without brokers connects to nothing, but loads certificates and keys and compares related options.
        for role in [ClientRole.consumer(group: "validate"), .producer] {
            let client = try NativeConfiguration.build(self, role: role, connects: false).makeClient(role)
            rd_kafka_destroy_flags(client, RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE)
        }
    }

    func checkServers() throws(KafkaError) {
        guard !bootstrapServers.isEmpty, bootstrapServers.allSatisfy({ !$0.isEmpty }) else {
            throw KafkaError(
                code: .invalidValue,
                message: "bootstrapServers: no broker is named; give host:port, separated by commas")
        }
        for server in bootstrapServers {
            let host = server.split(separator: "://").last ?? ""
            if let colon = host.lastIndex(of: ":"), host.last != "]" {
                let port = UInt16(host[host.index(after: colon)...])
                if colon != host.startIndex, port.map({ $0 > 0 }) == true { continue }
            } else if !host.isEmpty {
                continue
            }
            throw KafkaError(
                code: .invalidValue, message: "bootstrapServers: '\(server)' is not host:port with a port of 1 to 65535"
            )
        }
    }

    /// Every option name that `passthrough` may use with the librdkafka at hand.
    public static var knownOptions: [String] {
        OptionTable.shared.names.filter { ControlledOptions.reason(for: $0) == nil }
    }
}
