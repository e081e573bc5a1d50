import Glibc
import KafkaClient
import ProjectionStore
import ProjectionStorePostgres
import Testing
import WorkerRuntime
import WorkerTesting

/// With PostgreSQL the worker is a member of the consumer group, and the coordinator refuses it in every way it can:
/// while it joins, while it is given its partitions, and while it says that it lives. It joins again, reads on from the
/// offsets in the store, and nothing is lost, doubled or out of order.
@Suite(.serialized, .enabled(if: PostgresCluster.isAvailable), .timeLimit(.minutes(3)))
struct GroupAnswersErrors {
    /// Coordinator loading, none, another; illegal generation, unknown member, rebalance; connection cut.
    @Test(
        arguments: [
            (.joinGroup, [14, 15, 16, 25, 27, -195]), (.syncGroup, [14, 16, 22, 27, -195]),
            (.heartbeat, [14, 16, 22, -195, 25, 27]),
        ] as [(MockCluster.Request, [Int32])])
    func `a member that is refused joins again and loses nothing`(_ request: MockCluster.Request, _ errors: [Int32])
        async throws
    {
        try await onOwnThread {
            let cluster = try MockCluster(topics: [("events", 4)])
            let provider = PostgresStoreProvider(
                uri: try PostgresCluster.shared.get().uri(), deployment: "refused-\(request.rawValue)")
            let deployment = try SmallDeployment(servers: cluster.bootstrapServers, other: provider)
            try deployment.send(3)
            if request != .heartbeat { try cluster.failNext(request, with: errors) }
            let worker = try deployment.start()
            try deployment.expectWhole(within: .seconds(60), worker, "\(request) answered \(errors):")
            if request == .heartbeat {
                try cluster.failNext(request, with: errors)
                for _ in 0..<5 {
                    usleep(300_000)
                    try deployment.send(2)
                }
                try deployment.expectWhole(within: .seconds(60), worker, "\(request) answered \(errors):")
            }
            #expect(worker.becomes { $0.isReady })
            worker.leaves()
        }
    }
}
