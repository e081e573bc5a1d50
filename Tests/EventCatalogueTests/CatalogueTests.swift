// The schema files are the single source of every type: what they promise by examples holds.
import EventCatalogue
import Foundation
import PluginKit
import Testing

@Suite struct CatalogueTests {
    let catalogue: EventCatalogue

    init() throws { catalogue = try EventCatalogue(files: Sources.schemaFiles()) }

    @Test func theTypesThatEverythingRestsOnAreThere() {
        for name in [
            "mechanism.registered.v1", "member.joined.v1", "global_meeting.held.v1", "figure.stated.v1",
            "meeting.scheduled.v1", "meeting.rescheduled.v1", "meeting.cancelled.v1", "submission.filed.v1",
            "position.adopted.v1", "person.described.v1", "event.retracted.v1", "focal_point.designated.v2",
        ] {
            #expect(catalogue.type(named: "org.iscm." + name) != nil, "\(name)")
        }
        #expect(catalogue.type(named: "org.iscm.nothing.v1") == nil)
        #expect(catalogue.newestTypes.filter { $0.baseName == "org.iscm.focal_point.designated" }.map(\.version) == [2])
    }

    @Test func examplesAreValidAndCounterExamplesAreNot() throws {
        for type in catalogue.types {
            #expect(!type.examples.isEmpty && !type.counterExamples.isEmpty, "\(type.name) has both")
            for (number, example) in type.examples.enumerated() {
                #expect(throws: Never.self, "\(type.name) example \(number)") { try type.schema.check(example) }
            }
            for wrong in type.counterExamples {
                #expect(throws: DecodeRefusal.self, "\(type.name): \(wrong.why)") { try type.schema.check(wrong.data) }
            }
        }
    }

    @Test func everyTypeHasItsNameInBothLanguages() {
        for type in catalogue.types {
            #expect(type.nameArabic.unicodeScalars.contains { (0x0600...0x06FF).contains($0.value) }, "\(type.name)")
            #expect(type.nameEnglish.unicodeScalars.allSatisfy { $0.value < 0x250 }, "\(type.name)")
        }
    }

    @Test func theEffectiveDateIsTheMarkedFieldOrElseTheTime() throws {
        let stated = try #require(Record.event().decode(catalogue).event)
        #expect(stated.effective == .stated(Text("2024-05")))
        let unknown = try #require(Record.event(["data": "{\"meeting_id\":\"m\"}"]).decode(catalogue).event)
        #expect(unknown.effective == .unknown)
        let unmarked = try #require(catalogue.newestTypes.first { $0.effectiveFields.isEmpty })
        let example = try #require(unmarked.examples.first)
        let record = Record.event(["type": "\"\(unmarked.name)\"", "data": example.canonicalJSON()])
        #expect(try #require(record.decode(catalogue).event).effective == .stated(Text("2024-05-01")))
    }

    static func file(_ members: String) -> (name: String, json: String) {
        ("x.json", "{\"x-type\":\"org.iscm.x.v1\",\"x-name-en\":\"X\",\"x-name-ar\":\"س\",\(members)}")
    }

    @Test func aYearAsANumberIsADateToo() throws {
        let catalogue = try EventCatalogue(files: [Self.file("\"x-effective\":[\"from\",\"founded_year\"]")])
        func effective(_ data: String) -> EffectiveDate? {
            Record.event(["type": "\"org.iscm.x.v1\"", "data": data]).decode(catalogue).event?.effective
        }
        #expect(effective("{\"founded_year\":987}") == .stated(Text("0987")))
        #expect(effective("{\"founded_year\":1987,\"from\":\"2001-02-03T04:05:06Z\"}") == .stated(Text("2001-02-03")))
        #expect(effective("{\"from\":null}") == .unknown)
    }

    static let unusable: [(String, String)] = [
        ("\"type\":\"object\",\"properties\":{\"a\":{\"unevaluatedItems\":true}}", "/properties/a/unevaluatedItems"),
        ("\"contentEncoding\":\"base64\"", "/contentEncoding"), ("\"type\":\"text\"", "/type"),
        ("\"minLength\":-1", "/minLength"), ("\"pattern\":\"(?=a)\"", "/pattern"), ("\"pattern\":\"(a\"", "/pattern"),
        ("\"pattern\":\"\\\\bword\"", "/pattern"), ("\"pattern\":\"(a)\\\\1\"", "/pattern"),
        ("\"format\":\"email\"", "/format"), ("\"multipleOf\":0", "/multipleOf"), ("\"enum\":1", "/enum"),
        ("\"$ref\":\"https://iscm.example.invalid/other.json\"", "/$ref"), ("\"allOf\":[{\"$ref\":\"#\"}]", "$ref"),
        ("\"properties\":{\"a\":{\"$ref\":\"#/definitions/none\"}}", "/properties/a/$ref"), ("\"allOf\":[]", "/allOf"),
        ("\"properties\":{\"a\":1}", "/properties/a"),
        ("\"$schema\":\"http://json-schema.org/draft-04/schema#\"", "/$schema"),
        ("\"items\":{\"$id\":\"other\"}", "/items/$id"),
    ]

    @Test(arguments: unusable) func aSchemaWithWhatIsNotSupportedIsRefusedWhenLoaded(_ members: String, _ place: String)
    {
        let error = #expect(throws: CatalogueError.self) { _ = try EventCatalogue(files: [Self.file(members)]) }
        #expect(error?.message.contains(place) == true, "\(error.map { "\($0)" } ?? "")")
        #expect(error?.file == "x.json")
    }

    @Test func filesThatDefineNoTypeAreRefused() {
        for text in [
            "", "{}", "[]", "{\"x-type\":\"org.iscm.x\",\"x-name-en\":\"X\",\"x-name-ar\":\"س\"}", "{\"x-type\":1}",
        ] {
            #expect(throws: CatalogueError.self) { _ = try EventCatalogue(files: [("x.json", text)]) }
        }
        let twice = [Self.file("\"title\":\"a\""), Self.file("\"title\":\"b\"")]
        #expect(throws: CatalogueError.self) { _ = try EventCatalogue(files: twice) }
    }

    @Test func aViolationNamesThePlaceUnderData() throws {
        let record = Record.event([
            "data": "{\"meeting_id\":\"m\",\"also_stated\":[{\"field\":\"a\",\"value\":1,\"document\":2}]}"
        ])
        #expect(
            record.decode(catalogue).refusal
                == DecodeRefusal(.schemaViolation, "/data/also_stated/0/document: type string is asked for"))
    }
}
