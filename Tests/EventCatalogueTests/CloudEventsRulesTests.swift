// Fault row 33: events that break a MUST of CloudEvents 1.0.2 or of its Kafka protocol binding are refused; odd ones that
// keep them all are taken.
import EventCatalogue
import PluginKit
import Testing

@Suite struct CloudEventsRulesTests {
    let catalogue: EventCatalogue

    init() throws { catalogue = try #require(Sources.catalogue) }

    struct Mutant: Sendable, CustomStringConvertible {
        let changes: [String: String?]
        let reason: ReasonCode?
        init(_ changes: [String: String?], _ reason: ReasonCode?) {
            self.changes = changes
            self.reason = reason
        }
        var description: String { changes.map { "\($0.key)=\($0.value ?? "absent")" }.sorted().joined(separator: " ") }
    }

    static let mutants: [Mutant] = [
        Mutant(["id": nil], .attributeMissing), Mutant(["source": nil], .attributeMissing),
        Mutant(["type": nil], .attributeMissing), Mutant(["specversion": nil], .attributeMissing),
        Mutant(["id": "null"], .attributeMissing), Mutant(["id": "\"\""], .attributeInvalid),
        Mutant(["id": "5"], .attributeInvalid), Mutant(["source": "\"\""], .attributeInvalid),
        Mutant(["type": "\"\""], .attributeInvalid), Mutant(["type": "[]"], .attributeInvalid),
        Mutant(["specversion": "\"0.3\""], .specversionUnsupported),
        Mutant(["specversion": "\"1.1\""], .specversionUnsupported),
        Mutant(["specversion": "1.0"], .specversionUnsupported),
        Mutant(["source": "\"a b\""], .attributeInvalid), Mutant(["source": "\"%zz\""], .attributeInvalid),
        Mutant(["source": "\"1:b\""], .attributeInvalid), Mutant(["source": "\"/المنتدى\""], .attributeInvalid),
        Mutant(["source": "\"a#b#c\""], .attributeInvalid), Mutant(["source": "\"a[b]\""], .attributeInvalid),
        Mutant(["subject": "\"\""], .attributeInvalid), Mutant(["subject": "{}"], .attributeInvalid),
        Mutant(["time": "\"yesterday\""], .attributeInvalid),
        Mutant(["time": "\"2024-05-01\""], .attributeInvalid),
        Mutant(["time": "\"2024-05-01T09:30:00\""], .attributeInvalid),
        Mutant(["time": "\"2023-02-29T09:30:00Z\""], .attributeInvalid),
        Mutant(["time": "\"2024-05-01T24:00:00Z\""], .attributeInvalid),
        Mutant(["time": "\"2024-05-01T09:30:60Z\""], .attributeInvalid),
        Mutant(["time": "1714555800"], .attributeInvalid), Mutant(["time": "\"\""], .attributeInvalid),
        Mutant(["dataschema": "\"\""], .attributeInvalid), Mutant(["dataschema": "\"/relative\""], .attributeInvalid),
        Mutant(["datacontenttype": "\"json\""], .attributeInvalid),
        Mutant(["datacontenttype": "\"application/xml\""], .dataNotJSON),
        Mutant(["datacontenttype": "\"application/json; charset=utf-16\""], .attributeInvalid),
        Mutant(["data": nil], .dataMissing), Mutant(["data": nil, "data_base64": "\"e30=\""], .dataNotJSON),
        Mutant(["data_base64": "\"e30=\""], .attributeInvalid), Mutant(["data": "null"], .schemaViolation),
        Mutant(["Upper": "\"x\""], .attributeInvalid), Mutant(["under_score": "\"x\""], .attributeInvalid),
        Mutant(["": "\"x\""], .attributeInvalid), Mutant(["schema_version": "1"], .attributeInvalid),
        Mutant(["extra": "{}"], .attributeInvalid), Mutant(["extra": "[1]"], .attributeInvalid),
        Mutant(["extra": "1.5"], .attributeInvalid), Mutant(["extra": "2147483648"], .attributeInvalid),
        Mutant(["extra": "\"a\\tb\""], .attributeInvalid), Mutant(["extra": "\"\\u0085\""], .attributeInvalid),
        Mutant(["extra": "\"\\uFFFE\""], .attributeInvalid), Mutant(["extra": "\"\\uFDD0\""], .attributeInvalid),
        Mutant(["backfill": "\"maybe\""], .attributeInvalid), Mutant(["hops": "-1"], .attributeInvalid),
        Mutant(["hops": "9"], .tooManyHops), Mutant(["hops": "\"9\""], .tooManyHops),
        Mutant(["hops": "8"], nil), Mutant(["backfill": "false"], nil),
        Mutant(["time": nil, "subject": nil], nil), Mutant(["time": "null", "subject": "null"], nil),
        Mutant(["time": "\"2016-12-31T23:59:60Z\""], nil), Mutant(["time": "\"2017-01-01T02:59:60+03:00\""], nil),
        Mutant(["time": "\"2024-02-29t09:30:00.123456789-11:30\""], nil),
        Mutant(["source": "\"urn:uuid:6e8bc430-9c3a-11d9-9669-0800200c9a66\""], nil),
        Mutant(["source": "\"https://[2001:db8::7]/a?b=c#d\""], nil), Mutant(["source": "\"cloudevents\""], nil),
        Mutant(["id": "\"المعرّف-١\""], nil), Mutant(["extra": "2147483647", "flag": "true"], nil),
        Mutant(["extra": "\"\\uFFFD\\uD83D\\uDE00\""], nil), Mutant(["extra": "\"\""], nil),
        Mutant(["datacontenttype": "\"Application/JSON; charset=\\\"UTF-8\\\"\""], nil),
        Mutant(["datacontenttype": "\"application/vnd.iscm+json\""], nil),
        Mutant(["dataschema": "\"https://iscm.example.invalid/schemas/1\""], nil),
    ]

    @Test(arguments: mutants) func structured(_ mutant: Mutant) {
        let outcome = Record.event(mutant.changes).decode(catalogue)
        #expect(outcome.reason == mutant.reason)
        #expect((outcome.event == nil) == (mutant.reason != nil))
    }

    static let mediaTypes: [(String, ReasonCode?)] = [
        ("application/cloudevents+json", nil), ("APPLICATION/CloudEvents+JSON", nil),
        ("application/cloudevents+json; charset=UTF-8", nil), ("application/cloudevents+json;charset=\"utf-8\"", nil),
        ("application/cloudevents+json; charset=utf-16", .contentTypeUnsupported),
        ("application/cloudevents-batch+json", .contentTypeUnsupported),
        ("application/cloudevents+avro", .contentTypeUnsupported), ("", .contentTypeUnsupported),
        ("nonsense", .contentTypeUnsupported), ("application/cloudevents+json; charset", .contentTypeUnsupported),
        ("application/json", .attributeMissing), ("text/plain", .attributeMissing),
    ]

    @Test(arguments: mediaTypes) func contentTypeDecides(_ mediaType: String, _ reason: ReasonCode?) {
        var record = Record.event()
        record.headers = [("content-type", mediaType)]
        #expect(record.decode(catalogue).reason == reason)
    }

    static let binaryHeaders: [(String, String?)] = [
        ("content-type", "application/json"), ("ce_specversion", "1.0"), ("ce_id", "e-1"),
        ("ce_source", "/tests/synthetic"), ("ce_type", "org.iscm.meeting.held.v1"), ("ce_subject", "m-1"),
        ("ce_time", "2024-05-01T09:30:00Z"), ("ce_partitionkey", "arcp"),
    ]
    static let binaryData = "{\"meeting_id\":\"m-1\",\"starts\":\"2024-05\"}"

    @Test func binaryModeGivesTheSameEvent() throws {
        let structured = try #require(
            Record.event(["datacontenttype": "\"application/json\""]).decode(catalogue).event)
        let binary = try #require(Record(Self.binaryData, headers: Self.binaryHeaders).decode(catalogue).event)
        for event in [structured, binary] {
            #expect(event.id == "e-1")
            #expect(event.source == "/tests/synthetic")
            #expect(event.type == "org.iscm.meeting.held.v1")
            #expect(event.subject.map { String($0) } == "m-1")
            #expect(event.key == "arcp")
            #expect(event.partitionKey.map { String($0) } == "arcp")
            #expect(event.data?["meeting_id"]?.string == "m-1")
            #expect(event.effective == .stated(Text("2024-05")))
            #expect(event.sequenceKey == "m-1")
            #expect(event.position.offset == 7)
        }
        #expect(structured.contentHash == binary.contentHash)
        #expect(structured.contentHash != .none)
        #expect(structured.eventHash == binary.eventHash && structured.eventHash != nil)
    }

    static let binaryMutants: [(String, String?, ReasonCode?)] = [
        ("ce_id", nil, .attributeMissing), ("ce_specversion", "0.3", .specversionUnsupported),
        ("ce_time", "noon", .attributeInvalid), ("ce_Upper", "x", .attributeInvalid),
        ("ce_a-b", "x", .attributeInvalid),
        ("ce_datacontenttype", "application/json", .attributeInvalid), ("ce_data", "x", .attributeInvalid),
        ("content-type", "application/xml", .dataNotJSON), ("content-type", nil, nil), ("ce_hops", "9", .tooManyHops),
        ("ce_hops", "two", .attributeInvalid), ("ce_backfill", "true", nil), ("ce_extra", "", nil),
        ("traceparent", "00-ab", nil), ("ce_id", "e\u{0}", .nulCharacter),
        ("Content-Type", "text/plain", .contentTypeUnsupported),
    ]

    @Test(arguments: binaryMutants) func binary(_ name: String, _ value: String?, _ reason: ReasonCode?) {
        var headers = Self.binaryHeaders.filter { $0.0 != name }
        if let value { headers.append((name, value)) }
        #expect(Record(Self.binaryData, headers: headers).decode(catalogue).reason == reason)
    }

    @Test func aHeaderTwiceIsRefused() {
        let headers = Self.binaryHeaders + [("ce_id", "e-2")]
        #expect(Record(Self.binaryData, headers: headers).decode(catalogue).reason == .duplicateKey)
    }

    @Test func binaryDataFaultsNameTheirPlaceUnderData() throws {
        let record = Record("{\"meeting_id\":\"m-1\",\"a\":[1,\"\\uD800\"]}", headers: Self.binaryHeaders)
        #expect(try #require(record.decode(catalogue).refusal).detail.hasPrefix("/data/a/1: "))
    }

    @Test func binaryDataOfAnUnknownTypeIsNotLookedAt() {
        var headers = Self.binaryHeaders.filter { $0.0 != "ce_type" && $0.0 != "content-type" }
        headers += [("ce_type", "com.example.photo"), ("content-type", "image/png")]
        #expect(Record("\u{1}PNG", headers: headers).decode(catalogue).unknownName == "com.example.photo")
    }

    @Test func theTopicDecidesAboutHeaderless() {
        #expect(Record.event().decode(catalogue).event != nil)
        #expect(Record.event().with { $0.headerless = .refused }.decode(catalogue).reason == .headerless)
        var told = Record.event().with { $0.headerless = .refused }
        told.headers = [("content-type", "application/cloudevents+json")]
        #expect(told.decode(catalogue).event != nil)
    }

    @Test func extensionsAreKept() throws {
        let record = Record.event([
            "traceid": "\"t-1\"", "sampled": "true", "rank": "3", "backfill": "true", "hops": "2",
        ])
        let event = try #require(record.decode(catalogue).event)
        #expect(event.extension("traceid").map { String($0) } == "t-1")
        #expect(event.extension("sampled").map { String($0) } == "true")
        #expect(event.extension("rank").map { String($0) } == "3")
        #expect(event.extension("absent") == nil)
        #expect(event.isBackfill && event.hops == 2)
        #expect(
            event.extensions.map { String($0.name) } == [
                "backfill", "hops", "partitionkey", "rank", "sampled", "traceid",
            ])
    }

    @Test func sixtyFourKiBAreTakenAndTheLimitHolds() {
        func record(_ size: Int) -> Record {
            let empty = Record.event(["data": "{\"meeting_id\":\"m\",\"lines\":\"\"}"]).value?.count ?? 0
            let filler = String(repeating: "x", count: size - empty)
            return Record.event(["data": "{\"meeting_id\":\"m\",\"lines\":\"\(filler)\"}"])
        }
        #expect(record(65_536).value?.count == 65_536)
        #expect(record(65_536).decode(catalogue).event != nil)
        #expect(record(262_144).decode(catalogue).event != nil)
        #expect(record(262_145).decode(catalogue).reason == .tooLarge)
        #expect(record(70_000).with { $0.eventBytes = 65_536 }.decode(catalogue).reason == .tooLarge)
    }

    @Test func headersCountTowardsTheLimit() {
        let headers = Self.binaryHeaders + [("ce_extra", String(repeating: "x", count: 262_144))]
        #expect(Record(Self.binaryData, headers: headers).decode(catalogue).reason == .tooLarge)
    }

    @Test func aTombstoneIsNoFault() {
        #expect(Record(nil).decode(catalogue).isTombstone)
        #expect(Record(nil, key: nil).decode(catalogue).isTombstone)
        #expect(Record("").decode(catalogue).reason == .emptyValue)
    }
}
