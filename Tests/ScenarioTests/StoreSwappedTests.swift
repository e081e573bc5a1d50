import Foundation
import Testing
import WorkerTesting

extension BrokerScenarios {
    /// The disk with the store is replaced: the files are gone, or yesterday's backup lies there, or the files of the
    /// neighbouring deployment. Reading on would send notices a second time or mix two histories. Each time the worker
    /// stays up, says for each partition what happened and what to do, is not ready, and sends nothing.
    @Suite struct StoreSwapped {
        @Test func `a store that is lost, restored or another's halts, and nothing is sent again until it is put back`()
            async throws
        {
            let kafka = try OnKafka.kafka()
            try await onOwnThread { try Self.story(kafka) }
        }

        private static func story(_ kafka: RealKafka) throws {
            let deployment = try TestDeployment("swapped", bootstrapServers: kafka.bootstrapServers)
            let synthetic = try History.synthetic()
            try deployment.send(try History.events() + synthetic.dropLast(4))
            try deployment.workThrough()
            let yesterday = try deployment.copyStore("yesterday")
            try deployment.send(Array(synthetic.suffix(4)))
            try deployment.workThrough()
            let right = try deployment.copyStore("right")
            let sent = try Sent(deployment)
            #expect(!sent.mails.isEmpty && sent.notices.count == sent.mails.count)

            try deployment.replaceStore(by: nil)
            try halts(deployment, ["store-lost", "put them back", "delete the group's offsets"], sent)
            try deployment.replaceStore(by: yesterday)
            try halts(
                deployment, ["store-restored", "restored from an older copy", "Put the newer files back"], sent)
            // The neighbour reads the same topics, so its store fits the log in everything but its id.
            let neighbour = try TestDeployment(
                "neighbour", bootstrapServers: kafka.bootstrapServers,
                topics: .init(
                    events: deployment.topics.events, people: deployment.topics.people,
                    notices: "\(deployment.topics.notices)-neighbour"))
            try neighbour.createTopics([neighbour.topics.notices])
            try neighbour.workThrough()
            try deployment.replaceStore(by: neighbour.storeFolder)
            try halts(deployment, ["foreign-store", "put the right files back"], sent)

            // As each of the messages says.
            try deployment.replaceStore(by: right)
            let worker = try deployment.startWorker()
            try worker.mustSay("worker: ready")
            try deployment.waitUntilCaughtUp(while: worker)
            try worker.leaves()
            #expect(try Sent(deployment) == sent)
        }

        /// A worker on these files stays up, says what happened and what to do, is not ready, and sends nothing.
        private static func halts(_ deployment: TestDeployment, _ words: [String], _ sent: Sent) throws {
            let worker = try deployment.startWorker()
            for word in words { try worker.mustSay(word) }
            // What would be sent again would be sent at once.
            sleep(3)
            #expect(worker.isRunning)
            #expect(!worker.errors.contains("worker: ready"), "\(words)")
            #expect(try Sent(deployment) == sent, "\(words)")
            try worker.leaves()
        }

        /// What has gone out.
        private struct Sent: Equatable {
            let mails: [String]
            let notices: [String]

            init(_ deployment: TestDeployment) throws {
                mails = try deployment.mails()
                notices = try deployment.noticeIDs().sorted()
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
    }
}
