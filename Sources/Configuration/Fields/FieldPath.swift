/// The way from the root to a field, such as `topics[0].name` or `kafka.options."security.protocol"`.
struct FieldPath: Hashable, Sendable, CustomStringConvertible {
    enum Step: Hashable, Sendable {
        case key(String)
        case index(Int)
    }

    private(set) var steps: [Step] = []

    static let root = FieldPath()

    func appending(_ name: String) -> FieldPath {
        var longer = self
        longer.steps.append(.key(name))
        return longer
    }

    func appending(_ index: Int) -> FieldPath {
        var longer = self
        longer.steps.append(.index(index))
        return longer
    }

    var description: String {
        var text = ""
        for step in steps {
            switch step {
            case .key(let name):
                text += text.isEmpty ? "" : "."
                text += name.contains(".") ? "\"\(Excerpt.of(name))\"" : Excerpt.of(name)
            case .index(let index): text += "[\(index)]"
            }
        }
        return text
    }

    /// The environment variable that overrides the field: `DIWAN` and the path in capitals, other characters as `_`.
    /// None inside a list, whose elements have no names.
    func variable(prefix: String) -> String? {
        var name = prefix
        for step in steps {
            guard case .key(let key) = step else { return nil }
            name += "_"
            for byte in key.uppercased().utf8 {
                let isWord = (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte)
                name.unicodeScalars.append(isWord ? Unicode.Scalar(byte) : "_")
            }
        }
        return name
    }
}
