import Foundation
import KafkaClient
import Testing
import Threads
import WorkerTesting

@Suite(.onRealKafka, .enabled(if: RealKafka.isAvailable), .serialized, .timeLimit(.minutes(5)))
struct RealKafkaTests {
    @Test func `topics are created with their options, and a second creation is told apart`() async throws {
        let servers = try OnRealKafka.servers()
        try await blocking {
            let admin = try Admin(KafkaConfiguration(bootstrapServers: servers))
            let name = uniqueName("created")
            let topic = TopicSpecification(name: name, partitions: 3, configuration: ["retention.ms": "-1"])
            let wrong = TopicSpecification(name: name + "-wrong", partitions: 1, configuration: ["retention.ms": "x"])
            let results = try admin.createTopics([topic, wrong], timeout: .seconds(20))
            #expect(throws: Never.self) { try results[name]?.get() }
            let refused = #expect(throws: KafkaError.self) { try results[wrong.name]?.get() }
            #expect(refused?.code == .invalidValue)
            let again = try admin.createTopics([topic], timeout: .seconds(20))
            let error = #expect(throws: KafkaError.self) { try again[name]?.get() }
            #expect(error?.code == .topicExists)
            #expect(try admin.metadata(topic: name, timeout: .seconds(20)).topic(name)?.partitions.count == 3)
            let options = try admin.topicConfiguration(name, timeout: .seconds(20))
            #expect(options["retention.ms"]?.value == "-1" && options["retention.ms"]?.isDefault == false)
            #expect(try admin.clusterID(timeout: .seconds(20)).isEmpty == false)
            let deleted = try admin.deleteTopics([name], timeout: .seconds(20))
            #expect(throws: Never.self) { try deleted[name]?.get() }
            admin.close(timeout: .seconds(5))
        }
    }

    @Test func `a missing topic is said by metadata and by an event of its partition`() async throws {
        let servers = try OnRealKafka.servers()
        try await blocking {
            var configuration = KafkaConfiguration(bootstrapServers: servers)
            configuration.passthrough["topic.metadata.propagation.max.ms"] = "1000"
            let consumer = try Consumer(configuration, group: uniqueName("g"))
            let name = uniqueName("missing")
            let metadata = try consumer.metadata(topic: name, timeout: .seconds(20))
            #expect(metadata.topic(name)?.error?.code == .topicMissing)
            try consumer.assign([TopicPartitionOffset(name, 0, .beginning)])
            let error = consumer.first { event -> KafkaError? in
                if case .error(let error) = event, error.topic == name { error } else { nil }
            }
            #expect(error?.code == .topicMissing)
            #expect(error?.partition == 0)
            consumer.close(timeout: .seconds(5))
        }
    }

    @Test func `an offset that the log no longer holds, or does not hold yet, is an event of its partition`()
        async throws
    {
        let servers = try OnRealKafka.servers()
        try await blocking {
            let configuration = KafkaConfiguration(bootstrapServers: servers)
            let admin = try Admin(configuration)
            let name = uniqueName("shortened")
            for result in try admin.createTopics([TopicSpecification(name: name, partitions: 2)], timeout: .seconds(20))
            {
                try result.value.get()
            }
            try fill(servers, name, count: 10)
            try fill(servers, name, partition: 1, count: 10)
            let place = TopicPartition(name, 0)
            let low = try admin.deleteRecords(before: [place: 6], timeout: .seconds(20))
            #expect(try low[place]?.get() == 6)
            #expect(try admin.watermarks(place, timeout: .seconds(20)) == Watermarks(low: 6, high: 10))

            let consumer = try Consumer(configuration, group: uniqueName("g"))
            for wrong in [Int64(2), 500] {
                try consumer.assign([
                    TopicPartitionOffset(name, 0, .offset(wrong)), TopicPartitionOffset(name, 1, .offset(8)),
                ])
                var error: KafkaError?
                var others: [Int64] = []
                while error == nil || others.count < 2, let event = consumer.next(timeout: .seconds(20)) {
                    if case .error(let it) = event, it.topic == name { error = it }
                    if case .records(let batch) = event { others += batch.map(\.offset) }
                }
                #expect(error?.code == .offsetOutOfRange)
                #expect(error?.partition == 0)
                #expect(error?.offset == wrong)
                #expect(others == [8, 9], "the other partition flows")
            }
            try consumer.assign([TopicPartitionOffset(name, 0, .offset(6))])
            #expect(try consumer.take(4).map(\.offset) == [6, 7, 8, 9])
            let below = #expect(throws: KafkaError.self) {
                try consumer.fetchOne(name, 0, offset: 2, timeout: .seconds(20))
            }
            #expect(below?.code == .offsetOutOfRange)
            #expect(try consumer.fetchOne(name, 0, offset: 9, timeout: .seconds(20))?.offset == 9)
            consumer.close(timeout: .seconds(5))
            admin.close(timeout: .seconds(5))
        }
    }

    @Test func `commits with metadata are shown by Kafka's own tool, and times are turned into offsets`() async throws {
        let servers = try OnRealKafka.servers()
        let kafka = try #require(OnRealKafka.running)
        try await blocking {
            let configuration = KafkaConfiguration(bootstrapServers: servers)
            let admin = try Admin(configuration)
            let name = uniqueName("committed")
            _ = try admin.createTopics([TopicSpecification(name: name, partitions: 1)], timeout: .seconds(20))
            let producer = try Producer(configuration)
            for number in 0..<5 {
                try producer.produce(
                    topic: name, partition: 0, key: nil, value: [1], timestamp: 1_700_000_000_000 + Int64(number) * 1000
                )
            }
            #expect(producer.reports(5).count == 5)
            let group = uniqueName("diwan.test")
            let place = TopicPartition(name, 0)
            let consumer = try Consumer(configuration, group: group)
            try consumer.commit([CommittedOffset(place, offset: 3, metadata: "store 1")], timeout: .seconds(20))
            #expect(
                try consumer.committed([place], timeout: .seconds(20))
                    == [CommittedOffset(place, offset: 3, metadata: "store 1")])
            let shown = try kafka.tool("groups", ["--describe", "--group", group])
            #expect(shown.split(separator: "\n").contains { $0.contains(name) && $0.contains(" 3 ") })
            let times = try consumer.offsets(
                forTimes: [place: 1_700_000_002_000], timeout: .seconds(20))
            #expect(times[place] == .some(2))
            let beyond = try consumer.offsets(forTimes: [place: 1_800_000_000_000], timeout: .seconds(20))
            #expect(beyond[place] == .some(nil))
            consumer.close(timeout: .seconds(5))
            producer.close(timeout: .seconds(5))
        }
    }

    @Test func `compaction's and transactions' holes are told apart from the log's ends, and large records are found`()
        async throws
    {
        let servers = try OnRealKafka.servers()
        let kafka = try #require(OnRealKafka.running)
        try await blocking {
            var configuration = KafkaConfiguration(bootstrapServers: servers)
            configuration.compression = .none
            let name = uniqueName("holes")
            try kafka.createTopic(name)
            let producer = try Producer(configuration)
            let large = [UInt8](repeating: 0x61, count: 500_000)
            try producer.produce(topic: name, partition: 0, key: nil, value: large)
            #expect(producer.reports(1).first?.error == nil)
            producer.close(timeout: .seconds(5))
            // Each transaction of Kafka's own tool ends with a marker, which takes an offset but is no record.
            try kafka.tool(
                "producer-perf",
                [
                    "--topic", name, "--num-records", "1", "--record-size", "10", "--throughput", "-1",
                    "--transactional-id", name, "--transaction-duration-ms", "10",
                ])
            try fill(servers, name, count: 1)

            let consumer = try Consumer(configuration, group: uniqueName("g"))
            let found = try consumer.fetchOne(name, 0, offset: 0, timeout: .seconds(20))
            #expect(found?.byteCount == large.count)
            let place = TopicPartition(name, 0)
            let high = try consumer.watermarks(place, timeout: .seconds(20)).high
            try consumer.assign([TopicPartitionOffset(name, 0, .beginning)])
            let offsets = try consumer.take(3).map(\.offset)
            try #require(offsets.count == 3)
            let holes = Set(0..<high).subtracting(offsets).sorted()
            let hole = try #require(holes.first, "the marker's offset")
            let next = offsets.first { $0 > hole } ?? high
            let looked = try consumer.lookUp([place: hole], timeout: .seconds(20))
            guard case .missing(next) = looked[place] else {
                Issue.record("expected a hole at \(hole) of \(offsets), found \(String(describing: looked[place]))")
                return
            }
            let last = try consumer.fetchOne(name, 0, offset: offsets[2], timeout: .seconds(20))
            #expect(last?.valueBytes == Array("0".utf8))
            consumer.close(timeout: .seconds(5))
        }
    }

    @Test func `two members of a group share its partitions, and one takes all when the other leaves`() async throws {
        let servers = try OnRealKafka.servers()
        try await blocking {
            var configuration = KafkaConfiguration(bootstrapServers: servers)
            configuration.sessionTimeout = .seconds(6)
            let shared = configuration
            let admin = try Admin(shared)
            let name = uniqueName("shared")
            _ = try admin.createTopics([TopicSpecification(name: name, partitions: 4)], timeout: .seconds(20))
            let group = uniqueName("g")
            let first = try Consumer(shared, group: group, mode: .group(topics: [name]))
            #expect(try member(first) { $0.count == 4 }, "alone, the first has all")

            let second = try Consumer(shared, group: group, mode: .group(topics: [name]))
            let halved = OneShot<Bool>()
            let other = try OSThread.start(name: "second") {
                halved.give((try? member(second) { $0.count == 2 }) ?? false)
            }
            #expect(try member(first) { $0.count == 2 }, "the first gives half back")
            other.join()
            #expect(halved.wait(timeout: .zero) == true)

            for partition in 0..<4 { try fill(servers, name, partition: Int32(partition), count: 3) }
            let mine = try first.take(6).map(Copied.init)
            let theirs = try second.take(6).map(Copied.init)
            #expect(Set(mine.map(\.partition)).isDisjoint(with: Set(theirs.map(\.partition))))
            #expect(mine.count == 6 && theirs.count == 6)

            #expect(second.close(timeout: .seconds(10)))
            #expect(try member(first) { $0.count == 4 }, "the first takes over what was left")
            first.close(timeout: .seconds(10))
        }
    }

    @Test func `a consumer goes on where it was after its broker was killed and restarted`() async throws {
        try await blocking {
            let kafka = try RealKafka.start()
            try kafka.createTopic("survives")
            try fill(kafka.bootstrapServers, "survives", count: 5)
            let consumer = try Consumer(KafkaConfiguration(bootstrapServers: kafka.bootstrapServers), group: "g")
            try consumer.assign([TopicPartitionOffset("survives", 0, .beginning)])
            #expect(try consumer.take(5).map(\.offset) == [0, 1, 2, 3, 4])
            try kafka.kill()
            let down = consumer.first { if case .allBrokersDown = $0 { true } else { nil } }
            #expect(down == true)
            try kafka.restart()
            try fill(kafka.bootstrapServers, "survives", count: 3)
            #expect(try consumer.take(3, timeout: .seconds(60)).map(\.offset) == [5, 6, 7])
            #expect(consumer.close(timeout: .seconds(10)))
        }
    }
}

/// Answers rebalances as a member should until `done` likes the partitions it has.
private func member(_ consumer: Consumer, _ done: ([TopicPartition]) -> Bool) throws -> Bool {
    let deadline = MonotonicClock.deadline(after: .seconds(40))
    while let event = consumer.next(timeout: MonotonicClock.remaining(until: deadline)) {
        guard case .rebalance(let rebalance) = event else { continue }
        switch rebalance {
        case .assigned(let partitions):
            try consumer.assign(partitions.map { TopicPartitionOffset($0, .beginning) })
            if done(partitions) { return true }
        case .revoked, .lost: try consumer.unassign()
        }
    }
    return false
}
