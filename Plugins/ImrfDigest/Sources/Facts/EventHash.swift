import PluginKit

/// The hash by which a digest names an event: over all its attributes and data (rule 34), so that it also tells apart
/// two events that say the same. The arena of a test may lack the means; then it is rule 6's hash.
enum EventHash {
    static func text(_ event: Event) -> Cell { .string((event.eventHash ?? event.contentHash).hex) }
}

extension Value {
    /// An array of texts and numbers as a JSON array of texts, numbers in RFC 8785's form; nil for anything else.
    var texts: String? {
        guard kind == .array else { return nil }
        var json = "["
        for element in elements {
            if json.utf8.count > 1 { json += "," }
            json += element.text == nil ? "\"\(element.canonicalJSON())\"" : element.canonicalJSON()
        }
        return json + "]"
    }
}
