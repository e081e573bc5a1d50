import KafkaClient
import ProjectionStore
import Testing
import WorkerTesting

extension BrokerScenarios {
    /// An operator resets the consumer group with Kafka's own tool, as is usual with other consumers. Here the offset
    /// in the store decides: the worker says so and goes on where it stood, neither twice nor with a gap. Where another
    /// store's worker has written to the group, two deployments share a name: then the partition halts.
    @Suite struct GroupOffset {
        private static let plugin = "mechanism-directory"

        @Test(arguments: ["--to-earliest", "--to-latest"])
        func `an offset that a tool set loses to the store's, with a warning`(_ target: String) async throws {
            let kafka = try OnKafka.kafka()
            try await onOwnThread {
                var options = TestDeployment.Options()
                options.plugins = [Self.plugin]
                let deployment = try TestDeployment(
                    "reset", bootstrapServers: kafka.bootstrapServers, partitions: 1, options: options)
                let history = try History.events()
                try deployment.send(Array(history.prefix(150)))
                try deployment.workThrough()
                try deployment.send(Array(history.dropFirst(150)))
                try kafka.tool(
                    "groups",
                    [
                        "--group", deployment.group(Self.plugin), "--topic", deployment.topics.events,
                        "--reset-offsets", target, "--execute",
                    ])
                let log = try deployment.workThrough()
                #expect(log.contains("somebody set the group's offset"), "\(log)")
                #expect(log.contains("reading from 150, because the offset in SQL decides"), "\(log)")
                let count = try deployment.withStore(of: Self.plugin) { try $0.counters()["duplicates"] ?? 0 }
                #expect(count == 0)
                let table = try deployment.run(["projection", "show", "distinct-states", "--format", "csv"])
                #expect(table.contains("124"), "\(table)")
            }
        }

        @Test func `an offset that another store's worker wrote halts the partition`() async throws {
            let kafka = try OnKafka.kafka()
            try await onOwnThread {
                var options = TestDeployment.Options()
                options.plugins = [Self.plugin]
                let deployment = try TestDeployment(
                    "shared-name", bootstrapServers: kafka.bootstrapServers, partitions: 2, options: options)
                try deployment.send(Array(try History.events().prefix(60)))
                try deployment.workThrough()
                let consumer = try Consumer(deployment.kafka, group: deployment.group(Self.plugin))
                try consumer.commit(
                    [
                        CommittedOffset(
                            TopicPartition(deployment.topics.events, 1), offset: 3, metadata: "diwan store=feed")
                    ],
                    timeout: .seconds(20))
                consumer.close(timeout: .seconds(5))
                let worker = try deployment.startWorker()
                try worker.mustSay("foreign-store: \(deployment.topics.events)[1]")
                try worker.mustSay("store feed")
                try worker.mustSay("1 partitions assigned")
                #expect(!worker.errors.contains("worker: ready"))
                try worker.leaves()
            }
        }
    }
}
