import Foundation
import Testing

@testable import Configuration

@Suite struct SecretTests {
    static let canary = "canary-5d41402a"

    func withFile(_ content: Data, _ body: (String) throws -> Void) throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "diwan-secret-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let file = folder.appending(path: "secret")
        try content.write(to: file)
        try body(file.path)
    }

    @Test(arguments: [canary, canary + "\n", canary + "\r\n"])
    func `a secret is read from its file, without the line end`(_ content: String) throws {
        try withFile(Data(content.utf8)) { path in
            let secret = try SecretSource.file(path).resolve(environment: [:])
            #expect(secret.revealed == Self.canary)
        }
    }

    @Test func `a secret is read from its variable`() throws {
        #expect(try SecretSource.environment("P").resolve(environment: ["P": Self.canary]).revealed == Self.canary)
    }

    @Test func `a secret never appears in what is printed of it`() throws {
        let secret = Secret(Self.canary)
        var dumped = ""
        dump(secret, to: &dumped)
        for text in [
            "\(secret)", String(reflecting: secret), String(describing: [secret]), "\(Optional(secret) as Any)", dumped,
        ] {
            #expect(!text.contains(Self.canary))
        }
        #expect("\(secret)" == "<secret>")
    }

    @Test func `what cannot be had is named by its place`() throws {
        let configuration = try WorkerConfiguration.parse(
            BadConfigurationTests.head.replacing(
                "{bootstrap-servers", with: "{secrets: {a: {file: gone}, b: {environment: GONE}}, bootstrap-servers"),
            file: "folder/diwan.yaml")
        do throws(ConfigurationError) {
            _ = try configuration.kafka.resolveSecrets(environment: [:])
            Issue.record("resolved")
        } catch {
            #expect(
                error.problems.map(\.description) == [
                    "folder/gone: kafka.secrets a: cannot be read: no such file or directory; check the path and its rights",
                    "environment variable GONE: kafka.secrets b: is not set; the secret is expected there",
                ])
            #expect(error.exitCode == .config)
        }
    }

    @Test func `an empty secret and one that is no text are refused`() throws {
        for content in [Data(), Data("\n".utf8), Data([0xFF])] {
            try withFile(content) { path in
                #expect(throws: ConfigurationError.self) { _ = try SecretSource.file(path).resolve(environment: [:]) }
            }
        }
    }

    @Test(arguments: [
        "secrets: {sasl.password: canary-5d41402a}", "secrets: {sasl.password: [canary-5d41402a]}",
        "secrets: {sasl.password: {canary-5d41402a: x}}",
        "secrets: {sasl.password: {environment: 'canary-5d41402a x'}}",
        "secrets: canary-5d41402a", "secrets: [canary-5d41402a]", "secrets: {CANARY: x, canary-5d41402a!: x}",
        "secrets: {sasl.password: !canary-5d41402a }", "secrets: {sasl.password: *canary-5d41402a }",
        "options: {sasl.password: canary-5d41402a}", "options: {ssl.key.pem: canary-5d41402a}",
    ])
    func `a secret written into the file is refused without repeating it`(_ line: String) {
        let problems = BadConfigurationTests.problems(
            BadConfigurationTests.head.replacing("{bootstrap-servers", with: "{\(line), bootstrap-servers"))
        #expect(!problems.isEmpty)
        #expect(!problems.joined().contains(Self.canary))
    }

    @Test(arguments: ["canary-5d41402a", "{sasl.password: *canary-5d41402a }", "{a: 'canary-5d41402a"])
    func `nor one in a variable`(_ value: String) {
        let problems = BadConfigurationTests.problems(
            BadConfigurationTests.head, environment: ["DIWAN_KAFKA_SECRETS": value])
        #expect(!problems.isEmpty)
        #expect(!problems.joined().contains(Self.canary))
    }
}
