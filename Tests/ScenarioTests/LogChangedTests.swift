import Foundation
import KafkaClient
import Testing
import Threads
import WorkerTesting

extension BrokerScenarios {
    /// Somebody changes the topic under the worker: deletes records that were not read yet, deletes the topic and makes
    /// it anew (and fills it again, further than the worker had come), or adds partitions. Offsets then mean other
    /// records. The worker compares what it knows of its log, halts what does not fit, and says what to do; it never
    /// takes one record for another.
    @Suite struct LogChanged {
        private static let plugin = "mechanism-directory"

        private static func deployment(_ stem: String, partitions: Int = 1) throws -> TestDeployment {
            var options = TestDeployment.Options()
            options.plugins = [plugin]
            return try TestDeployment(
                stem, bootstrapServers: try OnKafka.kafka().bootstrapServers, partitions: partitions, options: options)
        }

        /// Starts a worker that has to halt, and expects the code, the advice, and that nothing was taken in.
        private static func expectHalt(_ deployment: TestDeployment, _ code: String, _ advice: [String]) throws {
            let before = try deployment.offsets(plugin, topic: deployment.topics.events)
            let worker = try deployment.startWorker()
            try worker.mustSay("\(code): \(deployment.topics.events)[0]")
            for words in advice { try worker.mustSay(words) }
            sleep(1)
            #expect(worker.isRunning)
            #expect(!worker.errors.contains("worker: ready"))
            #expect(try deployment.offsets(plugin, topic: deployment.topics.events) == before)
            try worker.leaves()
        }

        @Test func `records deleted before they were read halt the partition`() async throws {
            try await onOwnThread {
                let deployment = try Self.deployment("deleted")
                let history = try History.events()
                try deployment.send(Array(history.prefix(100)))
                try deployment.workThrough()
                try deployment.send(Array(history[100..<200]))
                try deployment.deleteRecords(before: 150)
                try Self.expectHalt(
                    deployment, "offset-out-of-range",
                    ["from offset 100 up to 150 were deleted", "start: earliest-available"])
            }
        }

        @Test func `records deleted under a running worker halt the partition`() async throws {
            try await onOwnThread {
                let deployment = try Self.deployment("cut")
                let history = try History.events()
                try deployment.send(Array(history.prefix(50)))
                let worker = try deployment.startWorker()
                try deployment.waitUntilCaughtUp(while: worker)
                try worker.mustSay("worker: ready")
                worker.signal(SIGSTOP)
                // A request that is still under way is answered with the first; what follows lies in the log only.
                try deployment.send([history[50]])
                try deployment.send(Array(history[51..<120]))
                try deployment.deleteRecords(before: 110)
                worker.signal(SIGCONT)
                try worker.mustSay("no longer holds offset 5")
                try worker.mustSay("start: earliest-available")
                try worker.mustSay("worker: not ready")
                #expect(worker.isRunning)
                let reached = try #require(
                    deployment.offsets(Self.plugin, topic: deployment.topics.events)[0])
                #expect(reached == 50 || reached == 51)
                #expect(worker.errors.contains("no longer holds offset \(reached), which comes next"))
                try worker.leaves()
            }
        }

        @Test func `a topic made anew halts, also when it is filled again past the offset`() async throws {
            try await onOwnThread {
                let deployment = try Self.deployment("anew")
                let history = try History.events()
                try deployment.send(Array(history.prefix(100)))
                try deployment.workThrough()
                try deployment.recreateTopic()
                try Self.expectHalt(deployment, "topic-recreated", ["the log ends at offset 0", "rebuild the plugin"])
                try deployment.send(Array(history.suffix(130)))
                try Self.expectHalt(
                    deployment, "topic-recreated", ["another record lies at offset 99", "Restore it, or rebuild"])
            }
        }

        @Test func `the same events published again into a topic made anew are told from the first ones`() async throws
        {
            try await onOwnThread {
                let deployment = try Self.deployment("again")
                let events = Array(try History.events().prefix(100))
                try deployment.send(events)
                try deployment.workThrough()
                try deployment.recreateTopic()
                try deployment.send(events)
                // The bytes are equal, the time of recording is not.
                try Self.expectHalt(deployment, "topic-recreated", ["another record lies at offset 99"])
            }
        }

        @Test func `a topic with more partitions than before halts`() async throws {
            try await onOwnThread {
                let deployment = try Self.deployment("grown", partitions: 2)
                try deployment.send(Array(try History.events().prefix(100)))
                try deployment.workThrough()
                try OnKafka.kafka().tool(
                    "topics", ["--alter", "--topic", deployment.topics.events, "--partitions", "6"])
                try Self.expectHalt(
                    deployment, "partitions-changed", ["6 partitions and had 2", "move the events to a new topic"])
            }
        }
    }
}

extension TestDeployment {
    /// Deletes the records of the topic's first partition below an offset, as retention or a tool does.
    fileprivate func deleteRecords(before offset: Int64) throws {
        let admin = try Admin(kafka)
        defer { admin.close(timeout: .seconds(1)) }
        let place = TopicPartition(topics.events, 0)
        let result = try admin.deleteRecords(before: [place: offset], timeout: .seconds(30))
        #expect(try result[place]?.get() == offset)
    }

    fileprivate func recreateTopic() throws {
        let admin = try Admin(kafka)
        defer { admin.close(timeout: .seconds(1)) }
        for result in try admin.deleteTopics([topics.events], timeout: .seconds(30)).values { try result.get() }
        // Kafka forgets a topic a little after it says so.
        let deadline = MonotonicClock.deadline(after: .seconds(30))
        while true {
            let made = try admin.createTopics(
                [TopicSpecification(name: topics.events, partitions: 1)], timeout: .seconds(30))
            guard case .failure(let error)? = made[topics.events] else { return }
            guard error.code == .topicExists, MonotonicClock.remaining(until: deadline) != .zero else { throw error }
            usleep(200_000)
        }
    }
}
