private import CICU

/// A language's alphabetical order.
///
/// May be used by many threads at once: ICU's collator is frozen when it is made here, and its comparisons are const and
/// documented as safe to share. That is what the unchecked conformance rests on.
public final class Collation: @unchecked Sendable {
    public let language: Language
    private let collator: OpaquePointer

    /// - Throws: `internationalisation` where ICU has no data for the language.
    public init(_ language: Language) throws(BilingualError) {
        guard let collator = cicu_collator_open(ReaderLocale(language).tag) else {
            throw BilingualError(
                .internationalisation, "ICU has no order for \(language.code): check that Debian's libicu72 is complete"
            )
        }
        self.language = language
        self.collator = collator
    }

    deinit { cicu_collator_close(collator) }

    /// Negative where `left` comes first, zero where the language makes no difference, positive otherwise.
    public func compare(_ left: String, _ right: String) -> Int {
        withView(left) { left in withView(right) { right in Int(cicu_compare(collator, left, right)) } }
    }

    /// Bytes whose order is the language's order, for sorting many texts or outside of this process.
    public func sortKey(_ text: String) -> [UInt8] {
        let key = withView(text) { cicu_sort_key(collator, $0) }
        guard let bytes = key.bytes else { return [] }
        defer { cicu_text_free(key) }
        return Array(UnsafeRawBufferPointer(start: bytes, count: Int(key.length)))
    }

    /// The texts in the language's order; equal ones by their bytes, so that the result never depends on the input's
    /// order.
    public func sorted(_ texts: [String]) -> [String] {
        texts.sorted { left, right in
            let order = compare(left, right)
            return order == 0 ? left.utf8.lexicographicallyPrecedes(right.utf8) : order < 0
        }
    }
}
