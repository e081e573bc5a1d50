import Foundation
import KafkaClient
import Testing
import WorkerTesting

@Suite(.onSecureKafka, .enabled(if: RealKafka.isAvailable), .serialized, .timeLimit(.minutes(5)))
struct SecureKafkaTests {
    private func configuration(_ kafka: RealKafka, user: String, password: String) throws -> KafkaConfiguration {
        var configuration = KafkaConfiguration(bootstrapServers: try #require(kafka.secureServers))
        configuration.passthrough = [
            "security.protocol": "sasl_ssl", "sasl.mechanism": "PLAIN", "sasl.username": user,
            "ssl.ca.location": try #require(kafka.authorityFile),
        ]
        configuration.secrets["sasl.password"] = .literal(password)
        return configuration
    }

    private func metadata(_ configuration: KafkaConfiguration) async throws -> Result<ClusterMetadata, KafkaError> {
        try await blocking {
            let admin = try Admin(configuration)
            defer { admin.close(timeout: .seconds(5)) }
            do throws(KafkaError) {
                return .success(try admin.metadata(timeout: .seconds(15)))
            } catch {
                return .failure(error)
            }
        }
    }

    @Test func `good credentials over TLS are accepted`() async throws {
        let kafka = try #require(OnRealKafka.running)
        let answer = try await metadata(configuration(kafka, user: "admin", password: "admin-secret"))
        #expect(try answer.get().brokers.count == 1)
    }

    @Test func `a client certificate is accepted`() async throws {
        let kafka = try #require(OnRealKafka.running)
        var configuration = KafkaConfiguration(bootstrapServers: try #require(kafka.mutualServers))
        configuration.passthrough = [
            "security.protocol": "ssl", "ssl.ca.location": try #require(kafka.authorityFile),
            "ssl.certificate.location": kafka.clientCertificateFile, "ssl.key.location": kafka.clientKeyFile,
        ]
        #expect(try await metadata(configuration).get().brokers.count == 1)
    }

    @Test func `a wrong password is refused as authentication, soon and without showing it`() async throws {
        let kafka = try #require(OnRealKafka.running)
        let answer = try await metadata(configuration(kafka, user: "diwan", password: "wrong-canary-55"))
        let error = #expect(throws: KafkaError.self) { try answer.get() }
        #expect(error?.code == .authentication)
        #expect(!String(reflecting: error).contains("wrong-canary-55"))
    }

    @Test func `a certificate that nobody vouches for is a TLS failure`() async throws {
        let kafka = try #require(OnRealKafka.running)
        var wrong = try configuration(kafka, user: "admin", password: "admin-secret")
        // The client's certificate is no authority for the broker's.
        wrong.passthrough["ssl.ca.location"] = kafka.clientCertificateFile
        let answer = try await metadata(wrong)
        let error = #expect(throws: KafkaError.self) { try answer.get() }
        #expect(error?.code == .tlsFailure)
    }

    @Test func `a user without the right is told apart from one who is not known`() async throws {
        let kafka = try #require(OnRealKafka.running)
        let user = try configuration(kafka, user: "stranger", password: "stranger-secret")
        try await blocking {
            let admin = try Admin(user)
            let results = try admin.createTopics(
                [TopicSpecification(name: "forbidden", partitions: 1)], timeout: .seconds(15))
            let error = #expect(throws: KafkaError.self) { try results["forbidden"]?.get() }
            #expect(error?.code == .authorization)
            admin.close(timeout: .seconds(5))
        }
    }
}
