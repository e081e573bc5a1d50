import Testing
import Threads
import WorkerTesting

/// Scenarios stand in four rows: within each one after the other, because each runs workers of its own on a machine of few
/// processors, and the rows side by side, because scenarios mostly wait (for a session to end, for a promise of so many
/// seconds). Each row has one real Kafka, which is started for its first scenario and stopped after the last.
@Suite(.onKafka, .serialized, .enabled(if: RealKafka.isAvailable), .timeLimit(.minutes(15)))
enum Scenarios {}

/// Those that do something to Kafka, its topics or its groups.
@Suite(.onKafka, .serialized, .enabled(if: RealKafka.isAvailable), .timeLimit(.minutes(15)))
enum BrokerScenarios {}

/// Those in which workers share a store.
@Suite(
    .onKafka, .serialized, .enabled(if: RealKafka.isAvailable && PostgresCluster.isAvailable), .timeLimit(.minutes(15)))
enum SharedScenarios {}

/// Those that start Kafkas of their own.
@Suite(.serialized, .enabled(if: RealKafka.isAvailable), .timeLimit(.minutes(15)))
enum OwnScenarios {}

struct OnKafka: SuiteTrait, TestScoping {
    @TaskLocal static var running: RealKafka?

    func provideScope(for test: Test, testCase: Test.Case?, performing function: @Sendable () async throws -> Void)
        async throws
    {
        guard RealKafka.isAvailable else { return try await function() }
        // Kafka looks after compacted topics soon, so that a story can tell of their holes.
        let kafka = try await onOwnThread { try RealKafka.start(settings: ["log.cleaner.backoff.ms": "300"]) }
        try await Self.$running.withValue(kafka) { try await function() }
        try await onOwnThread { try kafka.stop() }
    }

    /// The Kafka of this run.
    static func kafka() throws -> RealKafka { try #require(running) }
}

extension Trait where Self == OnKafka {
    static var onKafka: Self { OnKafka() }
}
