import Testing

@testable import Configuration

@Suite struct QuantityTests {
    @Test(arguments: [
        ("7d", Duration.seconds(604_800)), ("30s", .seconds(30)), ("250ms", .milliseconds(250)),
        ("5us", .microseconds(5)),
        ("1h 30m", .seconds(5400)), ("1h30m", .seconds(5400)), ("0s", .zero), ("1d 1s", .seconds(86_401)),
    ])
    func `a duration is read`(_ text: String, _ expected: Duration) {
        #expect(DurationText.parse(text) == expected)
        #expect(DurationText.parse(DurationText.format(expected)) == expected)
    }

    @Test(arguments: [
        "", " ", "7", "d", "7 d", "-1s", "1.5h", "7days", "٣s", "1s,", "99999999999999999999s", "9999999999d",
        "999999d",
    ])
    func `what is no duration is refused`(_ text: String) {
        #expect(DurationText.parse(text) == nil)
    }

    @Test(arguments: [
        ("256KiB", 262_144), ("1MB", 1_000_000), ("0B", 0), ("3 GiB", 3 << 30), ("1kB", 1000), ("150MiB", 150 << 20),
    ])
    func `an amount of bytes is read`(_ text: String, _ expected: Int) {
        #expect(ByteText.parse(text) == expected)
        #expect(ByteText.parse(ByteText.format(expected)) == expected)
    }

    @Test(arguments: ["", "256", "KiB", "-1B", "1.5MiB", "1KB", "1kib", "9999999999GiB"])
    func `what is no amount of bytes is refused`(_ text: String) {
        #expect(ByteText.parse(text) == nil)
    }
}

@Suite struct NearestNameTests {
    @Test(arguments: [
        ("enabeld", "enabled"), ("enable", "enabled"), ("ENABLED", "enabled"),
        ("bootstrapServers", "bootstrap-servers"),
        ("valid_for", "valid-for"), ("vaild-for", "valid-for"),
    ])
    func `a slip of the finger is recognised`(_ written: String, _ meant: String) {
        #expect(NearestName.find(written, among: ["enabled", "bootstrap-servers", "valid-for", "id"]) == meant)
    }

    @Test(arguments: ["colour", "", "x", "something-else-entirely", String(repeating: "e", count: 100_000)])
    func `another word is not`(_ written: String) {
        #expect(NearestName.find(written, among: ["enabled", "bootstrap-servers", "valid-for"]) == nil)
    }
}

@Suite struct SettingsTests {
    static let fields = [
        FieldSpec("name", .text, .optional, summary: "A name"),
        FieldSpec("ratio", .number(0...1), .defaultValue("0.5"), summary: "A ratio"),
    ]

    @Test func `a reader that asks for what is not specified hears of the defect`() throws {
        let settings = try ConfigurationReader(fields: Self.fields).read("name: x", file: "f").settings
        #expect(try settings.value("name") == "x")
        #expect(try settings.value("ratio") == 0.5)
        for name in ["nmae", "ratio"] {
            do throws(ConfigurationError) {
                _ = try settings.value(name, as: String.self)
                Issue.record("\(name) was read")
            } catch {
                #expect(error.problems.map(\.code) == [.specification])
                #expect(error.exitCode == .software)
            }
        }
    }

    @Test(arguments: ["nan", "inf", "2", "-0.1", "x", "1e400"])
    func `a number outside of its range is refused`(_ text: String) {
        #expect(throws: ConfigurationError.self) {
            try ConfigurationReader(fields: Self.fields).read("ratio: \(text)", file: "f")
        }
    }

    @Test func `a default that is wrong is a defect of the specification`() {
        let fields = [FieldSpec("n", .integer(1...5), .defaultValue("[1"), summary: "")]
        do throws(ConfigurationError) {
            _ = try ConfigurationReader(fields: fields).read("", file: "f")
            Issue.record("read")
        } catch {
            #expect(error.exitCode == .software)
        }
    }
}
