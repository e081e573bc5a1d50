import Foundation
import KafkaClient
import ProjectionStore
import Testing
import Threads
import WorkerTesting

extension Scenarios {
    /// Dead letters are copied to a topic that takes only small records. One letter is larger than it takes: its copy
    /// comes without the value and says so; those before and behind it come whole, and the worker goes on.
    @Suite struct DeadLetterCopies {
        @Test func `a letter that is too large for the topic of copies comes without its value, the others whole`()
            async throws
        {
            let kafka = try OnKafka.kafka()
            try await onOwnThread { try Self.story(kafka) }
        }

        private static func story(_ kafka: RealKafka) throws {
            var options = TestDeployment.Options()
            options.plugins = ["mechanism-directory"]
            let copies = "copies-\(UUID().uuidString.prefix(8).lowercased())"
            options.topicsExtra = "  - {name: \(copies), role: dead-letters}\n"
            let deployment = try TestDeployment(
                "copies", bootstrapServers: kafka.bootstrapServers, partitions: 1, options: options)
            let admin = try Admin(deployment.kafka)
            defer { admin.close(timeout: .seconds(1)) }
            for made in try admin.createTopics(
                [TopicSpecification(name: copies, partitions: 1, configuration: ["max.message.bytes": "4000"])],
                timeout: .seconds(30)
            ).values { try made.get() }

            let large = "large " + (0..<20_000).map { _ in String(Int.random(in: 0...9)) }.joined()
            let history = try History.events()
            try deployment.send(Array(history.prefix(20)))
            try deployment.produce(
                ["small 1", large, "small 2"].map { RawRecord(key: "arcp", value: Array($0.utf8)) })
            try deployment.send(Array(history.dropFirst(20)))
            try deployment.workThrough()

            let found = try deployment.copies(of: copies)
            #expect(found.count == 3)
            #expect(Set(found.compactMap(\.value)) == [Array("small 1".utf8), Array("small 2".utf8)])
            let cut = try #require(found.first { $0.value == nil })
            #expect(cut.note?.hasPrefix("left out: its 20006 bytes") == true, "\(String(describing: cut.note))")
            let outbox = try deployment.withStore(of: "mechanism-directory") { try $0.outbox(limit: 100, after: 0) }
            #expect(outbox.count == 3 && outbox.allSatisfy { $0.state == .sent })
            #expect(try deployment.sql("mechanism-directory", "SELECT count(*) FROM member__facts") == "159")
            let letters = try deployment.listedDeadLetters()
            #expect(letters.count == 3)
            #expect(try deployment.run(["dead-letters", "show", letters[1].id, "--raw"]) == large)
        }
    }
}

private struct Copy {
    let value: [UInt8]?
    /// What stands where the value was left out.
    let note: String?
}

extension TestDeployment {
    fileprivate func copies(of topic: String) throws -> [Copy] {
        let consumer = try Consumer(kafka, group: "reading-\(UUID().uuidString)")
        defer { consumer.close(timeout: .seconds(5)) }
        try consumer.assign([TopicPartitionOffset(TopicPartition(topic, 0), .beginning)])
        let deadline = MonotonicClock.deadline(after: .seconds(30))
        var copies: [Copy] = []
        while true {
            switch consumer.next(timeout: MonotonicClock.remaining(until: deadline)) {
            case .records(let batch):
                for record in batch {
                    let note = record.headers.first { $0.name == "dead-letter-value" }?.value
                    copies.append(
                        Copy(value: record.valueBytes, note: note.map { String(decoding: $0, as: UTF8.self) }))
                }
            case .endOfPartition: return copies
            case .error(let error): throw error
            case nil: throw Diwan.Unexpected("the topic of copies did not end")
            default: continue
            }
        }
    }
}
