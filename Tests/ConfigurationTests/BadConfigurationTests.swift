import Testing

@testable import Configuration

/// Each row is a file that an operator could have written, and every line that `config check` then prints.
@Suite struct BadConfigurationTests {
    struct BadFile: CustomTestStringConvertible, Sendable {
        let testDescription: String
        let text: String
        let expected: [String]

        init(_ name: String, _ text: String, _ expected: String...) {
            testDescription = name
            self.text = text
            self.expected = expected
        }
    }

    /// A right file, to whose end or middle each row does something.
    static let head = """
        deployment: demo
        kafka: {bootstrap-servers: [127.0.0.1:9092]}
        store: {sqlite: {folder: store}}
        plugins: {mechanism-directory: {}}

        """

    @Test(arguments: BadConfigurationTests.files)
    func `a bad file is refused with its line and what to do`(_ file: BadFile) {
        #expect(Self.problems(file.text) == file.expected)
    }

    @Test func `the file that the rows start from is right`() throws {
        let configuration = try WorkerConfiguration.parse(Self.head, file: "diwan.yaml")
        #expect(configuration.deployment == "demo")
    }

    static func problems(_ text: String, environment: [String: String] = [:]) -> [String] {
        do throws(ConfigurationError) {
            _ = try WorkerConfiguration.parse(
                text, file: "diwan.yaml", environment: environment,
                knownPlugins: ["mechanism-directory", "notifications", "imrf-digest"])
            return []
        } catch {
            return error.problems.map(\.description)
        }
    }

    static let files: [BadFile] = [
        BadFile(
            "unknown key near a known one", head + "limts: {}\n",
            "diwan.yaml:5:1: unknown key \"limts\"; did you mean \"limits\"?"),
        BadFile(
            "unknown key without a neighbour", head + "colour: red\n",
            "diwan.yaml:5:1: unknown key \"colour\"; known keys: deployment, kafka, topics, store, plugins, delivery, limits, dedupe, worker, log"
        ),
        BadFile(
            "key of another section", head + "bootstrap-servers: [a:1]\n",
            "diwan.yaml:5:1: unknown key \"bootstrap-servers\"; it belongs into kafka"),
        BadFile(
            "underscore for hyphen", head.replacing("bootstrap-servers", with: "bootstrap_servers"),
            "diwan.yaml:2:9: unknown key \"bootstrap_servers\" in kafka; did you mean \"bootstrap-servers\"?"),
        BadFile(
            "nothing at all", "", "diwan.yaml:1:1: deployment is required; write deployment: demo",
            "diwan.yaml:1:1: kafka.bootstrap-servers is required; write bootstrap-servers: [127.0.0.1:9092]",
            "diwan.yaml:1:1: store is required; write store: {sqlite: {folder: /var/lib/diwan/store}}",
            "diwan.yaml:1:1: plugins is required; write plugins: {mechanism-directory: {}}"),
        BadFile(
            "only a comment", "# later\n", "diwan.yaml:1:1: deployment is required; write deployment: demo",
            "diwan.yaml:1:1: kafka.bootstrap-servers is required; write bootstrap-servers: [127.0.0.1:9092]",
            "diwan.yaml:1:1: store is required; write store: {sqlite: {folder: /var/lib/diwan/store}}",
            "diwan.yaml:1:1: plugins is required; write plugins: {mechanism-directory: {}}"),
        BadFile(
            "a list as the document", "- a\n- b\n",
            "diwan.yaml:1:1: the document must be a mapping of fields, and is a list"),
        BadFile(
            "text as the document", "hello\n",
            "diwan.yaml:1:1: the document must be a mapping of fields, and is \"hello\""),
        BadFile(
            "duplicate key", head + "deployment: other\n",
            "diwan.yaml:5:1: key \"deployment\" stands here again; it is already set at line 1"),
        BadFile(
            "duplicate key deep inside", head + "log:\n  level: info\n  format: text\n  level: debug\n",
            "diwan.yaml:8:3: key \"level\" stands here again; it is already set at line 6"),
        BadFile(
            "YAML 1.1 boolean", head + "dedupe:\n  enabled: yes\n",
            "diwan.yaml:6:12: dedupe.enabled must be true or false, and is \"yes\"; \"yes\" was a boolean in YAML 1.1 only: write true"
        ),
        BadFile(
            "YAML 1.1 boolean off", head + "dedupe: {enabled: Off}\n",
            "diwan.yaml:5:19: dedupe.enabled must be true or false, and is \"Off\"; \"Off\" was a boolean in YAML 1.1 only: write false"
        ),
        BadFile(
            "quoted boolean", head + "dedupe: {enabled: 'true'}\n",
            "diwan.yaml:5:19: dedupe.enabled must be true or false, and is text; remove the quotes around \"true\""),
        BadFile(
            "tab for indentation", head + "log:\n\tlevel: info\n",
            "diwan.yaml:6:1: while scanning for the next token: found character that cannot start any token (a tab: indent with spaces)"
        ),
        BadFile(
            "indentation that fits nothing", head + "log:\n   level: info\n  format: text\n",
            "diwan.yaml:7:3: while parsing a block mapping that begins at line 1: did not find expected key"),
        BadFile(
            "unclosed bracket", head + "log: {level: info\n",
            "diwan.yaml:6:1: while parsing a flow mapping that begins at line 5: did not find expected ',' or '}'"),
        BadFile(
            "unclosed quote", head + "log: {level: \"info}\n",
            "diwan.yaml:6:1: while scanning a quoted scalar that begins at line 5: found unexpected end of stream"),
        BadFile(
            "colon forgotten", head + "log\nlimits: {}\n",
            "diwan.yaml:6:1: while scanning a simple key that begins at line 5: could not find expected ':'"),
        BadFile("NUL in the file", head + "log: \u{0}\n", "diwan.yaml:5:6: control characters are not allowed"),
        BadFile(
            "unknown alias", head + "log: *standard\n",
            "diwan.yaml:5:6: this alias has no anchor before it; set one with &, or put quotes around text that begins with *"
        ),
        BadFile(
            "misspelt alias", head + "log: &logging {}\ndedupe: *loging\n",
            "diwan.yaml:6:9: this alias has no anchor before it; did you mean *logging?"),
        BadFile(
            "alias inside its own anchor", "deployment: &a [*a]\n",
            "diwan.yaml:1:17: this alias stands inside its own anchor"),
        BadFile(
            "merge key", head + "log: &a {level: info}\nworker:\n  <<: *a\n",
            "diwan.yaml:7:3: merge keys (<<) are not supported; write the keys out"),
        BadFile(
            "tag", head + "log: !!map {}\n",
            "diwan.yaml:5:6: tags (!...) are not supported; remove it, or put quotes around text that begins with !"),
        BadFile(
            "second document", head + "---\ndeployment: other\n",
            "diwan.yaml:5:1: a second document begins here; one file holds one document"),
        BadFile("key that is a list", head + "? [a, b]\n: c\n", "diwan.yaml:5:3: a key must be plain text"),
        BadFile(
            "number without a unit", head + "worker: {drain: 25}\n",
            "diwan.yaml:5:17: worker.drain must be a duration, and is \"25\"; add a unit, such as 25s"),
        BadFile(
            "duration that is none", head + "worker: {drain: soon}\n",
            "diwan.yaml:5:17: worker.drain must be a duration, and is \"soon\"; write it like 7d, 1h 30m, 30s or 250ms"),
        BadFile(
            "duration out of range", head + "worker: {drain: 1h}\n",
            "diwan.yaml:5:17: worker.drain must lie between 1s and 10m, and is \"1h\""),
        BadFile(
            "bytes without a unit", head + "limits: {event-bytes: 262144}\n",
            "diwan.yaml:5:23: limits.event-bytes must be an amount of bytes, and is \"262144\"; add a unit, such as 256KiB"
        ),
        BadFile(
            "bytes with an unknown unit", head + "limits: {event-bytes: 256 kilobytes}\n",
            "diwan.yaml:5:23: limits.event-bytes must be an amount of bytes, and is \"256 kilobytes\"; write it like 256KiB or 1MiB"
        ),
        BadFile(
            "bytes out of range", head + "limits: {event-bytes: 1GiB}\n",
            "diwan.yaml:5:23: limits.event-bytes must lie between 1KiB and 16MiB, and is \"1GiB\""),
        BadFile(
            "event larger than memory allows", head + "limits: {event-bytes: 16MiB, memory: 64MiB}\n",
            "diwan.yaml:5:23: limits.event-bytes is more than an eighth of limits.memory (64MiB); raise memory or lower it"
        ),
        BadFile(
            "whole number wanted", head + "limits: {batch-events: many}\n",
            "diwan.yaml:5:24: limits.batch-events must be a whole number, and is \"many\""),
        BadFile(
            "whole number with a fraction", head + "limits: {batch-events: 1.5}\n",
            "diwan.yaml:5:24: limits.batch-events must be a whole number, and is \"1.5\""),
        BadFile(
            "whole number that looks octal", head + "limits: {batch-events: 0100}\n",
            "diwan.yaml:5:24: limits.batch-events must be a whole number, and is \"0100\""),
        BadFile(
            "whole number that overflows", head + "limits: {batch-events: 99999999999999999999}\n",
            "diwan.yaml:5:24: limits.batch-events must be a whole number, and is \"99999999999999999999\""),
        BadFile(
            "whole number out of range", head + "limits: {batch-events: 0}\n",
            "diwan.yaml:5:24: limits.batch-events must lie between 1 and 1000000, and is \"0\""),
        BadFile(
            "quoted number", head + "limits: {batch-events: \"100\"}\n",
            "diwan.yaml:5:24: limits.batch-events must be a whole number, and is text; remove the quotes around \"100\""
        ),
        BadFile(
            "no value", head + "log:\n  level:\n",
            "diwan.yaml:6:9: log.level must be one of error, warning, info, debug, and is nothing; write a value or remove the line"
        ),
        BadFile(
            "wrong word", head + "log: {level: trace}\n",
            "diwan.yaml:5:14: log.level must be one of error, warning, info, debug, and is \"trace\""),
        BadFile(
            "misspelt word", head + "log: {level: warnning}\n",
            "diwan.yaml:5:14: log.level must be one of error, warning, info, debug, and is \"warnning\"; did you mean \"warning\"?"
        ),
        BadFile(
            "text where a section is wanted", head + "log: info\n",
            "diwan.yaml:5:6: log must be a mapping of fields, and is \"info\""),
        BadFile(
            "list where a section is wanted", head + "log: [info]\n",
            "diwan.yaml:5:6: log must be a mapping of fields, and is a list"),
        BadFile(
            "section where text is wanted", head.replacing("demo", with: "{name: demo}"),
            "diwan.yaml:1:13: deployment must be text (name), and is a mapping"),
        BadFile(
            "deployment with a dot", head.replacing("demo", with: "un.escwa"),
            "diwan.yaml:1:13: deployment \"un.escwa\" is no name; use lower-case letters, digits and hyphens between them"
        ),
        BadFile(
            "deployment with a newline", head.replacing("demo", with: "\"a\\nb\""),
            "diwan.yaml:1:13: deployment \"a\\u{a}b\" is no name; use lower-case letters, digits and hyphens between them"
        ),
        BadFile(
            "server without a port", head.replacing("127.0.0.1:9092", with: "kafka"),
            "diwan.yaml:2:29: kafka.bootstrap-servers[0] \"kafka\" has no port; write HOST:PORT, such as 127.0.0.1:9092"
        ),
        BadFile(
            "server with a scheme", head.replacing("127.0.0.1:9092", with: "'kafka://a:9092'"),
            "diwan.yaml:2:29: kafka.bootstrap-servers[0] \"kafka://a:9092\" is no HOST:PORT; no scheme, space or comma belongs into it"
        ),
        BadFile(
            "server with a wrong port", head.replacing("127.0.0.1:9092", with: "a:99999"),
            "diwan.yaml:2:29: kafka.bootstrap-servers[0] \"a:99999\" has no port from 1 to 65535"),
        BadFile(
            "server as text, not a list", head.replacing("[127.0.0.1:9092]", with: "127.0.0.1:9092"),
            "diwan.yaml:2:28: kafka.bootstrap-servers must be a list, and is \"127.0.0.1:9092\"; write [a, b] or lines that begin with -"
        ),
        BadFile(
            "no server", head.replacing("[127.0.0.1:9092]", with: "[]"),
            "diwan.yaml:2:28: kafka.bootstrap-servers must have at least 1 of them, and has 0"),
        BadFile(
            "several wrong servers", head.replacing("[127.0.0.1:9092]", with: "[a, b:1, c]"),
            "diwan.yaml:2:29: kafka.bootstrap-servers[0] \"a\" has no port; write HOST:PORT, such as 127.0.0.1:9092",
            "diwan.yaml:2:37: kafka.bootstrap-servers[2] \"c\" has no port; write HOST:PORT, such as 127.0.0.1:9092"),
        BadFile(
            "secret among the options", kafka("options: {sasl.password: canary}"),
            "diwan.yaml:2:56: kafka.options must not hold sasl.password; write it under kafka.secrets as {file: PATH} or {environment: NAME}"
        ),
        BadFile(
            "secret written out", kafka("secrets: {sasl.password: canary}"),
            "diwan.yaml:2:71: kafka.secrets.\"sasl.password\" must say where the secret is: {file: PATH} or {environment: NAME}; the secret itself never stands here"
        ),
        BadFile(
            "secret with an unknown source", kafka("secrets: {sasl.password: {value: canary}}"),
            "diwan.yaml:2:71: kafka.secrets.\"sasl.password\" must say where the secret is: {file: PATH} or {environment: NAME}; the secret itself never stands here"
        ),
        BadFile(
            "secret with a wrong variable", kafka("secrets: {sasl.password: {environment: A-canary}}"),
            "diwan.yaml:2:85: kafka.secrets.\"sasl.password\" must name an environment variable, in letters, digits and _"
        ),
        BadFile(
            "secret that looks like a tag", kafka("secrets: {sasl.password: !canary}"),
            "diwan.yaml:2:78: while scanning a tag: did not find expected whitespace or line break"),
        BadFile(
            "option that Diwan decides", kafka("options: {group.id: mine}"),
            "diwan.yaml:2:56: group.id cannot be set here: it follows from the deployment's and the plugin's names"),
        BadFile(
            "option in capitals", kafka("options: {Security.Protocol: ssl}"),
            "diwan.yaml:2:56: kafka.options has the key \"Security.Protocol\", which is no option's name; they are lower case, such as security.protocol"
        ),
        BadFile(
            "option in both places", kafka("options: {a: b}, secrets: {a: {file: p}}"),
            "diwan.yaml:2:56: a stands in kafka.options and in kafka.secrets"),
        BadFile(
            "topic without a name", head + "topics: [{role: events}]\n",
            "diwan.yaml:5:10: topics[0].name is required; write name: iscm.events"),
        BadFile(
            "topic with a space", head + "topics: [{name: a b}]\n",
            "diwan.yaml:5:17: topics[0].name \"a b\" is no topic name; Kafka takes letters, digits, '.', '_' and '-'"),
        BadFile(
            "topic twice", head + "topics:\n  - {name: a}\n  - {name: a}\n",
            "diwan.yaml:7:12: topic a is listed twice; remove one"),
        BadFile(
            "two topics of notices",
            head + "topics:\n  - {name: a}\n  - {name: b, role: notices}\n  - {name: c, role: notices}\n",
            "diwan.yaml:8:21: a second topic of the role notices; there is one at most"),
        BadFile(
            "no topic of events", head + "topics: [{name: a, role: people}]\n",
            "diwan.yaml:5:9: topics lists none of the role events; add {name: iscm.events, role: events}"),
        BadFile(
            "partitions of another's topic", head + "topics:\n  - name: a\n    own: false\n    partitions: 3\n",
            "diwan.yaml:8:17: topic a has own: false, so Diwan never creates it; remove partitions"),
        BadFile(
            "retention that is none", head + "topics: [{name: a, retention: never}]\n",
            "diwan.yaml:5:31: topics[0].retention \"never\" is neither forever nor a duration such as 90d"),
        BadFile(
            "delivery to a topic that is not listed", head + "delivery: {kafka: {topic: elsewhere}}\n",
            "diwan.yaml:5:27: delivery.kafka writes to elsewhere, but in topics iscm.notices has the role notices; name that one or change topics"
        ),
        BadFile(
            "delivery without any topic of notices", head + "topics: [{name: a}]\ndelivery:\n  kafka:\n",
            "diwan.yaml:7:3: delivery.kafka writes to iscm.notices, which topics does not list; add {name: iscm.notices, role: notices} there"
        ),
        BadFile(
            "Maildir without a folder", head + "delivery:\n  maildir: {}\n",
            "diwan.yaml:6:12: delivery.maildir.folder is required; write folder: /var/lib/diwan/mail"),
        BadFile(
            "sender with a line end", head + "delivery: {maildir: {folder: m, sender: \"a@b\\r\\nBcc: c@d\"}}\n",
            "diwan.yaml:5:41: delivery.maildir.sender \"a@b\\u{d}\\u{a}Bcc: c@d\" is no mail address; write NAME@HOST without a display name"
        ),
        BadFile(
            "store of no kind", head.replacing("{sqlite: {folder: store}}", with: "{}"),
            "diwan.yaml:3:8: store names none; write sqlite: {folder: /var/lib/diwan/store}, or postgres: {uri: postgresql://diwan@db.example.invalid/diwan}"
        ),
        BadFile(
            "store without a folder", head.replacing("{folder: store}", with: "{}"),
            "diwan.yaml:3:17: store.sqlite.folder is required; write folder: /var/lib/diwan/store"),
        BadFile(
            "two stores", head.replacing("{folder: store}", with: "{folder: s}, postgres: {uri: postgresql://a@b/c}"),
            "diwan.yaml:3:40: store names SQLite and PostgreSQL; a deployment keeps its projections in one of them"),
        BadFile(
            "PostgreSQL nowhere", head.replacing("sqlite: {folder: store}", with: "postgres: {}"),
            "diwan.yaml:3:19: store.postgres says no server; write uri: postgresql://diwan@db.example.invalid/diwan, or host, database and user"
        ),
        BadFile(
            "PostgreSQL by two addresses",
            head.replacing("sqlite: {folder: store}", with: "postgres: {uri: postgresql://a@b/c, host: d}"),
            "diwan.yaml:3:51: store.postgres.host and store.postgres.uri both say it; keep one"),
        BadFile(
            "PostgreSQL by half an address", head.replacing("sqlite: {folder: store}", with: "postgres: {host: d}"),
            "diwan.yaml:3:19: store.postgres.database is required beside host; write database: diwan",
            "diwan.yaml:3:19: store.postgres.user is required beside host; write user: diwan"),
        BadFile(
            "a password in the address",
            head.replacing("sqlite: {folder: store}", with: "postgres: {uri: postgresql://a:hidden@b/c}"),
            "diwan.yaml:3:25: store.postgres.uri holds a password; write it under password as {file: PATH} or {environment: NAME}"
        ),
        BadFile(
            "a password among the address's settings",
            head.replacing("sqlite: {folder: store}", with: "postgres: {uri: 'postgresql://a@b/c?password=hidden'}"),
            "diwan.yaml:3:25: store.postgres.uri holds a password; write it under password as {file: PATH} or {environment: NAME}"
        ),
        BadFile(
            "another database's address",
            head.replacing("sqlite: {folder: store}", with: "postgres: {uri: mysql://a@b/c}"),
            "diwan.yaml:3:25: store.postgres.uri is no address of PostgreSQL; write postgresql://USER@HOST:PORT/DATABASE"
        ),
        BadFile(
            "a certificate without its key",
            head.replacing(
                "sqlite: {folder: store}", with: "postgres: {uri: postgresql://a@b/c, tls: {certificate: c.pem}}"),
            "diwan.yaml:3:50: store.postgres.tls has a certificate without a key, or a key without a certificate; give both"
        ),
        BadFile(
            "lanes on SQLite", head + "worker: {lanes: 2}\n",
            "diwan.yaml:5:17: worker.lanes needs a store that workers can share; SQLite has one worker, which reads all partitions: leave it away, or choose store.postgres"
        ),
        BadFile(
            "static membership without a name",
            head.replacing("sqlite: {folder: store}", with: "postgres: {uri: postgresql://a@b/c}")
                + "worker: {static-membership: true}\n",
            "diwan.yaml:5:29: worker.static-membership needs worker.id, another one for each worker, and the same after a restart; write id: worker-1"
        ),
        BadFile(
            "plugin that does not exist", head.replacing("mechanism-directory", with: "mechanism-directry"),
            "diwan.yaml:4:11: this program has no plugin \"mechanism-directry\"; did you mean \"mechanism-directory\"?"),
        BadFile(
            "plugin in capitals", head.replacing("mechanism-directory", with: "MechanismDirectory"),
            "diwan.yaml:4:11: plugins has the key \"MechanismDirectory\", which is no name; use lower-case letters, digits and hyphens between them"
        ),
        BadFile(
            "no plugin", head.replacing("{mechanism-directory: {}}", with: "{}"),
            "diwan.yaml:4:10: plugins names none, so nothing would run; add imrf-digest: {}"),
        BadFile(
            "wrong key inside a plugin",
            head.replacing("{mechanism-directory: {}}", with: "{imrf-digest: {enable: true}}"),
            "diwan.yaml:4:25: unknown key \"enable\" in plugins.imrf-digest; did you mean \"enabled\"?"),
        BadFile(
            "several faults together",
            "deployment: A B\nkafka: {bootstrap-servers: [a]}\nstore: {sqlite: {folder: s}}\nplugins: {imrf-digest: {valid-for: 7}}\nlog: {level: loud}\n",
            "diwan.yaml:1:13: deployment \"A B\" is no name; use lower-case letters, digits and hyphens between them",
            "diwan.yaml:2:29: kafka.bootstrap-servers[0] \"a\" has no port; write HOST:PORT, such as 127.0.0.1:9092",
            "diwan.yaml:4:36: plugins.imrf-digest.valid-for must be a duration, and is \"7\"; add a unit, such as 7s",
            "diwan.yaml:5:14: log.level must be one of error, warning, info, debug, and is \"loud\""),
    ]

    private static func kafka(_ more: String) -> String {
        head.replacing("{bootstrap-servers: [127.0.0.1:9092]}", with: "{bootstrap-servers: [127.0.0.1:9092], \(more)}")
    }
}
