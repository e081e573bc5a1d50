import Foundation
import Testing
import WorkerTesting

extension SharedScenarios {
    /// Somebody adds partitions to the topic, or deletes it and makes it anew, while workers read it. Keys move, or
    /// offsets mean other records; the workers notice within a minute and leave the topic to the operator, without
    /// waiting for the next time partitions are shared out.
    @Suite(.enabled(if: PostgresCluster.isAvailable)) struct TopicGrows {
        private static let plugin = "mechanism-directory"

        @Test func `a topic that grows under running workers is halted within a minute, on both stores`() async throws {
            let kafka = try OnKafka.kafka()
            try await onOwnThread {
                let shared = try TestDeployment.shared("grows", plugins: [Self.plugin], partitions: 2)
                var options = TestDeployment.Options()
                options.plugins = [Self.plugin]
                let alone = try TestDeployment(
                    "grows-alone", bootstrapServers: kafka.bootstrapServers, topics: shared.topics, options: options)
                try shared.send(try History.events())
                let workers = [try shared.startWorker(), try alone.startWorker()]
                try shared.waitUntilCaughtUp(while: workers[0])
                try alone.waitUntilCaughtUp(while: workers[1])
                for worker in workers { try worker.mustSay("worker: ready") }
                try kafka.tool("topics", ["--alter", "--topic", shared.topics.events, "--partitions", "3"])
                for worker in workers {
                    for partition in 0..<2 {
                        try worker.mustSay("partitions-changed: \(shared.topics.events)[\(partition)]")
                    }
                    try worker.mustSay("worker: not ready")
                    try worker.leaves()
                }
            }
        }
    }
}
