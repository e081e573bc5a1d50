import Foundation
import KafkaClient
import Testing
import WorkerTesting

/// A password was changed on the broker and not here; another time the user may log in and see nothing. Waiting does
/// not help, so `doctor` and `worker run` end with 77 and say which of the two it is. With the right password the same
/// configuration works. On the way a canary stands where secrets stand: it may turn up nowhere.
@Suite(.serialized, .enabled(if: RealKafka.isAvailable), .timeLimit(.minutes(5)))
struct CredentialsRefused {
    private static func options(_ kafka: RealKafka, user: String) throws -> TestDeployment.Options {
        var options = TestDeployment.Options()
        options.kafkaExtra = """
              options:
                security.protocol: SASL_SSL
                sasl.mechanism: PLAIN
                sasl.username: \(user)
                ssl.ca.location: \(try #require(kafka.authorityFile))
              secrets: {sasl.password: {environment: KAFKA_PASSWORD}}

            """
        return options
    }

    @Test func `refused credentials end with 77, accepted ones without rights too, and the secret is nowhere`()
        async throws
    {
        try await onOwnThread {
            let kafka = try RealKafka.start(secure: true)
            defer { try? kafka.stop() }
            let secure = try #require(kafka.secureServers)
            let canary = "canary-\(UUID().uuidString)"
            let deployment = try TestDeployment(
                "credentials", bootstrapServers: kafka.bootstrapServers,
                options: try Self.options(kafka, user: "diwan"),
                servers: secure)
            for command in [["doctor"], ["worker", "run"], ["events", "send", "/dev/null"]] {
                let answer = try deployment.answer(command, environment: ["KAFKA_PASSWORD": canary])
                let said = answer.output + answer.errors
                if command[0] != "events" { #expect(answer.end == .exit(77), "\(command): \(said)") }
                #expect(!said.contains(canary), "\(command): \(said)")
            }

            // The stranger's password is right; what is missing is the right to read.
            let stranger = try TestDeployment(
                "stranger", bootstrapServers: kafka.bootstrapServers, topics: deployment.topics,
                options: try Self.options(kafka, user: "stranger"), servers: secure)
            let refused = try stranger.answer(["worker", "run"], environment: ["KAFKA_PASSWORD": "stranger-secret"])
            #expect(refused.end == .exit(77), "\(refused.errors)")

            for resource in [["--topic", "*"], ["--group", "*"]] {
                try kafka.tool(
                    "acls", ["--add", "--allow-principal", "User:diwan", "--operation", "All"] + resource)
            }
            try kafka.tool(
                "acls", ["--add", "--allow-principal", "User:diwan", "--operation", "IdempotentWrite", "--cluster"])
            let worker = try deployment.startWorker(environment: ["KAFKA_PASSWORD": "diwan-secret"])
            try worker.mustSay("worker: ready")
            try worker.leaves()
        }
    }
}
