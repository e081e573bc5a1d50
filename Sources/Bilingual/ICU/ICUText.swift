import CICU

/// Gives ICU a view of the text's UTF-8 for the length of `body`.
func withView<Result>(_ text: String, _ body: (cicu_view) throws -> Result) rethrows -> Result {
    var text = text
    return try text.withUTF8 { bytes in
        try bytes.withMemoryRebound(to: CChar.self) {
            try body(cicu_view(bytes: $0.baseAddress, length: Int64($0.count)))
        }
    }
}

/// Gives ICU views of many texts for the length of `body`.
func withViews<Result>(_ texts: [String], _ body: ([cicu_view]) throws -> Result) rethrows -> Result {
    // One block of bytes for all: views into Swift's own strings would have to be nested once per text.
    var bytes: [CChar] = []
    var ranges: [Range<Int>] = []
    for text in texts {
        let start = bytes.count
        bytes.append(contentsOf: text.utf8.lazy.map { CChar(bitPattern: $0) })
        ranges.append(start..<bytes.count)
    }
    return try bytes.withUnsafeBufferPointer { buffer in
        try body(
            ranges.map { range in
                cicu_view(bytes: buffer.baseAddress.map { $0 + range.lowerBound }, length: Int64(range.count))
            })
    }
}

/// Takes over a text that ICU made; nil where the call failed.
func take(_ text: cicu_text) -> String? {
    guard let bytes = text.bytes else { return nil }
    defer { cicu_text_free(text) }
    let buffer = UnsafeRawBufferPointer(start: bytes, count: Int(text.length))
    return String(decoding: buffer, as: UTF8.self)
}

/// The same for a call that fails only where memory or ICU's data are missing.
func taken(_ text: cicu_text, _ what: String) throws(BilingualError) -> String {
    guard let text = take(text) else {
        throw BilingualError(
            .internationalisation, "ICU could not \(what): check that Debian's libicu72 is complete, and free memory")
    }
    return text
}

/// The version of ICU in use, for `doctor`.
public enum ICUVersion {
    public static var current: String { String(cString: cicu_version()) }
}
