import Foundation
import KafkaClient
import Testing
import Threads

@Suite(.timeLimit(.minutes(3))) struct MockClusterTests {
    @Test func `keys, values, headers and timestamps come back as they were sent`() async throws {
        try await blocking {
            let cluster = try MockCluster(topics: [("events", 1)])
            let configuration = KafkaConfiguration(bootstrapServers: cluster.bootstrapServers)
            let producer = try Producer(configuration)
            try producer.produce(
                topic: "events", partition: 0, key: Array("مفتاح".utf8), value: Array("قيمة".utf8),
                headers: [
                    RecordHeader("content-type", "application/json"), RecordHeader("none", nil),
                    RecordHeader("empty", []), RecordHeader("content-type", "again"),
                ], timestamp: 1_700_000_000_123, token: 7)
            try producer.produce(topic: "events", partition: 0, key: Array("t".utf8), value: nil, token: 8)
            try producer.produce(topic: "events", partition: 0, key: nil, value: [], token: .max)
            let reports = producer.reports(3)
            #expect(reports.map(\.token) == [7, 8, .max])
            #expect(reports.map(\.offset) == [0, 1, 2])
            #expect(reports.allSatisfy { $0.error == nil && $0.partition == 0 })
            #expect(producer.close(timeout: .seconds(5)))

            let consumer = try Consumer(configuration, group: "g")
            try consumer.assign([TopicPartitionOffset("events", 0, .beginning)])
            let records = try consumer.take(3)
            try #require(records.count == 3)
            #expect(records.map(\.offset) == [0, 1, 2])
            #expect(records.map(\.topic) == ["events", "events", "events"])
            #expect(records[0].timestamp == 1_700_000_000_123)
            #expect(Copied(records[0]).key == "مفتاح" && Copied(records[0]).value == "قيمة")
            let headers = records[0].headers
            #expect(headers.map(\.name) == ["content-type", "none", "empty", "content-type"])
            #expect(headers.map(\.value) == [Array("application/json".utf8), nil, [], Array("again".utf8)])
            #expect(records[0].hasHeaders && !records[1].hasHeaders && records[1].headers.isEmpty)
            // A tombstone, and a value of zero bytes under no key.
            #expect(records[1].isTombstone && records[1].valueBytes == nil && records[1].keyBytes == Array("t".utf8))
            #expect(!records[2].isTombstone && records[2].valueBytes == [] && records[2].keyBytes == nil)
            consumer.close(timeout: .seconds(5))
            // Records outlive their consumer.
            #expect(Copied(records[0]).value == "قيمة")
        }
    }

    @Test func `each partition is read from the offset given to assign`() async throws {
        try await blocking {
            let cluster = try MockCluster(topics: [("events", 3)])
            for partition in 0..<3 {
                try fill(cluster.bootstrapServers, "events", partition: Int32(partition), count: 10)
            }
            let consumer = try Consumer(KafkaConfiguration(bootstrapServers: cluster.bootstrapServers), group: "g")
            let generation = try consumer.assign([
                TopicPartitionOffset("events", 0, .offset(7)), TopicPartitionOffset("events", 1, .beginning),
                TopicPartitionOffset("events", 2, .end),
            ])
            var ends: [TopicPartition: Int64] = [:]
            let records = try consumer.take(13) { event in
                if case .endOfPartition(let place, let offset, _) = event { ends[place] = offset }
            }
            #expect(records.filter { $0.partition == 0 }.map(\.offset) == [7, 8, 9])
            #expect(records.filter { $0.partition == 1 }.map(\.offset) == Array(0..<10))
            #expect(records.filter { $0.partition == 2 }.isEmpty)
            while ends.count < 3, let event = consumer.next(timeout: .seconds(10)) {
                if case .endOfPartition(let place, let offset, _) = event { ends[place] = offset }
            }
            #expect(ends.values.sorted() == [10, 10, 10])
            #expect(generation == 1)
            consumer.close(timeout: .seconds(5))
        }
    }

    @Test func `assigning anew mid-stream starts at the new offsets and is told apart by its generation`() async throws
    {
        try await blocking {
            let cluster = try MockCluster(topics: [("events", 2)])
            for partition in 0..<2 {
                try fill(cluster.bootstrapServers, "events", partition: Int32(partition), count: 2_000)
            }
            var configuration = KafkaConfiguration(bootstrapServers: cluster.bootstrapServers)
            configuration.batchRecords = 50
            let consumer = try Consumer(configuration, group: "g")
            // Again and again, because an assignment can meet records at any stage of their way.
            for round in 0..<20 {
                let start = Int64(round * 37)
                let generation = try consumer.assign(
                    (0..<2).map { TopicPartitionOffset("events", $0, .offset(start)) })
                var expected: [Int32: Int64] = [0: start, 1: start]
                var seen = 0
                while seen < 300 {
                    guard let event = consumer.next(timeout: .seconds(20)) else { break }
                    guard case .records(let batch) = event, batch.generation == generation else { continue }
                    for record in batch {
                        #expect(record.offset == expected[record.partition])
                        expected[record.partition] = record.offset + 1
                    }
                    seen += batch.count
                }
                #expect(seen >= 300)
            }
            consumer.close(timeout: .seconds(5))
        }
    }

    @Test func `records that nobody takes fill the mailbox no further than its budget, and none is lost`() async throws
    {
        try await blocking {
            let cluster = try MockCluster(topics: [("events", 1)])
            try fill(cluster.bootstrapServers, "events", count: 5_000)
            var configuration = KafkaConfiguration(bootstrapServers: cluster.bootstrapServers)
            configuration.mailboxBytes = 1
            configuration.batchRecords = 100
            configuration.statisticsInterval = .milliseconds(200)
            let consumer = try Consumer(configuration, group: "g")
            try consumer.assign([TopicPartitionOffset("events", 0, .beginning)])
            // Full after one batch, the consumer still serves what is no record: some statistics come behind it.
            Thread.sleep(forTimeInterval: 2)
            var statistics = 0
            var offsets: [Int64] = []
            var batches = 0
            while statistics < 3, let event = consumer.next(timeout: .seconds(10)) {
                if case .statistics(let json) = event {
                    #expect(json.first == "{")
                    statistics += 1
                }
                if case .records(let batch) = event {
                    #expect(batch.count <= 100)
                    offsets += batch.map(\.offset)
                    batches += 1
                }
            }
            #expect(statistics == 3)
            #expect(batches == 1)
            offsets += try consumer.take(5_000 - offsets.count).map(\.offset)
            #expect(offsets == Array(0..<5_000))
            consumer.close(timeout: .seconds(5))
        }
    }

    @Test func `a paused partition is silent until it is resumed, and loses nothing`() async throws {
        try await blocking {
            let cluster = try MockCluster(topics: [("events", 1)])
            let consumer = try Consumer(KafkaConfiguration(bootstrapServers: cluster.bootstrapServers), group: "g")
            try consumer.assign([TopicPartitionOffset("events", 0, .beginning)])
            _ = consumer.first { if case .endOfPartition = $0 { true } else { nil } }
            try consumer.pause([TopicPartition("events", 0)])
            try fill(cluster.bootstrapServers, "events", count: 5)
            #expect(try consumer.take(1, timeout: .seconds(2)).isEmpty)
            try consumer.resume([TopicPartition("events", 0)])
            #expect(try consumer.take(5).map(\.offset) == [0, 1, 2, 3, 4])
            consumer.close(timeout: .seconds(5))
        }
    }

    @Test func `offsets committed with metadata are read back`() async throws {
        try await blocking {
            let cluster = try MockCluster(topics: [("events", 2)])
            let consumer = try Consumer(KafkaConfiguration(bootstrapServers: cluster.bootstrapServers), group: "report")
            let places = [TopicPartition("events", 0), TopicPartition("events", 1)]
            #expect(try consumer.committed(places, timeout: .seconds(20)).map(\.offset) == [nil, nil])
            let offsets = [CommittedOffset(places[0], offset: 42, metadata: "store=سجل-1")]
            try consumer.commit(offsets, timeout: .seconds(20))
            let read = try consumer.committed(places, timeout: .seconds(20))
            #expect(read[0] == offsets[0])
            #expect(read[1].offset == nil)
            consumer.close(timeout: .seconds(5))
        }
    }

    @Test func `metadata and watermarks are those of the cluster`() async throws {
        try await blocking {
            let cluster = try MockCluster(brokers: 3, topics: [("events", 4)])
            try fill(cluster.bootstrapServers, "events", partition: 2, count: 6)
            let consumer = try Consumer(KafkaConfiguration(bootstrapServers: cluster.bootstrapServers), group: "g")
            let metadata = try consumer.metadata(topic: "events", timeout: .seconds(20))
            #expect(metadata.brokers.map(\.id) == [1, 2, 3])
            #expect(metadata.topic("events")?.partitions.map(\.id) == [0, 1, 2, 3])
            #expect(metadata.topic("events")?.error == nil)
            let marks = try consumer.watermarks(TopicPartition("events", 2), timeout: .seconds(20))
            #expect(marks == Watermarks(low: 0, high: 6))
            consumer.close(timeout: .seconds(5))
        }
    }

    @Test func `single records are looked up by offset, and what is not there is told`() async throws {
        try await blocking {
            let cluster = try MockCluster(topics: [("events", 2)])
            try fill(cluster.bootstrapServers, "events", count: 10)
            let consumer = try Consumer(KafkaConfiguration(bootstrapServers: cluster.bootstrapServers), group: "g")
            let record = try consumer.fetchOne("events", 0, offset: 4, timeout: .seconds(20))
            #expect(try Copied(#require(record)) == Copied(#require(record)))
            #expect(record?.offset == 4 && record?.valueBytes == Array("4".utf8))
            // The end of the log: nothing is there yet.
            #expect(try consumer.fetchOne("events", 0, offset: 10, timeout: .seconds(20)) == nil)
            let error = #expect(throws: KafkaError.self) {
                try consumer.fetchOne("events", 0, offset: 1_000, timeout: .seconds(20))
            }
            #expect(error?.code == .offsetOutOfRange)
            consumer.close(timeout: .seconds(5))
        }
    }
}
