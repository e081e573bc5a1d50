private import CICU

/// Text that runs in two directions.
public enum BidiText {
    /// The characters that steer direction and show nothing. ZWJ and ZWNJ, which spelling needs, are not among them.
    public static func isControl(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x202A...0x202E, 0x2066...0x2069, 0x200E, 0x200F, 0x061C, 0xFEFF: true
        default: false
        }
    }

    /// The text without direction controls: for everything untrusted, at intake.
    public static func stripControls(_ text: String) -> String {
        guard text.unicodeScalars.contains(where: isControl) else { return text }
        return String(String.UnicodeScalarView(text.unicodeScalars.filter { !isControl($0) }))
    }

    /// The text between U+2068 and U+2069, for plain text.
    ///
    /// Controls inside are taken out, so that it cannot leave its isolate. Line breaks become spaces: a direction's
    /// reach ends with the paragraph, and so would the isolate. Nothing is put around an empty text.
    public static func isolate(_ text: String) -> String {
        let safe = singleLine(stripControls(text))
        return safe.isEmpty ? "" : "\u{2068}\(safe)\u{2069}"
    }

    /// A text as it is inserted in another.
    static func inserted(_ text: String, _ isolation: ValueIsolation) -> String {
        switch isolation {
        case .plainText: isolate(text)
        case .none: stripControls(text)
        }
    }

    /// The direction of the first character that has one; nil where none has.
    public static func baseDirection(_ text: String) -> TextDirection? {
        switch withView(text, { cicu_base_direction($0) }) {
        case 1: .rightToLeft
        case -1: .leftToRight
        default: nil
        }
    }

    /// Whatever ends a paragraph or a line, as a space; other controls as they are.
    private static func singleLine(_ text: String) -> String {
        guard text.unicodeScalars.contains(where: endsLine) else { return text }
        var result = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            // CR LF is one line break.
            if scalar == "\n", result.last == " ", text.contains("\r\n") { continue }
            result.append(endsLine(scalar) ? " " : scalar)
        }
        return String(result)
    }

    private static func endsLine(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x0A...0x0D, 0x1C...0x1E, 0x85, 0x2028, 0x2029: true
        default: false
        }
    }
}
