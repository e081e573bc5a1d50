import Foundation
import KafkaClient
import Testing

@Suite struct ConfigurationTests {
    private func failure(_ change: (inout KafkaConfiguration) -> Void) -> KafkaError? {
        var configuration = KafkaConfiguration(bootstrapServers: "localhost:9092")
        change(&configuration)
        do throws(KafkaError) {
            try configuration.validate()
            return nil
        } catch {
            return error
        }
    }

    @Test func `a plain configuration is valid`() { #expect(failure { _ in } == nil) }

    @Test func `an unknown option is named, with the nearest known one`() throws {
        let error = try #require(failure { $0.passthrough["sasl.mechansim"] = "PLAIN" })
        #expect(error.code == .unknownOption)
        #expect(error.message.contains("sasl.mechansim"))
        #expect(error.message.contains("did you mean sasl.mechanism?"))
    }

    @Test func `a wrong value is refused by its option's name`() throws {
        let error = try #require(failure { $0.passthrough["socket.timeout.ms"] = "soon" })
        #expect(error.code == .invalidValue)
        #expect(error.message.contains("socket.timeout.ms"))
        let range = try #require(failure { $0.passthrough["socket.timeout.ms"] = "1" })
        #expect(range.code == .invalidValue)
        #expect(range.message.contains("socket.timeout.ms") && range.message.contains("300000"))
    }

    @Test(arguments: [
        "enable.auto.commit", "auto.offset.reset", "enable.idempotence", "partition.assignment.strategy", "group.id",
        "isolation.level", "bootstrap.servers",
    ])
    func `an option that Diwan controls is refused with the reason`(_ option: String) throws {
        let error = try #require(failure { $0.passthrough[option] = "true" })
        #expect(error.code == .controlledOption)
        #expect(error.message.contains(option))
        #expect(error.message.contains(": "))
    }

    @Test func `options of consumers only and of producers only may stand together`() {
        #expect(
            failure {
                $0.passthrough = ["fetch.wait.max.ms": "100", "sticky.partitioning.linger.ms": "5"]
            } == nil)
    }

    @Test func `options that contradict each other are refused before anything connects`() throws {
        let error = try #require(
            failure {
                $0.sessionTimeout = .seconds(60)
                $0.maximumPollInterval = .seconds(30)
            })
        #expect(error.code == .invalidValue)
        #expect(error.message.contains("max.poll.interval.ms"))
    }

    @Test func `a certificate authority that cannot be read is refused by its option's name`() throws {
        let error = try #require(
            failure {
                $0.passthrough = ["security.protocol": "ssl", "ssl.ca.location": "/nonexistent/ca.pem"]
            })
        #expect(error.code == .invalidValue)
        #expect(error.message.contains("ssl.ca.location"))
    }

    @Test(arguments: ["", "localhost:port", "localhost:0", "localhost:70000", ":9092"])
    func `a server that is no address is refused`(_ server: String) throws {
        let error = try #require(failure { $0.bootstrapServers = [server] })
        #expect(error.code == .invalidValue)
        #expect(error.message.contains("bootstrapServers"))
    }

    @Test func `servers with and without a port, and by IPv6, are accepted`() {
        #expect(failure { $0.bootstrapServers = ["kafka.example.invalid", "[::1]:9092", "127.0.0.1:1"] } == nil)
    }
}
