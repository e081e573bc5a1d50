/// A type's name taken apart: `org.iscm.meeting.held.v1` is base `org.iscm.meeting.held` and version 1.
struct TypeName {
    let base: Substring
    let version: Int

    /// Nil where the name does not end in `.v` and a version from 1 without leading zeros.
    init?(_ name: String) {
        guard let dot = name.lastIndex(of: "."), dot != name.startIndex else { return nil }
        let tail = name[name.index(after: dot)...]
        let digits = tail.dropFirst()
        guard tail.first == "v", let first = digits.utf8.first, (UInt8(ascii: "1")...UInt8(ascii: "9")).contains(first),
            digits.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) })
        else { return nil }
        base = name[..<dot]
        version = Int(digits) ?? .max  // more digits than an Int has are newer than anything we know
    }
}
