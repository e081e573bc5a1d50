import Bilingual
import Configuration

/// Options that many commands share, so that they are called and explained alike.
enum CommonOptions {
    static let config = OptionSpec(
        FieldSpec(
            "config", .path, .optional,
            summary: "The configuration file; $DIWAN_CONFIG if not said, and ./diwan.yaml without that"),
        short: "c", valueName: "FILE")

    static let language = OptionSpec(
        FieldSpec("language", .choice(of: LanguageWord.self), .defaultValue("en"), summary: "In which language"),
        short: "l")

    /// For commands that list or report.
    static let format = OptionSpec(
        FieldSpec("format", .choice(of: ListFormat.self), .defaultValue("text"), summary: "In which form"), short: "f")

    /// How long a command waits for Kafka.
    static func timeout(_ standard: String, summary: String) -> OptionSpec {
        OptionSpec(
            FieldSpec(
                "timeout", .duration(.seconds(1) ... .seconds(3600)), .defaultValue(standard), summary: summary))
    }
}

/// For people, or for a script.
enum ListFormat: String, ChoiceWords {
    case text, json

    var meaning: String {
        switch self {
        case .text: "for people"
        case .json: "for a script"
        }
    }
}

enum LanguageWord: String, ChoiceWords {
    case english = "en"
    case arabic = "ar"

    var meaning: String {
        switch self {
        case .english: "English"
        case .arabic: "Arabic"
        }
    }

    var language: Language { self == .arabic ? .arabic : .english }
}
