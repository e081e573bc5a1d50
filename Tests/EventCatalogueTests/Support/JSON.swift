import EventCatalogue
import PluginKit

/// JSON that tests can change. Numbers keep the text they are written as.
indirect enum JSON: CustomStringConvertible {
    case literal(String)
    case number(String)
    case string(String)
    case array([JSON])
    case object([(String, JSON)])

    init(_ value: Value) {
        switch value.kind {
        case .null, .true, .false: self = .literal(value.canonicalJSON())
        case .integer, .number: self = .number(value.canonicalJSON())
        case .string: self = .string(value.string ?? "")
        case .array: self = .array(value.elements.map { JSON($0) })
        case .object: self = .object(value.members.map { (String($0.0), JSON($0.1)) })
        }
    }

    var description: String {
        switch self {
        case .literal(let text), .number(let text): text
        case .string(let text): JSON.quoted(text)
        case .array(let elements): "[" + elements.map(\.description).joined(separator: ",") + "]"
        case .object(let members):
            "{" + members.map { "\(JSON.quoted($0.0)):\($0.1)" }.joined(separator: ",") + "}"
        }
    }

    static func quoted(_ text: String) -> String {
        var writer = CanonicalJSON()
        writer.append(string: text)
        return writer.withBytes { String(decoding: $0, as: UTF8.self) }
    }

    /// A copy with one thing changed somewhere.
    func mutated(_ random: inout SeededGenerator) -> JSON {
        let goDeeper = Int.random(in: 0..<4, using: &random) > 0
        switch self {
        case .array(var elements):
            guard let at = elements.indices.randomElement(using: &random) else { return .array([.stranger(&random)]) }
            if goDeeper {
                elements[at] = elements[at].mutated(&random)
            } else {
                switch Int.random(in: 0..<3, using: &random) {
                case 0: elements.remove(at: at)
                case 1: elements.append(elements[at])
                default: elements.insert(.stranger(&random), at: at)
                }
            }
            return .array(elements)
        case .object(var members):
            guard let at = members.indices.randomElement(using: &random) else {
                return .object([("added", .stranger(&random))])
            }
            if goDeeper {
                members[at].1 = members[at].1.mutated(&random)
            } else if Bool.random(using: &random) {
                members.remove(at: at)
            } else {
                members.append(
                    (["added", "document", "x-y", "النص"][Int.random(in: 0..<4, using: &random)], .stranger(&random)))
                var seen: Set<String> = []
                members = members.filter { seen.insert($0.0).inserted }
            }
            return .object(members)
        case .string(let text) where goDeeper: return .string(JSON.mutated(text, &random))
        case .number(let text) where goDeeper:
            let edits = [
                "-" + text, text + "0", text + ".0", text + ".5", text + "e0", "0", "-1", "1e3", "9007199254740992",
            ]
            let edited = edits.randomElement(using: &random) ?? text
            var parser = JSONParser()
            return .number((try? parser.parse(edited)) == nil ? "1" : edited)
        default: return .stranger(&random)
        }
    }

    private static func mutated(_ text: String, _ random: inout SeededGenerator) -> String {
        var scalars = Array(text.unicodeScalars)
        let strange: [Unicode.Scalar] = ["a", "Z", "0", "9", "-", "/", " ", "\n", "T", "é", "ا", "😀", "\u{2028}"]
        for _ in 0...Int.random(in: 0...1, using: &random) {
            let at = Int.random(in: 0...scalars.count, using: &random)
            switch Int.random(in: 0..<4, using: &random) {
            case 0 where at < scalars.count: scalars.remove(at: at)
            case 1 where at < scalars.count: scalars[at] = strange.randomElement(using: &random) ?? "a"
            case 2: scalars.removeAll()
            default: scalars.insert(strange.randomElement(using: &random) ?? "a", at: at)
            }
        }
        var view = String.UnicodeScalarView()
        view.append(contentsOf: scalars)
        return String(view)
    }

    /// A value of any kind.
    static func stranger(_ random: inout SeededGenerator) -> JSON {
        let all: [JSON] = [
            .literal("null"), .literal("true"), .literal("false"), .number("0"), .number("-3"), .number("2.5"),
            .number("1.0"),
            .string(""), .string("2024"), .string("2024-05-01"), .string("x"), .array([]), .array([.string("x")]),
            .object([]), .object([("field", .string("x"))]),
        ]
        return all.randomElement(using: &random) ?? .literal("null")
    }
}
