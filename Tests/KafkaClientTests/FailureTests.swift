import Foundation
import KafkaClient
import Testing
import Threads

/// A port that refuses, since nothing listens there.
private let nobody = "127.0.0.1:1"

@Suite(.timeLimit(.minutes(3))) struct FailureTests {
    @Test func `an absent broker is told apart from other failures, as answer and as event`() async throws {
        try await blocking {
            let consumer = try Consumer(KafkaConfiguration(bootstrapServers: nobody), group: "g")
            let error = #expect(throws: KafkaError.self) { try consumer.metadata(timeout: .seconds(3)) }
            #expect(error?.code == .brokerUnreachable)
            #expect(error?.retriable == true)
            let seen = consumer.first(timeout: .seconds(5)) { event -> KafkaError.Code? in
                if case .error(let error) = event { error.code } else { nil }
            }
            #expect(seen == .brokerUnreachable)
            #expect(consumer.close(timeout: .seconds(5)))
        }
    }

    @Test func `closing keeps its deadline when the coordinator is gone`() async throws {
        try await blocking {
            let cluster = try MockCluster(topics: [("events", 1)])
            let configuration = KafkaConfiguration(bootstrapServers: cluster.bootstrapServers)
            let consumer = try Consumer(configuration, group: "g", mode: .group(topics: ["events"]))
            let assigned = consumer.first { event -> [TopicPartition]? in
                if case .rebalance(.assigned(let partitions)) = event { partitions } else { nil }
            }
            #expect(assigned == [TopicPartition("events", 0)])
            try consumer.assign([TopicPartitionOffset("events", 0, .beginning)])
            try cluster.setDown(broker: 1)
            let start = MonotonicClock.now
            consumer.close(timeout: .seconds(4))
            let seconds = Double(MonotonicClock.now - start) / 1e9
            #expect(seconds < 6, "closing took \(seconds) s")
            let closed = consumer.first(timeout: .seconds(1)) { if case .closed = $0 { true } else { nil } }
            #expect(closed == true)
        }
    }

    @Test func `whatever waits on a consumer fails when it is closed`() async throws {
        try await blocking {
            let consumer = try Consumer(KafkaConfiguration(bootstrapServers: nobody), group: "g")
            let answer = OneShot<Result<Void, KafkaError>>()
            consumer.commit([CommittedOffset(TopicPartition("t", 0), offset: 1)]) { answer.give($0) }
            let asked = OneShot<KafkaError?>()
            let asker = try OSThread.start(name: "asker") {
                do throws(KafkaError) {
                    _ = try consumer.metadata(timeout: .seconds(30))
                    asked.give(nil)
                } catch {
                    asked.give(error)
                }
            }
            #expect(asked.wait(timeout: .milliseconds(300)) == nil)
            consumer.close(timeout: .seconds(3))
            asker.join()
            if case .failure = answer.wait(timeout: .seconds(1)) {} else { Issue.record("the commit was not failed") }
            #expect(asked.wait(timeout: .seconds(1))??.code == .closed)
            let late = #expect(throws: KafkaError.self) { try consumer.assign([]) }
            #expect(late?.code == .closed)
        }
    }

    @Test func `a full producer says so, and takes more once reports are taken`() async throws {
        try await blocking {
            let cluster = try MockCluster(topics: [("events", 1)])
            try cluster.setDown(broker: 1)
            var configuration = KafkaConfiguration(bootstrapServers: cluster.bootstrapServers)
            configuration.producerQueueRecords = 10
            let producer = try Producer(configuration)
            for number in 0..<10 {
                try producer.produce(topic: "events", partition: 0, key: nil, value: [1], token: UInt64(number))
            }
            let full = #expect(throws: KafkaError.self) {
                try producer.produce(topic: "events", partition: 0, key: nil, value: [1])
            }
            #expect(full?.code == .queueFull)
            #expect(full?.retriable == true)
            try cluster.setUp(broker: 1)
            #expect(producer.reports(10).map(\.token).sorted() == Array(0..<10))
            try producer.produce(topic: "events", partition: 0, key: nil, value: [1], token: 10)
            #expect(producer.reports(1).map(\.token) == [10])
            #expect(producer.close(timeout: .seconds(5)))
        }
    }

    @Test func `a record that is too large is refused at once`() async throws {
        try await blocking {
            var configuration = KafkaConfiguration(bootstrapServers: nobody)
            configuration.maximumRecordBytes = 2_000
            let producer = try Producer(configuration)
            let error = #expect(throws: KafkaError.self) {
                try producer.produce(topic: "t", key: nil, value: [UInt8](repeating: 1, count: 3_000))
            }
            #expect(error?.code == .recordTooLarge)
            producer.close(timeout: .seconds(1))
        }
    }

    @Test func `a producer that is closed without a broker reports every record within its deadline`() async throws {
        try await blocking {
            let producer = try Producer(KafkaConfiguration(bootstrapServers: nobody))
            for number in 0..<5 { try producer.produce(topic: "t", key: nil, value: [1], token: UInt64(number)) }
            let start = MonotonicClock.now
            #expect(!producer.close(timeout: .seconds(2)))
            #expect(Double(MonotonicClock.now - start) / 1e9 < 6)
            let reports = producer.reports(5, timeout: .seconds(1))
            #expect(reports.map(\.token) == [0, 1, 2, 3, 4])
            #expect(reports.allSatisfy { $0.error?.code == .closed })
            let late = #expect(throws: KafkaError.self) { try producer.produce(topic: "t", key: nil, value: [1]) }
            #expect(late?.code == .closed)
        }
    }

    @Test func `a fatal error is told, and a new producer sends again`() async throws {
        try await blocking {
            let cluster = try MockCluster(topics: [("events", 1)])
            let producer = try Producer(KafkaConfiguration(bootstrapServers: cluster.bootstrapServers))
            try producer.produce(topic: "events", partition: 0, key: nil, value: [1], token: 1)
            #expect(producer.reports(1).first?.error == nil)
            // 45: out of order sequence number, which idempotence cannot mend for a first-in-flight batch.
            try cluster.failNext(.produce, with: [45])
            try producer.produce(topic: "events", partition: 0, key: nil, value: [2], token: 2)
            var fatal: KafkaError?
            while fatal == nil, let event = producer.next(timeout: .seconds(20)) {
                if case .error(let error) = event, error.fatal { fatal = error }
            }
            #expect(fatal?.code == .fatal)
            let refused = #expect(throws: KafkaError.self) {
                try producer.produce(topic: "events", partition: 0, key: nil, value: [3])
            }
            #expect(refused?.fatal == true)
            producer.close(timeout: .seconds(3))
            try cluster.clearFailures(.produce)
            try fill(cluster.bootstrapServers, "events", count: 1)
        }
    }
}
