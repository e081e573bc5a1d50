import Testing

@testable import Configuration

@Suite struct WorkerConfigurationTests {
    static let full = """
        deployment: demo
        kafka:
          bootstrap-servers: [127.0.0.1:9092, "[::1]:9093"]
          options: {security.protocol: SASL_SSL, enable.ssl.certificate.verification: true}
          secrets: {sasl.password: {file: secrets/p}, ssl.key.password: {environment: KEY}}
        topics:
          - {name: iscm.events, partitions: 8, replication: 3, validate: trusted}
          - {name: theirs, own: false}
          - {name: iscm.people, role: people}
          - {name: iscm.notices, role: notices, retention: 90d, headerless: refuse}
        store:
          sqlite: {folder: store, durability: normal}
        plugins:
          mechanism-directory:
          notifications: {activate: beginning, valid-for: 1d 12h, start: earliest-available}
          imrf-digest: {enabled: false}
        delivery:
          kafka:
          maildir: {folder: /var/mail/diwan, sender: diwan@example.invalid}
        limits: {event-bytes: 64KiB, memory: 100MiB, batch-events: 10}
        dedupe: {enabled: false, window: 2d}
        worker: {id: w1, drain: 10s, session-timeout: 6s, commit-interval: 250ms}
        log: {level: debug, format: json}
        """

    func parse(_ text: String, _ environment: [String: String] = [:]) throws(ConfigurationError) -> WorkerConfiguration
    {
        try WorkerConfiguration.parse(text, file: "folder/diwan.yaml", environment: environment)
    }

    @Test func `everything in the file arrives`() throws {
        let read = try parse(Self.full)
        #expect(read.group(plugin: "imrf-digest", generation: 2) == "diwan.demo.imrf-digest.2")
        #expect(read.kafka.bootstrapServers == ["127.0.0.1:9092", "[::1]:9093"])
        #expect(read.kafka.clientID == "diwan")
        #expect(read.kafka.options == ["security.protocol": "SASL_SSL", "enable.ssl.certificate.verification": "true"])
        #expect(
            read.kafka.secrets == ["sasl.password": .file("folder/secrets/p"), "ssl.key.password": .environment("KEY")])
        #expect(read.topics.map(\.name) == ["iscm.events", "theirs", "iscm.people", "iscm.notices"])
        #expect(read.topics.map(\.role) == [.events, .events, .people, .notices])
        #expect(read.topics.map(\.isOwn) == [true, false, true, true])
        #expect(read.topics.map(\.partitions) == [8, nil, 4, 4])
        #expect(read.topics.map(\.replication) == [3, nil, nil, nil])
        #expect(read.topics.map(\.headerless) == [.structured, .refuse, .structured, .refuse])
        #expect(read.topics.map(\.validation) == [.trusted, .full, .full, .full])
        #expect(read.topics.map(\.retention) == [.forever, .forever, .forever, .time(.seconds(90 * 86_400))])
        #expect(read.topics(.events).map(\.name) == ["iscm.events", "theirs"])
        #expect(read.store.sqlite?.folder == "folder/store")
        #expect(read.store.sqlite?.durability == .normal)
        #expect(
            read.plugins.mapValues(\.isEnabled) == [
                "mechanism-directory": true, "notifications": true, "imrf-digest": false,
            ])
        #expect(read.plugins["notifications"]?.activation == .beginning)
        #expect(read.plugins["notifications"]?.validFor == .seconds(129_600))
        #expect(read.plugins["notifications"]?.start == .earliestAvailable)
        #expect(read.delivery.kafka?.topic == "iscm.notices")
        #expect(read.delivery.maildir?.folder == "/var/mail/diwan")
        #expect(read.delivery.maildir?.sender == "diwan@example.invalid")
        #expect(read.limits.eventBytes == 65_536)
        #expect(read.limits.memoryBytes == 100 << 20)
        #expect(read.limits.batchEvents == 10)
        #expect(!read.dedupe.isEnabled)
        #expect(read.dedupe.window == .seconds(172_800))
        #expect(read.worker.id == "w1")
        #expect(read.worker.drain == .seconds(10))
        #expect(read.worker.sessionTimeout == .seconds(6))
        #expect(read.worker.commitInterval == .milliseconds(250))
        #expect(read.log.level == .debug)
        #expect(read.log.format == .json)
        #expect(read.warnings.isEmpty)
    }

    @Test func `the shortest file has the defaults that the rules name`() throws {
        let read = try parse(BadConfigurationTests.head)
        #expect(read.topics.map(\.name) == ["iscm.events", "iscm.people", "iscm.notices"])
        #expect(read.topics.map(\.role) == [.events, .people, .notices])
        #expect(read.topics.allSatisfy { $0.isOwn && $0.headerless == .structured && $0.validation == .full })
        #expect(read.topics.allSatisfy { $0.retention == .forever && $0.partitions == 4 && $0.replication == nil })
        #expect(read.store.sqlite?.durability == .full)
        #expect(read.plugins["mechanism-directory"]?.activation == .end)
        #expect(read.plugins["mechanism-directory"]?.validFor == nil)
        #expect(read.plugins["mechanism-directory"]?.start == .beginning)
        #expect(read.delivery.kafka == nil)
        #expect(read.delivery.maildir == nil)
        #expect(read.limits.eventBytes == 262_144)
        #expect(read.limits.memoryBytes == 150 << 20)
        #expect(read.dedupe.isEnabled)
        #expect(read.dedupe.window == .seconds(30 * 86_400))
        #expect(read.worker.drain == .seconds(25))
        #expect(!read.worker.id.isEmpty)
    }

    @Test func `the environment wins over the file`() throws {
        let read = try parse(
            Self.full,
            [
                "DIWAN_DEPLOYMENT": "other", "DIWAN_KAFKA_BOOTSTRAP_SERVERS": "a:1, b:2",
                "DIWAN_KAFKA_OPTIONS": "{security.protocol: SSL}", "DIWAN_LIMITS_EVENT_BYTES": "1KiB",
                "DIWAN_PLUGINS_IMRF_DIGEST_ENABLED": "true", "DIWAN_STORE_SQLITE_FOLDER": "/elsewhere", "KEY": "k",
            ])
        #expect(read.deployment == "other")
        #expect(read.kafka.bootstrapServers == ["a:1", "b:2"])
        #expect(read.kafka.options == ["security.protocol": "SSL"])
        #expect(read.limits.eventBytes == 1024)
        #expect(read.plugins["imrf-digest"]?.isEnabled == true)
        #expect(read.store.sqlite?.folder == "/elsewhere")
        #expect(read.warnings.isEmpty)
    }

    @Test func `a list of sections in a variable is written as YAML`() throws {
        let topics = "[{name: a}, {name: b, role: notices}]"
        #expect(try parse(Self.full, ["DIWAN_TOPICS": topics]).topics.map(\.name) == ["a", "b"])
    }

    @Test func `a section that the file lacks is made by its variables`() throws {
        let read = try parse(BadConfigurationTests.head, ["DIWAN_DELIVERY_MAILDIR_FOLDER": "/var/mail/d"])
        #expect(read.delivery.maildir?.folder == "/var/mail/d")
        #expect(read.delivery.kafka == nil)
    }

    @Test func `what the file lacks may come from the environment`() throws {
        let text = BadConfigurationTests.head.replacing("deployment: demo\n", with: "")
        #expect(try parse(text, ["DIWAN_DEPLOYMENT": "demo"]).deployment == "demo")
    }

    @Test(arguments: [
        (
            "DIWAN_LOG_LEVEL", "loud",
            "environment variable DIWAN_LOG_LEVEL: log.level must be one of error, warning, info, debug, and is \"loud\""
        ),
        (
            "DIWAN_LIMITS_BATCH_EVENTS", "",
            "environment variable DIWAN_LIMITS_BATCH_EVENTS: limits.batch-events must be a whole number, and is nothing; write a value or remove the line"
        ),
        (
            "DIWAN_DEDUPE_ENABLED", "on",
            "environment variable DIWAN_DEDUPE_ENABLED: dedupe.enabled must be true or false, and is \"on\"; write true"
        ),
        (
            "DIWAN_KAFKA_BOOTSTRAP_SERVERS", "",
            "environment variable DIWAN_KAFKA_BOOTSTRAP_SERVERS: kafka.bootstrap-servers must have at least 1 of them, and has 0"
        ),
        (
            "DIWAN_KAFKA_OPTIONS", "{a",
            "environment variable DIWAN_KAFKA_OPTIONS: is not YAML; write it on one line, such as {key: value}"
        ),
    ])
    func `a wrong variable is named`(_ name: String, _ value: String, _ expected: String) {
        #expect(BadConfigurationTests.problems(Self.full, environment: [name: value]) == [expected])
    }

    @Test func `a variable that overrides nothing is worth a warning, and one that holds a secret is none`() throws {
        let read = try parse(
            Self.full.replacing("environment: KEY", with: "environment: DIWAN_KEY"),
            ["DIWAN_KEY": "k", "DIWAN_LOG_LEVL": "debug", "DIWANNA": "x"])
        #expect(
            read.warnings == ["environment variable DIWAN_LOG_LEVL overrides nothing; did you mean DIWAN_LOG_LEVEL?"])
    }

    @Test(arguments: [
        ("/etc/diwan/diwan.yaml", "/etc/diwan/store"), ("diwan.yaml", "store"), ("/diwan.yaml", "/store"),
        ("a/d.yaml", "a/store"),
    ])
    func `a relative path starts from the file's folder`(_ file: String, _ folder: String) throws {
        #expect(try WorkerConfiguration.parse(BadConfigurationTests.head, file: file).store.sqlite?.folder == folder)
    }

    @Test func `a wrong configuration ends with 78`() {
        do throws(ConfigurationError) {
            _ = try parse("")
            Issue.record("read")
        } catch {
            #expect(error.exitCode.rawValue == 78)
        }
    }

    @Test func `the template is a right configuration, also with every comment taken away`() throws {
        let template = WorkerConfiguration.template()
        #expect(try parse(template).deployment == "demo")
        let open = template.split(separator: "\n").map { line -> String in
            let indent = line.prefix { $0 == " " }
            let rest = line.dropFirst(indent.count)
            let isSetting =
                rest.hasPrefix("# ")
                && (rest.firstMatch(of: /^# +(?:# )?[a-z-]+:(?: |$)/) != nil || rest.contains("- {"))
            return isSetting && !rest.dropFirst(2).drop(while: { $0 == " " }).hasPrefix("#")
                ? indent + String(rest.dropFirst(2)) : String(line)
        }
        let read = try parse(open.joined(separator: "\n"))
        #expect(read.delivery.maildir?.folder == "/var/lib/diwan/mail")
        #expect(read.kafka.options["security.protocol"] == "SASL_SSL")
        #expect(read.worker.id == "worker-1")
    }

    @Test func `the reference names every field with its variable`() {
        let reference = WorkerConfiguration.reference()
        for row in [
            "| `deployment` | name | required | `DIWAN_DEPLOYMENT` |",
            "| `kafka.bootstrap-servers` | list of HOST:PORT | required | `DIWAN_KAFKA_BOOTSTRAP_SERVERS` |",
            "| `topics[].partitions` | whole number 1 to 1000 | none |  |",
            "| `plugins.NAME.valid-for` | duration 1s to 3660d | none | `DIWAN_PLUGINS_NAME_VALID_FOR` |",
            "| `limits.event-bytes` | bytes 1KiB to 16MiB | `256KiB` | `DIWAN_LIMITS_EVENT_BYTES` |",
        ] { #expect(reference.contains(row)) }
        #expect(reference.split(separator: "\n").allSatisfy { $0.hasPrefix("| ") && $0.hasSuffix(" |") })
    }
}
