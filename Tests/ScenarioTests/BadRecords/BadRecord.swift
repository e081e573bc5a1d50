import Foundation
import KafkaClient
import WorkerTesting

/// The bad records of the story, by the names under which `reasons.csv` lists them.
enum BadRecord {
    /// The table: record and reason code.
    static func reasons() throws -> [(name: String, reason: String)] {
        let file = Diwan.repository.appendingPathComponent("Tests/ScenarioTests/BadRecords/reasons.csv")
        return try String(contentsOf: file, encoding: .utf8).split(separator: "\n").dropFirst().map { line in
            let parts = line.split(separator: ",").map(String.init)
            return (parts[0], parts[1])
        }
    }

    /// A record of this name under the key of a good one.
    ///
    /// - Parameter applied: an event that was applied before under the same key.
    static func make(_ name: String, key: String, applied: String) throws -> RawRecord {
        var record = try made(name, key: key, applied: applied)
        // Tells them apart in the dead letters; means nothing to CloudEvents.
        record.headers.append(KafkaClient.RecordHeader("x-name", name))
        return record
    }

    /// The names that are made from a text in structured mode.
    private static func made(_ name: String, key: String, applied: String) throws -> RawRecord {
        if let text = text(name, key) { return RawRecord(key: key, value: Array(text.utf8)) }
        if let bytes = bytes(name, key) { return RawRecord(key: key, value: bytes) }
        let event = Array(event(key).utf8)
        switch name {
        case "attribute as two headers":
            return RawRecord(key: key, value: data, headers: attributes(key) + [.init("ce_id", "again")])
        case "binary without ce_id":
            return RawRecord(key: key, value: data, headers: attributes(key).filter { $0.name != "ce_id" })
        case "batch of events":
            return RawRecord(
                key: key, value: event, headers: [.init("content-type", "application/cloudevents-batch+json")])
        case "events in Avro":
            return RawRecord(key: key, value: event, headers: [.init("content-type", "application/cloudevents+avro")])
        case "key of another mechanism": return RawRecord(key: "\(key)-other", value: event)
        case "same id with other data":
            return RawRecord(
                key: key,
                value: Array(applied.replacingOccurrences(of: "\"document\":\"", with: "\"document\":\"other-").utf8))
        default: throw Diwan.Unexpected("reasons.csv names the record '\(name)', which nobody makes")
        }
    }

    // MARK: Values

    private static let data = Array(#"{"party":"DZ","party_kind":"state","document":"synthetic"}"#.utf8)

    private static func attributes(_ key: String) -> [KafkaClient.RecordHeader] {
        [
            .init("content-type", "application/json"), .init("ce_specversion", "1.0"), .init("ce_id", "bad"),
            .init("ce_source", "urn:diwan:synthetic"), .init("ce_type", "org.iscm.member.joined.v1"),
            .init("ce_partitionkey", key),
        ]
    }

    /// An event that would be right as it is.
    private static func event(_ key: String) -> String {
        #"{"specversion":"1.0","id":"bad","source":"urn:diwan:synthetic","type":"org.iscm.member.joined.v1","#
            + #""time":"2026-01-01T00:00:00Z","partitionkey":"\#(key)","#
            + #""data":{"party":"DZ","party_kind":"state","document":"synthetic"}}"#
    }

    private static func text(_ name: String, _ key: String) -> String? {
        let good = event(key)
        func with(_ new: String, for old: String) -> String { good.replacingOccurrences(of: old, with: new) }
        func document(_ value: String) -> String { with(#""document":\#(value)"#, for: #""document":"synthetic""#) }
        switch name {
        case "plain text": return "the meeting is on Tuesday"
        case "cut off in the middle": return String(good.prefix(good.count / 2))
        case "text after the object": return good + " and more"
        case "single quotes": return with("'", for: "\"")
        case "NaN": return document("NaN")
        case "raw NUL byte": return document("\"a\u{0}b\"")
        case "surrogate alone": return document(#""a\ud800b""#)
        case "surrogates in the wrong order": return document(#""\udc00\ud800""#)
        case "NUL as an escape": return document(#""a\u0000b""#)
        case "1e9999", "-1e9999": return document(name)
        case "integer that a double changes": return document("9007199254740993")
        case "arrays 10000 deep":
            return document(String(repeating: "[", count: 10_000) + String(repeating: "]", count: 10_000))
        case "objects 10000 deep":
            return document(String(repeating: #"{"a":"#, count: 10_000) + "1" + String(repeating: "}", count: 10_000))
        case "key twice in the data": return document(#""synthetic","party":"TN""#)
        case "key twice in the envelope": return with(#""id":"bad","id":"worse""#, for: #""id":"bad""#)
        case "over limits.event-bytes": return document("\"\(String(repeating: "long ", count: 60_000))\"")
        case "array instead of an object": return "[\(good)]"
        case "without id": return with("", for: #""id":"bad","#)
        case "without source": return with("", for: #""source":"urn:diwan:synthetic","#)
        case "without type": return with("", for: #""type":"org.iscm.member.joined.v1","#)
        case "without specversion": return with("", for: #""specversion":"1.0","#)
        case "empty id": return with(#""id":"""#, for: #""id":"bad""#)
        case "time that is no time": return with("yesterday", for: "2026-01-01T00:00:00Z")
        case "specversion 0.3": return with("0.3", for: "1.0")
        case "version 99 of a known type": return with("member.joined.v99", for: "member.joined.v1")
        case "without data": return String(good[..<(good.range(of: ",\"data\"")?.lowerBound ?? good.endIndex)]) + "}"
        case "data in XML": return with(#""datacontenttype":"application/xml","time""#, for: #""time""#)
        case "value that the schema does not list":
            return with(#""party_kind":"person""#, for: #""party_kind":"state""#)
        case "required member missing": return with("", for: #""party":"DZ","#)
        default: return nil
        }
    }

    private static func bytes(_ name: String, _ key: String) -> [UInt8]? {
        let good = event(key)
        guard let place = good.range(of: "synthetic\"}}") else { return nil }
        func inserting(_ bytes: [UInt8]) -> [UInt8] {
            Array(good[..<place.lowerBound].utf8) + bytes + Array(good[place.lowerBound...].utf8)
        }
        switch name {
        case "byte that is no UTF-8": return inserting([0xFF])
        case "overlong UTF-8": return inserting([0xC0, 0xAF])
        case "UTF-16": return [0xFF, 0xFE] + good.utf16.flatMap { [UInt8($0 & 0xFF), UInt8($0 >> 8)] }
        case "no bytes at all": return []
        default: return nil
        }
    }
}
