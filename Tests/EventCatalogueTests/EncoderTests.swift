import EventCatalogue
import PluginKit
import Testing

/// What the encoder writes in either mode, the decoder reads as the same event.
@Suite struct EncoderTests {
    @Test func bothModesRoundTrip() throws {
        let catalogue = try #require(Sources.catalogue)
        let encoder = CloudEventEncoder(
            id: "e-\"1\"", source: "/tests/synthetic", type: "org.iscm.meeting.held.v1", subject: "م-1\\",
            time: "2024-05-01T09:30:00Z", partitionKey: "arcp",
            extensions: [("backfill", .flag(true)), ("hops", .integer(3)), ("causeid", .text("e-0"))],
            data: Array("{\"meeting_id\":\"m-1\"}".utf8))
        var structured = Record(bytes: encoder.structured())
        structured.headers = [("content-type", CloudEventEncoder.structuredMediaType)]
        var binary = Record(bytes: encoder.data ?? [])
        binary.headers = encoder.binaryHeaders().map { ($0.name, $0.value) }
        let events = try [structured, binary].map { try #require($0.decode(catalogue).event) }
        for event in events {
            #expect(event.id == "e-\"1\"")
            #expect(event.subject.map { String($0) } == "م-1\\")
            #expect(event.isBackfill && event.hops == 3)
            #expect(event.extension("causeid").map { String($0) } == "e-0")
            #expect(event.data?["meeting_id"]?.string == "m-1")
        }
        #expect(events[0].contentHash == events[1].contentHash)
        #expect(events[0].eventHash == events[1].eventHash)
    }

    @Test func theWriterPutsCommasWhereTheyBelong() {
        var writer = JSONWriter()
        writer.object { writer in
            writer.member("a", 1)
            writer.key("b")
            writer.array { writer in
                writer.value("x\n")
                writer.null()
                writer.object { _ in }
                writer.value(true)
            }
            writer.member("c", false)
        }
        #expect(String(decoding: writer.bytes, as: UTF8.self) == #"{"a":1,"b":["x\n",null,{},true],"c":false}"#)
    }
}
