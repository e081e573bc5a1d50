import Bilingual

extension TerminalTable {
    /// The table as text. Where the line runs from left to right, cells in plain ASCII stand without the invisible
    /// characters that keep other scripts in their place, so that `grep` and a copied name meet what they see.
    func text() -> String {
        let text = render()
        guard direction == .leftToRight else { return text }
        var result = String.UnicodeScalarView()
        var held = String.UnicodeScalarView()
        var isHeld = false
        for scalar in text.unicodeScalars {
            if scalar == "\u{2066}" || scalar == "\u{2068}", !isHeld {
                isHeld = true
                held = String.UnicodeScalarView()
                held.append(scalar)
            } else if isHeld, scalar == "\u{2069}" {
                result.append(contentsOf: held.dropFirst())
                isHeld = false
            } else if isHeld, (0x20...0x7E).contains(scalar.value) {
                held.append(scalar)
            } else {
                if isHeld { result.append(contentsOf: held) }
                isHeld = false
                result.append(scalar)
            }
        }
        return String(result)
    }
}
