import KafkaClient
import Testing
import Threads
import WorkerRuntime
import WorkerTesting

/// A cluster has a bad night. Its only broker is down when the worker starts, comes, goes and comes again; in a cluster
/// of three, leaders and the group's coordinator move from one to the other; the network is slow; and a machine hangs
/// while its connections stay, so that nobody says that nobody answers. None of this is the worker's failure: it waits,
/// is not ready, says why, and has everything once and in order within 30 seconds of the cluster's return.
@Suite(.serialized, .timeLimit(.minutes(3)))
struct BrokersComeAndGo {
    @Test func `a worker waits for its broker, goes on when it comes, and leaves in time without it`() async throws {
        try await onOwnThread {
            let cluster = try MockCluster(topics: [("events", 4)])
            let deployment = try SmallDeployment(servers: cluster.bootstrapServers)
            try deployment.send(10)
            try cluster.setDown(broker: 1)
            let worker = try deployment.start()
            #expect(worker.says("waiting for Kafka"))
            #expect(!worker.isReady)
            try cluster.setUp(broker: 1)
            try deployment.expectWhole(worker)
            #expect(worker.becomes { $0.isReady })

            try cluster.setDown(broker: 1)
            #expect(worker.becomes { !$0.isReady })
            #expect(worker.says("waiting for Kafka, no broker answers"))
            try cluster.setUp(broker: 1)
            try deployment.send(10)
            try deployment.expectWhole(worker)
            #expect(worker.becomes { $0.isReady })
            #expect(worker.says("Kafka answers again"))

            try cluster.setDown(broker: 1)
            worker.leaves(within: .seconds(25))
        }
    }

    @Test func `leaders and the coordinator move, and a broker of three goes: nothing is lost`() async throws {
        try await onOwnThread {
            let cluster = try MockCluster(brokers: 3, topics: [("events", 4)])
            let deployment = try SmallDeployment(servers: cluster.bootstrapServers)
            let worker = try deployment.start()
            for round in 0..<12 {
                for partition in 0..<4 {
                    try cluster.setLeader(
                        of: TopicPartition("events", Int32(partition)), broker: Int32((round + partition) % 3 + 1))
                }
                try cluster.setCoordinator(group: "diwan.small.ledger.1", broker: Int32(round % 3 + 1))
                try deployment.send(3)
            }
            try deployment.expectWhole(worker, "leaders moved")

            // Its leaders are elsewhere by the time the cluster notices.
            try cluster.setDown(broker: 2)
            for partition in 0..<4 {
                try cluster.setLeader(
                    of: TopicPartition("events", Int32(partition)), broker: partition % 2 == 0 ? 1 : 3)
            }
            try cluster.setCoordinator(group: "diwan.small.ledger.1", broker: 3)
            try deployment.send(5)
            try deployment.expectWhole(worker, "one of three is down")
            try cluster.setUp(broker: 2)
            for partition in 0..<4 {
                try cluster.setLeader(of: TopicPartition("events", Int32(partition)), broker: 2)
            }
            try deployment.send(5)
            try deployment.expectWhole(worker, "it is back, and leads")
            worker.leaves()
        }
    }

    @Test func `a slow network delays and loses nothing, and the worker stays ready`() async throws {
        try await onOwnThread {
            let cluster = try MockCluster(topics: [("events", 4)])
            let deployment = try SmallDeployment(servers: cluster.bootstrapServers)
            try deployment.send(50)
            let worker = try deployment.start()
            #expect(worker.becomes { $0.isReady })
            try cluster.setRoundTrip(broker: 1, .milliseconds(700))
            try deployment.send(20)
            try deployment.expectWhole(worker)
            #expect(worker.isReady)
            #expect(!worker.log.contains { $0.contains("no broker answers") }, "\(worker.log)")
            worker.leaves()
        }
    }

    @Test func `a broker that hangs with open connections is noticed within 10 s, also by an idle worker`() async throws
    {
        try await onOwnThread {
            let cluster = try MockCluster(topics: [("events", 4)])
            let deployment = try SmallDeployment(servers: cluster.bootstrapServers)
            try deployment.send(10)
            let worker = try deployment.start()
            try deployment.expectWhole(worker)
            #expect(worker.becomes { $0.isReady && $0.isIdle })

            // What is asked from now on is answered in an hour: half-open, as behind a firewall that forgot.
            try cluster.setRoundTrip(broker: 1, .seconds(3600))
            #expect(worker.becomes(within: .seconds(10)) { !$0.isReady })
            #expect(worker.says("no broker answers"))
            // New connections are served; those from before stay dumb.
            try cluster.setRoundTrip(broker: 1, .zero)
            try deployment.send(10, through: try Sender(deployment.settings.kafka))
            try deployment.expectWhole(within: .seconds(30), worker)
            #expect(worker.becomes(within: .seconds(5)) { $0.isReady })
            worker.leaves()
        }
    }
}
