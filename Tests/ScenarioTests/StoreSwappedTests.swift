import Foundation
import Testing
import WorkerTesting

extension Scenarios {
    /// The disk with the store is replaced: the files are gone, or yesterday's backup lies there, or the files of the
    /// neighbouring deployment. Reading on would send notices a second time or mix two histories. Each time the worker
    /// stays up, says for each partition what happened and what to do, is not ready, and sends nothing.
    @Suite struct StoreSwapped {
        /// Works through history and synthetic events, so that notices have gone out, and gives the store to `swap`.
        private static func story(
            expecting codes: [String], halting: [String], _ swap: @Sendable (TestDeployment) throws -> Void
        ) throws {
            let kafka = try OnKafka.kafka()
            let deployment = try TestDeployment("swapped", bootstrapServers: kafka.bootstrapServers)
            let synthetic = try History.synthetic()
            try deployment.send(try History.events() + synthetic.dropLast(4))
            try deployment.workThrough()
            _ = try deployment.copyStore("yesterday")
            try deployment.send(Array(synthetic.suffix(4)))
            try deployment.workThrough()
            let mails = try deployment.mails()
            let notices = try deployment.noticeIDs().sorted()
            #expect(!mails.isEmpty && notices.count == mails.count)

            try swap(deployment)
            let worker = try deployment.startWorker()
            for code in codes { try worker.mustSay(code) }
            for advice in halting { try worker.mustSay(advice) }
            // What would be sent again would be sent at once.
            sleep(3)
            #expect(worker.isRunning)
            #expect(!worker.errors.contains("worker: ready"))
            #expect(try deployment.noticeIDs().sorted() == notices)
            #expect(try deployment.mails() == mails)
            try worker.leaves()
        }

        @Test func `a lost store halts its partitions and no notice is sent again`() async throws {
            try await onOwnThread {
                try Self.story(
                    expecting: ["store-lost"], halting: ["put them back", "delete the group's offsets"]
                ) { try $0.replaceStore(by: nil) }
            }
        }

        @Test func `to start over on purpose it is enough to delete the group's offsets, as the message says`()
            async throws
        {
            let kafka = try OnKafka.kafka()
            try await onOwnThread {
                var options = TestDeployment.Options()
                options.plugins = ["mechanism-directory"]
                let deployment = try TestDeployment("over", bootstrapServers: kafka.bootstrapServers, options: options)
                try deployment.send(try History.events())
                try deployment.workThrough()
                let before = try deployment.fingerprints(digests: [])
                try deployment.replaceStore(by: nil)
                try kafka.tool("groups", ["--delete", "--group", deployment.group("mechanism-directory")])
                try deployment.workThrough()
                #expect(try deployment.fingerprints(digests: []) == before)
            }
        }

        @Test func `a store restored from yesterday halts the partitions that went on since`() async throws {
            try await onOwnThread {
                try Self.story(
                    expecting: ["store-restored"], halting: ["restored from an older copy", "Put the newer files back"]
                ) { try $0.replaceStore(by: $0.folder.appendingPathComponent("yesterday")) }
            }
        }

        @Test func `another deployment's store halts`() async throws {
            try await onOwnThread {
                try Self.story(expecting: ["foreign-store"], halting: ["put the right files back"]) { deployment in
                    // The neighbour reads the same topics, so its store fits the log in everything but its id.
                    let neighbour = try TestDeployment(
                        "neighbour", bootstrapServers: try OnKafka.kafka().bootstrapServers,
                        topics: .init(
                            events: deployment.topics.events, people: deployment.topics.people,
                            notices: "\(deployment.topics.notices)-neighbour"))
                    try neighbour.createTopics([neighbour.topics.notices])
                    try neighbour.workThrough()
                    try deployment.replaceStore(by: neighbour.storeFolder)
                }
            }
        }
    }
}
