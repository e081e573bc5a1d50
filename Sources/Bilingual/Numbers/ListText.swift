private import CICU

/// Lists in a sentence.
public enum ListText {
    /// `الأردن ولبنان ومصر` or `Jordan, Lebanon and Egypt`. Empty for no items.
    ///
    /// - Parameter isolation: keeps each item apart in plain text, so that one in the other script does not turn its
    ///   neighbours around.
    public static func render(
        _ items: [String], _ locale: ReaderLocale, isolation: ValueIsolation = .none
    ) throws(BilingualError) -> String {
        let items = items.map { BidiText.inserted($0, isolation) }
        let text = withViews(items) { take(cicu_format_list(locale.tag, $0, Int32($0.count))) }
        guard let text else {
            throw BilingualError(.internationalisation, "ICU could not write a list: check Debian's libicu72")
        }
        return text
    }
}
