import Foundation

/// What the command line says.
struct Options {
    enum Store: String {
        case sqlite, postgres
    }

    struct Misuse: Error, CustomStringConvertible {
        let description: String
    }

    var isTrusted = false
    var dedupes = true
    /// The most events in one transaction.
    var batch = 400_000
    /// MiB.
    var memory = 150
    var store = Store.sqlite
    /// How many plugins read the topic, each with a store of its own.
    var plugins = 1
    /// Lanes of each plugin, where the store can be shared.
    var lanes = 1

    init(_ arguments: some Sequence<String>) throws {
        for argument in arguments {
            let parts = argument.split(separator: "=", maxSplits: 1).map(String.init)
            let value = parts.count > 1 ? parts[1] : ""
            switch parts[0] {
            case "--trusted": isTrusted = true
            case "--no-dedupe": dedupes = false
            case "--batch": batch = try Self.number(argument, value)
            case "--memory": memory = try Self.number(argument, value)
            case "--plugins": plugins = try Self.number(argument, value)
            case "--lanes": lanes = try Self.number(argument, value)
            case "--store":
                guard let known = Store(rawValue: value) else {
                    throw Misuse(description: "\(argument): the store is sqlite or postgres")
                }
                store = known
            default: throw Misuse(description: "unknown option \(argument)")
            }
        }
    }

    private static func number(_ argument: String, _ value: String) throws -> Int {
        guard let number = Int(value), number > 0 else {
            throw Misuse(description: "\(argument): a whole number above 0 is expected")
        }
        return number
    }

    /// What the figures are listed under.
    var name: String { "diwan-\(store.rawValue)\(isTrusted ? "-trusted" : "")\(dedupes ? "" : "-nodedupe")" }
}
