/// Counts in the operator's English.
enum Plural {
    static func of(_ count: Int, _ one: String, _ many: String? = nil) -> String {
        "\(count) \(count == 1 ? one : many ?? one + "s")"
    }

    static func events(_ count: Int) -> String { of(count, "event") }
}
