import Foundation
import KafkaClient
import Testing
import WorkerTesting

extension Scenarios {
    /// Somebody who knows CloudEvents well tries its edges: the media type in other letters and with parameters, events
    /// of exactly the allowed size and a byte more, keys that are none, attributes that the standard forbids, a type
    /// that would turn a terminal's line around. What the standard allows counts. What it forbids is a dead letter from
    /// which the record can be had back to the last byte. What nobody here knows is counted and listed, nothing else.
    @Suite struct HostileRecords {
        private static let limit = 262_144

        @Test func `records at the edges of the standard count, are dead letters or are listed`() async throws {
            let kafka = try OnKafka.kafka()
            try await onOwnThread { try Self.story(kafka) }
        }

        private static func story(_ kafka: RealKafka) throws {
            let records = HostileRecord.all(limit: limit)
            #expect(Set(records.map(\.name)).count == records.count)
            var options = TestDeployment.Options()
            options.plugins = ["mechanism-directory"]
            // One partition: a record's place in the story is its offset.
            let deployment = try TestDeployment(
                "hostile", bootstrapServers: kafka.bootstrapServers, partitions: 1, options: options)
            try deployment.produce(records.map(\.record))
            try deployment.workThrough()

            let known = try deployment.sql(
                "mechanism-directory", "SELECT mechanism FROM mechanism__facts ORDER BY mechanism")
            let accepted = records.filter { $0.fate == .accepted }.map(\.name).sorted()
            #expect(known.split(separator: "\n").map(String.init) == accepted)

            var refused: [Int: String] = [:]
            for (offset, record) in records.enumerated() {
                if case .refused(let reason) = record.fate { refused[offset] = reason }
            }
            let listed = try deployment.deadRecords(["list"])
            for letter in listed {
                #expect(refused[letter.offset] == letter.reason, "\(records[letter.offset].name): \(letter.detail)")
            }
            #expect(accepted.count > 10 && refused.count > 30)
            #expect(listed.map(\.offset) == refused.keys.sorted(), "in the order of the log, each once")
            for letter in listed { try comesBack(letter, records[letter.offset], deployment) }
            try unknownTypesAreListed(records, deployment)
        }

        /// `show` gives the record as it was: key, headers and value, also where they are no text.
        private static func comesBack(_ listed: DeadRecord, _ sent: HostileRecord, _ deployment: TestDeployment) throws
        {
            let shown = try #require(try deployment.deadRecords(["show", listed.id]).first)
            #expect(listed.id == "\(deployment.topics.events)/0/\(listed.offset)")
            #expect(shown.topic == deployment.topics.events && shown.partition == 0 && shown.offset == listed.offset)
            #expect(shown.plugins.map(\.plugin) == ["mechanism-directory"])
            #expect(shown.key?.bytes == sent.record.key, "\(sent.name)")
            #expect(shown.value?.bytes == sent.record.value, "\(sent.name)")
            #expect(shown.headers?.map(\.name) == sent.record.headers.map(\.name), "\(sent.name)")
            #expect(shown.headers?.map { $0.value?.bytes } == sent.record.headers.map(\.value), "\(sent.name)")
            guard sent.name.hasPrefix("value-") else { return }
            #expect(try deployment.rawDeadLetter(listed.id) == sent.record.value, "\(sent.name)")
            // Whatever it holds, the text for a terminal steers none.
            let text = try deployment.run(["dead-letters", "show", listed.id])
            let steers = text.unicodeScalars.contains { ($0.value < 0x20 && $0 != "\n") || $0.value == 0x202E }
            #expect(!steers, "\(sent.name)")
        }

        private static func unknownTypesAreListed(_ records: [HostileRecord], _ deployment: TestDeployment) throws {
            struct Status: Decodable { let unknownTypes: [String: Int] }
            var expected: [String: Int] = [:]
            for case .unknown(let type) in records.map(\.fate) { expected[type, default: 0] += 1 }
            let json = try deployment.run(["status", "--format", "json"])
            let found = try JSONDecoder().decode([Status].self, from: Data(json.utf8))
            #expect(found.first?.unknownTypes == expected)
            let text = try deployment.run(["status"])
            #expect(text.contains("com.example.photo 2"), "\(text)")
            #expect(text.contains("com.example.\\u{202E}otohp 1"), "\(text)")
        }
    }
}

/// A dead letter as the command's JSON tells it.
private struct DeadRecord: Decodable {
    struct Plugin: Decodable { let plugin: String }
    struct Header: Decodable {
        let name: String
        let value: Bytes?
    }

    /// Text where it is text, else Base64.
    struct Bytes: Decodable {
        let bytes: [UInt8]

        private enum Key: CodingKey { case base64 }

        init(from decoder: any Decoder) throws {
            if let text = try? decoder.singleValueContainer().decode(String.self) {
                bytes = Array(text.utf8)
            } else {
                bytes = Array(try decoder.container(keyedBy: Key.self).decode(Data.self, forKey: .base64))
            }
        }
    }

    let id: String
    let reason: String
    let detail: String
    let plugins: [Plugin]
    let topic: String
    let partition: Int
    let offset: Int
    let key: Bytes?
    let headers: [Header]?
    let value: Bytes?
}

extension TestDeployment {
    /// What `dead-letters list` or `dead-letters show ID` says.
    fileprivate func deadRecords(_ words: [String]) throws -> [DeadRecord] {
        let text = try run(["dead-letters"] + words + ["--format", "json"])
        let data = Data(text.utf8)
        return words == ["list"]
            ? try JSONDecoder().decode([DeadRecord].self, from: data)
            : [try JSONDecoder().decode(DeadRecord.self, from: data)]
    }

    /// The bytes that `dead-letters show ID --raw` writes.
    fileprivate func rawDeadLetter(_ id: String) throws -> [UInt8] {
        let name = "raw-\(UUID().uuidString.prefix(8))"
        let process = try ChildProcess(
            program: Diwan.path, arguments: ["dead-letters", "show", id, "--raw", "--config", configurationFile],
            folder: folder, name: name)
        guard process.wait() == .exit(0) else { throw Diwan.Unexpected("\(id): \(process.errors)") }
        return Array(try Data(contentsOf: folder.appendingPathComponent("\(name).out")))
    }
}
