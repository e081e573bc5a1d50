/// A JSON value to write. Members keep their order.
indirect enum JSON: Sendable {
    case null
    case bool(Bool)
    case integer(Int64)
    case number(Double)
    case string(String)
    case array([JSON])
    case object([(String, JSON)])
    /// JSON text that stands as it is.
    case raw(String)

    static func text(_ text: String?) -> JSON { text.map { .string($0) } ?? .null }
    static func count(_ number: Int) -> JSON { .integer(Int64(number)) }
    static func strings(_ texts: [String]) -> JSON { .array(texts.map { .string($0) }) }

    /// Indented by two spaces, ended by a line break.
    func document() -> String {
        var text = ""
        write(to: &text, indent: "\n")
        return text + "\n"
    }

    /// On one line, without a line break at its end.
    func line() -> String {
        var text = ""
        write(to: &text, indent: nil)
        return text
    }

    private func write(to text: inout String, indent: String?) {
        switch self {
        case .null: text += "null"
        case .bool(let flag): text += flag ? "true" : "false"
        case .integer(let number): text += String(number)
        case .number(let number):
            text += Int64(exactly: number).map { String($0) } ?? (number.isFinite ? String(number) : "null")
        case .string(let string): JSON.quote(string, to: &text)
        case .raw(let json): text += json
        case .array(let elements):
            JSON.list("[", "]", elements, to: &text, indent) { element, text, indent in
                element.write(to: &text, indent: indent)
            }
        case .object(let members):
            JSON.list("{", "}", members, to: &text, indent) { member, text, indent in
                JSON.quote(member.0, to: &text)
                text += indent == nil ? ":" : ": "
                member.1.write(to: &text, indent: indent)
            }
        }
    }

    private static func list<Element>(
        _ open: String, _ close: String, _ elements: [Element], to text: inout String, _ indent: String?,
        _ body: (Element, inout String, String?) -> Void
    ) {
        text += open
        let inner = indent.map { $0 + "  " }
        for (index, element) in elements.enumerated() {
            if index > 0 { text += "," }
            text += inner ?? ""
            body(element, &text, inner)
        }
        if !elements.isEmpty { text += indent ?? "" }
        text += close
    }

    private static func quote(_ string: String, to text: inout String) {
        text += "\""
        for scalar in string.unicodeScalars {
            switch scalar {
            case "\"": text += "\\\""
            case "\\": text += "\\\\"
            case "\n": text += "\\n"
            case "\r": text += "\\r"
            case "\t": text += "\\t"
            default:
                if scalar.value < 0x20 || scalar.value == 0x7F {
                    let digits = String(scalar.value, radix: 16)
                    text += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
                } else {
                    text.unicodeScalars.append(scalar)
                }
            }
        }
        text += "\""
    }
}
