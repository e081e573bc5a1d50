import KafkaClient

extension Trial {
    /// Records that no `events send` would let through.
    func sendBadRecords(_ servers: String) throws {
        let producer = try Producer(KafkaConfiguration(bootstrapServers: servers))
        let records: [[UInt8]] = [Array("not json".utf8), [0xFF, 0xFE, 0x1B] + Array("[31mred".utf8), []]
        for value in records {
            try producer.produce(
                topic: "iscm.events", key: Array("arcp".utf8), value: value, headers: [RecordHeader("origin", "a test")]
            )
        }
        try producer.flush(timeout: .seconds(20))
        producer.close(timeout: .seconds(5))
    }
}
