import Bilingual
import Configuration

/// The name of a new plugin in the three forms that it takes.
struct PluginName {
    /// `MemberCount`: the folder and the Swift module.
    let module: String
    /// `member-count`: the manifest, the configuration, the consumer group.
    let plugin: String

    /// From either form.
    init(_ text: String) throws {
        let isPlain =
            text.utf8.count <= 40 && text.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-") }
        guard isPlain, let first = text.first, first.isLetter, !text.hasSuffix("-"), !text.contains("--") else {
            throw UsageError(
                message: "\(TerminalText.quoted(text)) cannot name a plugin; write it as MemberCount or member-count",
                command: "diwan plugin new")
        }
        if text.contains("-") || first.isLowercase {
            plugin = text.lowercased()
            module = plugin.split(separator: "-").map { $0.prefix(1).uppercased() + $0.dropFirst() }.joined()
        } else {
            module = text
            var words = ""
            for character in text {
                if character.isUppercase, !words.isEmpty { words += "-" }
                words += character.lowercased()
            }
            plugin = words
        }
    }
}
