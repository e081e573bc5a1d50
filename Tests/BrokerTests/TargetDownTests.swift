import Foundation
import KafkaClient
import Testing
import WorkerTesting

/// One of the two places to which notices go is away: the brokers that hold their topic, or the disk with the mail
/// folder. Deliveries there pause and say so; the other place gets everything at once, the tables go on, and nothing
/// becomes a dead letter. When the place is back, everything arrives there in order.
@Suite(.serialized, .timeLimit(.minutes(2)))
struct TargetDown {
    @Test func `the topic of notices is down: mail goes out, and the topic gets everything in order later`()
        async throws
    {
        try await onOwnThread {
            let cluster = try MockCluster(brokers: 2)
            for topic in ["events", "people", "notices"] { try cluster.createTopic(topic, partitions: 1) }
            for topic in ["events", "people"] { try cluster.setLeader(of: TopicPartition(topic, 0), broker: 1) }
            try cluster.setLeader(of: TopicPartition("notices", 0), broker: 2)
            try cluster.setCoordinator(group: "diwan.small.ledger.1", broker: 1)
            let deployment = try Self.deployment(cluster)
            try cluster.setDown(broker: 2)
            try deployment.send(20)
            let worker = try deployment.start()
            try deployment.expectWhole(worker)
            let count = 20 * SmallDeployment.keys.count
            #expect(try deployment.settles("maildir"))
            #expect(deployment.mails().count == count)
            #expect(try deployment.unsettled() == ["kafka": count])
            #expect(try deployment.deadLetters().isEmpty)
            try deployment.send(1)
            try deployment.expectWhole(worker)

            try cluster.setUp(broker: 2)
            #expect(try deployment.settles(within: .seconds(30)), "\(deployment.pending) \(worker.log)")
            worker.leaves()
            try deployment.expectNotices(on: "notices", mostRepeats: count)
        }
    }

    @Test func `the topic of notices refuses for a while: deliveries pause and keep their order`() async throws {
        try await onOwnThread {
            let cluster = try MockCluster(topics: [("events", 1), ("people", 1), ("notices", 1)])
            let deployment = try Self.deployment(cluster)
            try deployment.send(30)
            // Batch after batch: one is refused, the next is taken.
            try cluster.failNext(.produce, with: [29, 0, 29, 0, 29])
            let worker = try deployment.start()
            try deployment.expectWhole(worker)
            #expect(try deployment.settles(within: .seconds(30)), "\(deployment.pending) \(worker.log)")
            #expect(worker.says("delivery to kafka pauses"))
            worker.leaves()
            try deployment.expectNotices(on: "notices", mostRepeats: 30 * SmallDeployment.keys.count * 5)
            #expect(try deployment.deadLetters().isEmpty)
        }
    }

    @Test func `a topic that takes smaller batches than its brokers loses no notice for that`() async throws {
        try await onOwnThread {
            let cluster = try MockCluster(topics: [("events", 1), ("people", 1), ("notices", 1)])
            let deployment = try Self.deployment(cluster)
            try deployment.send(4)
            try cluster.failNext(.produce, with: [10])
            let worker = try deployment.start()
            try deployment.expectWhole(worker)
            #expect(try deployment.settles(within: .seconds(30)), "\(deployment.pending) \(worker.log)")
            worker.leaves()
            try deployment.expectNotices(on: "notices", mostRepeats: 0)
        }
    }

    @Test func `asked to leave while the topic of notices is down, it leaves at once and sends them later`()
        async throws
    {
        try await onOwnThread {
            let cluster = try MockCluster(brokers: 2)
            for topic in ["events", "people", "notices"] { try cluster.createTopic(topic, partitions: 1) }
            for topic in ["events", "people"] { try cluster.setLeader(of: TopicPartition(topic, 0), broker: 1) }
            try cluster.setLeader(of: TopicPartition("notices", 0), broker: 2)
            try cluster.setCoordinator(group: "diwan.small.ledger.1", broker: 1)
            let deployment = try Self.deployment(cluster)
            try cluster.setDown(broker: 2)
            try deployment.send(2)
            let worker = try deployment.start()
            try deployment.expectWhole(worker)
            #expect(try deployment.settles("maildir"))
            worker.leaves(within: .seconds(15))
            try cluster.setUp(broker: 2)
            let next = try deployment.start()
            #expect(try deployment.settles(within: .seconds(30)), "\(deployment.pending) \(next.log)")
            next.leaves()
            try deployment.expectNotices(on: "notices", mostRepeats: 2 * SmallDeployment.keys.count)
        }
    }

    @Test func `the mail folder's disk is not there: the topic gets everything, and mail arrives later`() async throws {
        try await onOwnThread {
            let cluster = try MockCluster(topics: [("events", 1), ("people", 1), ("notices", 1)])
            let deployment = try Self.deployment(cluster)
            // A file in place of the folder: nothing can be made below it.
            try Data().write(to: URL(fileURLWithPath: deployment.mailFolder))
            try deployment.send(10)
            let worker = try deployment.start()
            try deployment.expectWhole(worker)
            let count = 10 * SmallDeployment.keys.count
            #expect(try deployment.settles("kafka"))
            #expect(try deployment.unsettled() == ["maildir": count])
            #expect(worker.says("delivery to maildir pauses"))
            #expect(worker.isReady)
            #expect(try deployment.deadLetters().isEmpty)

            try FileManager.default.removeItem(atPath: deployment.mailFolder)
            #expect(try deployment.settles(within: .seconds(30)), "\(deployment.pending) \(worker.log)")
            #expect(deployment.mails().count == count)
            worker.leaves()
            try deployment.expectNotices(on: "notices", mostRepeats: 0)
        }
    }

    private static func deployment(_ cluster: MockCluster) throws -> SmallDeployment {
        let deployment = try SmallDeployment(
            servers: cluster.bootstrapServers, ledger: Ledger(notifies: true), people: true, notices: "notices",
            maildir: "mail")
        try deployment.sendRaw(Ledger.described, key: Ledger.person, topic: "people")
        return deployment
    }
}
