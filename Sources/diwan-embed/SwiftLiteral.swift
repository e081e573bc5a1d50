/// Writes texts as literals of Swift.
enum SwiftLiteral {
    /// A raw literal of several lines whose value is exactly `text`: readable in the generated file, whatever quotation
    /// marks and backslashes the text has.
    static func block(_ text: String) -> String {
        let hashes = String(repeating: "#", count: longestRunOfHashes(text) + 1)
        var body = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            if mustEscape(scalar) {
                body.append(contentsOf: "\\\(hashes)u{\(String(scalar.value, radix: 16))}".unicodeScalars)
            } else {
                body.append(scalar)
            }
        }
        return "\(hashes)\"\"\"\n\(String(body))\n\"\"\"\(hashes)"
    }

    /// A literal of one line, for names.
    static func line(_ text: String) -> String {
        var result = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            if scalar == "\"" || scalar == "\\" || scalar == "\n" || scalar == "\t" || mustEscape(scalar) {
                result.append(contentsOf: "\\u{\(String(scalar.value, radix: 16))}".unicodeScalars)
            } else {
                result.append(scalar)
            }
        }
        return "\"\(String(result))\""
    }

    /// What a source file may not hold (NUL), would change (CR), or should not hide (direction controls).
    private static func mustEscape(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x09, 0x0A: false
        case 0x00...0x1F, 0x7F...0x9F, 0x061C, 0x200E, 0x200F, 0x202A...0x202E, 0x2066...0x2069, 0xFEFF: true
        default: false
        }
    }

    private static func longestRunOfHashes(_ text: String) -> Int {
        var (longest, run) = (0, 0)
        for byte in text.utf8 {
            run = byte == UInt8(ascii: "#") ? run + 1 : 0
            longest = max(longest, run)
        }
        return longest
    }
}
