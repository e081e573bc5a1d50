import Foundation
import Testing
import Threads
import WorkerTesting

extension SharedScenarios {
    /// Two workers share the partitions of a store in PostgreSQL, and an operator deals with records that could not be
    /// applied: the worker that owns the partition does it, and neither is disturbed. Later both are gone, and the
    /// command does it by itself.
    @Suite(.enabled(if: PostgresCluster.isAvailable)) struct SharedDeadLetters {
        @Test func `the owner of the partition deals with a dead letter, and where there is none the command does`()
            async throws
        {
            let kafka = try OnKafka.kafka()
            try await onOwnThread { try Self.story(kafka) }
        }

        private static func story(_ kafka: RealKafka) throws {
            let deployment = try TestDeployment.shared("letters", plugins: ["mechanism-directory"])
            try deployment.produce(
                ["arcp", "colombo", "budapest", "bali"].map { RawRecord(key: $0, value: Array("not json".utf8)) })
            let workers = try (0..<2).map { _ in try deployment.startWorker() }
            for worker in workers { try worker.mustSay("the group gives") }
            try deployment.waitUntilCaughtUp()
            let letters = try deployment.listedDeadLetters()
            try #require(letters.count == 4)
            let assigned = workers.map(\.assignments)

            for letter in letters {
                let answer = try deployment.answer(["dead-letters", "redrive", letter.id, "--why", "once more"])
                #expect(answer.end == .exit(65) && answer.output.contains("failed again, 2 attempts"), "\(answer)")
            }
            let discarded = try deployment.run(["dead-letters", "discard", letters[0].id, "--why", "a trial"])
            #expect(discarded.contains("1 discarded"))
            for worker in workers {
                #expect(worker.isRunning)
                #expect(!worker.errors.contains("error"), "\(worker.errors.suffix(2000))")
            }
            #expect(workers.map(\.assignments) == assigned, "nobody lost a partition by it")
            try deployment.send(try History.events())
            try deployment.waitUntilCaughtUp()
            for worker in workers { try worker.leaves() }

            let alone = try deployment.run(["dead-letters", "discard", letters[1].id, "--why", "nobody is there"])
            #expect(alone.contains("1 discarded"), "\(alone)")
            #expect(try deployment.listedDeadLetters().count == 2)
            // Whoever comes next claims what the command had claimed.
            try deployment.workThrough()
        }
    }
}
