import Testing

@testable import WorkerRuntime

/// The id by which a repeat is known (rule 25).
struct MessageIDTests {
    private static func make(_ parts: [String]) -> String {
        MessageID.make(
            source: parts[0], id: parts[1], rule: parts[2], recipient: parts[3], channel: parts[4], occurrence: parts[5]
        )
    }

    private static let parts = ["urn:x", "event/1", "meeting-scheduled", "role/arcp/dz", "kafka", ""]

    /// It is stored, sent and the name of files: a change of its form would send every notice again.
    @Test func `the id of known parts never changes`() {
        #expect(Self.make(Self.parts) == "65021a972ba15695dff2658945661b4b")
    }

    @Test func `it is a safe name`() {
        let id = Self.make(["../../etc", "a/b\u{0}", "\n", "المستلم", "🕊", "\u{202e}"])
        #expect(id.utf8.count == 32)
        #expect(id.utf8.allSatisfy { (48...57).contains($0) || (97...102).contains($0) })
    }

    @Test(arguments: 0..<6) func `each part makes another id`(_ index: Int) {
        var other = Self.parts
        other[index] += "x"
        #expect(Self.make(other) != Self.make(Self.parts))
    }

    @Test func `no two lists of parts run together`() {
        let lists = [
            ["ab", "c", "", "", "", ""], ["a", "bc", "", "", "", ""], ["abc", "", "", "", "", ""],
            ["", "abc", "", "", "", ""], ["a", "b", "c", "", "", ""], ["", "", "", "a", "b", "c"],
        ]
        #expect(Set(lists.map { Self.make($0) }).count == lists.count)
    }
}
