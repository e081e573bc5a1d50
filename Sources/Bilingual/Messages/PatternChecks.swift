/// What can be wrong with one pattern by itself, beyond its syntax.
enum PatternChecks {
    struct Finding {
        let code: MessageProblem.Code
        let text: String
        let offset: Int
    }

    static func findings(_ pattern: MessagePattern, _ language: Language) -> [Finding] {
        pattern.uses.flatMap { plurals($0, language) } + controls(pattern) + translation(pattern, language)
    }

    /// The forms that a count takes in the language, by CLDR.
    static func cardinals(_ language: Language) -> [String] {
        switch language {
        case .arabic: ["zero", "one", "two", "few", "many", "other"]
        case .english: ["one", "other"]
        }
    }

    /// The forms of "1st, 2nd, 3rd".
    static func ordinals(_ language: Language) -> [String] {
        switch language {
        case .arabic: ["other"]
        case .english: ["one", "two", "few", "other"]
        }
    }

    private static func plurals(_ use: PlaceholderUse, _ language: Language) -> [Finding] {
        let (selectors, needed, type): ([String], [String], String)
        switch use.form {
        case .plural(let given): (selectors, needed, type) = (given, cardinals(language), "plural")
        case .selectOrdinal(let given): (selectors, needed, type) = (given, ordinals(language), "selectordinal")
        default: return []
        }
        let name = language == .arabic ? "Arabic" : "English"
        var findings: [Finding] = []
        let missing = needed.filter { !selectors.contains($0) }
        if !missing.isEmpty {
            findings.append(
                Finding(
                    code: .pluralFormMissing,
                    text: "{\(use.name), \(type)} lacks \(missing.joined(separator: ", ")): \(name) needs "
                        + "\(needed.joined(separator: ", ")), each as \(missing[0]) {…}", offset: use.offset))
        }
        // "=0" and the like are exact numbers and stand beside the forms.
        let unknown = selectors.filter { !needed.contains($0) && !$0.hasPrefix("=") }
        if !unknown.isEmpty {
            findings.append(
                Finding(
                    code: .pluralFormUnknown,
                    text:
                        "{\(use.name), \(type)} has \(unknown.joined(separator: ", ")), which \(name) never uses: remove "
                        + "it, \(name) has \(needed.joined(separator: ", "))", offset: use.offset))
        }
        return findings
    }

    /// U+200E, U+200F and U+061C, which a translator may need, stay; embeddings and isolates reach further.
    private static func controls(_ pattern: MessagePattern) -> [Finding] {
        var offset = 0
        for scalar in pattern.source.unicodeScalars {
            switch scalar.value {
            case 0x202A...0x202E, 0x2066...0x2069, 0xFEFF:
                return [
                    Finding(
                        code: .directionControl,
                        text:
                            "U+\(String(scalar.value, radix: 16, uppercase: true)) steers direction: remove it, what is "
                            + "inserted is isolated anyway", offset: offset)
                ]
            default: offset += UTF16.width(scalar)
            }
        }
        return []
    }

    /// Words in Latin small letters and not one Arabic letter: left untranslated. Acronyms and placeholders alone pass.
    private static func translation(_ pattern: MessagePattern, _ language: Language) -> [Finding] {
        guard language == .arabic else { return [] }
        let scalars = pattern.literals.unicodeScalars
        guard scalars.contains(where: { ("a"..."z").contains($0) }),
            !scalars.contains(where: { ("\u{0621}"..."\u{064A}").contains($0) })
        else { return [] }
        return [Finding(code: .untranslated, text: "the text is not in Arabic: translate it", offset: 0)]
    }
}

extension MessagePattern {
    /// ICU checks number skeletons and the like only when it makes the formats.
    func checkFormats(_ language: Language) throws(PatternFault) {
        do throws(PatternFault) {
            _ = try MessageFormatHandle(pattern: compiled, locale: ReaderLocale(language))
        } catch {
            let skeleton = uses.first {
                if case .number(let style) = $0.form { style.hasPrefix("::") } else { false }
            }
            throw PatternFault(error.text, offset: skeleton?.offset ?? error.offset)
        }
    }

    /// The keywords among which the selects of a placeholder choose.
    func choices(_ name: String) -> Set<String> {
        var keywords: Set<String> = []
        for use in uses where use.name == name {
            if case .select(let selectors) = use.form { keywords.formUnion(selectors) }
        }
        return keywords
    }
}
