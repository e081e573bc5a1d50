// The records of workload W1 are valid as they are: headerless, structured, keyed by mechanism. Synthetic throughout.
import EventCatalogue
import PluginKit
import Testing

@Suite struct W1Tests {
    /// What the workload's generator writes, in its shapes and ranges.
    struct Generator {
        var random = SeededGenerator(seed: 42)
        static let parties = "DZ BH KM DJ EG IQ JO KW LB LY MR MA OM PS QA SA SO SD SY TN AE YE".split(separator: " ")
        static let kinds = ["data", "evidence", "best_practice", "innovative_approach", "recommendation"]

        mutating func pick<T>(_ list: [T], or fallback: T) -> T { list.randomElement(using: &random) ?? fallback }
        mutating func number(_ range: Range<Int>) -> Int { Int.random(in: range, using: &random) }

        static func padded(_ number: Int, _ width: Int) -> String {
            String(repeating: "0", count: width - String(number).count) + String(number)
        }

        mutating func record(_ index: Int) -> (key: String, value: String) {
            let mechanism = "mechanism-" + Self.padded(number(0..<2000), 5)
            let date = "2019-\(Self.padded(index / 28 % 12 + 1, 2))-\(Self.padded(index % 28 + 1, 2))"
            let time =
                "\(date)T\(Self.padded(index % 24, 2)):\(Self.padded(index % 60, 2)):\(Self.padded(index % 59, 2))Z"
            let kind: String
            var subject: String
            let data: String
            let titles = #""title_en":"Alternatives to detention","title_ar":"بدائل الاحتجاز""#
            switch number(0..<100) {
            case ..<35:
                kind = "meeting.held"
                subject = "meeting-" + Self.padded(index, 9)
                let level = pick(["technical", "senior_officials", "ministerial"], or: "")
                data = """
                    {"meeting_id":"\(subject)","level":"\(level)","session_kind":"\(pick(["ordinary", "extraordinary"], or: ""))",\
                    "ordinal":\(number(1..<40)),"starts":"\(date)","ends":"\(date)","place_en":"Tunis","place_ar":"تونس",\
                    "participants":\(number(8..<220)),"theme_en":"Consular assistance in practice","theme_ar":"بدائل"}
                    """
            case ..<55:
                kind = pick(["member.joined", "member.left"], or: "")
                let party = pick(Self.parties, or: "")
                subject = "\(mechanism)/\(party)"
                data = #"{"party":"\#(party)","party_kind":"state","from":"\#(date)"}"#
            case ..<80:
                kind = "submission.filed"
                subject = "submission-" + Self.padded(index, 9)
                var items: [String] = []
                for _ in 0..<number(1..<5) {
                    items.append(#"{"kind":"\#(pick(Self.kinds, or: ""))","objective":\#(number(1..<24)),\#(titles)}"#)
                }
                data = """
                    {"submission_id":"\(subject)","cycle":\(pick([2022, 2026, 2030], or: 0)),"filed_by_kind":"chair",\
                    "route":"\(pick(["direct", "indirect", "combined"], or: ""))","items":[\(items.joined(separator: ","))]}
                    """
            default:
                kind = "document.issued"
                subject = "document-" + Self.padded(number(0..<200_000), 6)
                let documentKind = pick(["closing_statement", "contribution", "position", "recommendations"], or: "")
                data = """
                    {"document_id":"\(subject)","doc_kind":"\(documentKind)",\(titles),\
                    "occasion":"International Migration Review Forum"}
                    """
            }
            let event = """
                {"specversion":"1.0","id":"\(Self.padded(index, 12))","source":"/mechanisms/\(mechanism)",\
                "type":"org.iscm.\(kind).v1","subject":"\(subject)","time":"\(time)","datacontenttype":"application/json",\
                "partitionkey":"\(mechanism)","data":\(data)}
                """
            return (mechanism, event)
        }
    }

    @Test func twoThousandRecordsAreValid() throws {
        let catalogue = try #require(Sources.catalogue)
        var decoder = EventDecoder(catalogue: catalogue)
        var arena = EventDecoder.makeArena()
        var generator = Generator()
        var types: Set<String> = []
        for index in 0..<2_000 {
            if index % 500 == 0 { EventArena.recycle(&arena) }
            let (key, value) = generator.record(index)
            let outcome = Record(value, key: key).decode(with: &decoder, into: arena)
            let event = try #require(outcome.event, "\(outcome.refusal.map { "\($0)" } ?? "unknown type"): \(value)")
            #expect(event.key == key)
            types.insert(String(event.type))
        }
        #expect(types.count == 5)
    }
}
