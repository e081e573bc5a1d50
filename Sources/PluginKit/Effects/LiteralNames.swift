/// The names of tables or columns, by the address of the literal that a handler uses before they are compared. They are
/// few: a scan beats a dictionary.
///
/// Threading: that of the `Effects` it belongs to.
final class LiteralNames {
    private struct Name {
        let start: UnsafeMutablePointer<UInt8>
        let count: Int
        /// A literal that was found equal.
        var literal: UnsafePointer<UInt8>?

        init(_ text: String) {
            let bytes = Array(text.utf8)
            start = .allocate(capacity: max(1, bytes.count))
            start.initialize(from: bytes, count: bytes.count)
            count = bytes.count
        }
    }

    private let names: UnsafeMutablePointer<Name>
    private let count: Int

    init(_ texts: [String]) {
        count = texts.count
        names = .allocate(capacity: max(1, count))
        for (index, text) in texts.enumerated() { (names + index).initialize(to: Name(text)) }
    }

    deinit {
        for index in 0..<count { names[index].start.deallocate() }
        names.deallocate()
    }

    /// Whether the literal is the name at `index`.
    @inline(__always)
    func matches(_ literal: StaticString, _ index: Int) -> Bool { isKnown(literal, index) || compare(literal, index) }

    /// The first name that the literal is; nil where there is none.
    @inline(__always)
    func index(of literal: StaticString) -> Int? {
        for index in 0..<count where isKnown(literal, index) { return index }
        return (0..<count).first { compare(literal, $0) }
    }

    @inline(__always)
    private func isKnown(_ literal: StaticString, _ index: Int) -> Bool {
        literal.hasPointerRepresentation && names[index].literal == literal.utf8Start
    }

    private func compare(_ literal: StaticString, _ index: Int) -> Bool {
        let name = names[index]
        let isEqual = literal.withUTF8Buffer {
            sameBytes($0, UnsafeBufferPointer(start: name.start, count: name.count))
        }
        if isEqual, literal.hasPointerRepresentation { names[index].literal = literal.utf8Start }
        return isEqual
    }
}
