import KafkaClient
import Testing
import Threads
import WorkerTesting

/// Kafka fences the producer of the notices, forgets it, or takes its right away for a while: its next batch is refused
/// for ever, and the producer is of no more use. The worker makes it anew and sends the same notices under the same ids:
/// each is on the topic, repeats are told by their ids, and the first of each key stand in order.
@Suite(.serialized, .timeLimit(.minutes(3)))
struct ProducerFenced {
    /// Out of order, duplicate unknown, epoch fenced, unknown producer, fenced, cluster's right, storage, too few
    /// replicas, connection cut, topic's right.
    @Test(arguments: [45, 47, 59, 90, 31, 56, 19, -195, 29] as [Int32])
    func `notices survive whatever their producer is told`(_ error: Int32) async throws {
        try await onOwnThread {
            let cluster = try MockCluster(topics: [("events", 2), ("people", 1), ("notices", 2)])
            let deployment = try SmallDeployment(
                servers: cluster.bootstrapServers, ledger: Ledger(notifies: true), people: true, notices: "notices")
            try deployment.send(5)
            try cluster.failNext(.produce, with: [error, error])
            try expectAll(deployment, cluster, "produce answered \(error)")
        }
    }

    /// Coordinator loading, none, another; cluster's right withdrawn (fatal).
    @Test(arguments: [14, 15, 16, 31, -195] as [Int32])
    func `notices survive what is answered to a producer that asks for its id`(_ error: Int32) async throws {
        try await onOwnThread {
            let cluster = try MockCluster(topics: [("events", 2), ("people", 1), ("notices", 2)])
            let deployment = try SmallDeployment(
                servers: cluster.bootstrapServers, ledger: Ledger(notifies: true), people: true, notices: "notices")
            try deployment.send(5)
            try cluster.failNext(.initProducerID, with: [error, error])
            try expectAll(deployment, cluster, "the producer's id answered \(error)")
        }
    }

    private func expectAll(_ deployment: SmallDeployment, _ cluster: MockCluster, _ comment: String) throws {
        let worker = try deployment.start()
        try deployment.expectWhole(worker)
        #expect(
            try deployment.settles(within: .seconds(30)), "\(comment): \(deployment.pending); \(worker.log)")
        worker.leaves()
        try deployment.expectNotices(on: "notices", mostRepeats: 5 * SmallDeployment.keys.count)
    }
}
