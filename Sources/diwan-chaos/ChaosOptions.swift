import Foundation

/// What a run is asked to do, as words like `EVENTS=20000`.
struct ChaosOptions {
    enum Store: String, CaseIterable {
        case sqlite, postgres
    }

    struct Misuse: Error, CustomStringConvertible {
        let description: String
    }

    var events = 20_000
    var kills = 20
    var rounds = 1
    var store = Store.sqlite
    var seed = UInt64.random(in: 1...UInt64(UInt32.max))
    /// Which kinds of fault happen beside kills, and how often where that is said; all that the store knows where nil.
    var faults: [FaultKind: Int?]?
    /// Within how many seconds events flow again after a worker, a broker or PostgreSQL is killed; nil for no limit.
    var limit: Int?
    /// Workers die at these places of the commit, too; only at random moments where false.
    var visitsCrashPoints = true
    /// Whether repeats at the source are in the workload, and the worker looks for them.
    var dedupes = true
    /// A guarantee that the worker leaves out, to show that the run notices.
    var broken: String?
    /// Events a second at the most.
    var rate = 2000
    /// Files are kept when all went well, too.
    var keepsFiles = false

    static let usage = """
        diwan-chaos [EVENTS=20000] [KILLS=20] [STORE=sqlite|postgres] [SEED=N] [ROUNDS=1] [FAULTS=KIND,KIND:COUNT|all|none]
                    [WITHIN=SECONDS] [CRASHPOINTS=yes|no] [DEDUPE=yes|no] [RATE=2000] [BREAK=cas|drain|dedupe] [KEEP=yes|no]

        Runs workers on a Kafka of three brokers among faults, and compares what they made with what the events say.
        Kinds of fault:
        \(FaultKind.allCases.map { "  \($0.rawValue): \($0.meaning)" }.joined(separator: "\n"))
        """

    init(_ words: [String]) throws {
        for word in words {
            let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2 else { throw Misuse(description: "\(word)? Write NAME=VALUE") }
            // An empty value stands for none: `make` passes variables on whether they are set or not.
            if parts[1].isEmpty { continue }
            try take(String(parts[0]), String(parts[1]))
        }
    }

    private mutating func take(_ name: String, _ value: String) throws {
        func number(_ range: ClosedRange<Int>) throws -> Int {
            guard let number = Int(value), range.contains(number) else {
                throw Misuse(
                    description: "\(name)=\(value)? Write a number from \(range.lowerBound) to \(range.upperBound)")
            }
            return number
        }
        func flag() throws -> Bool {
            guard let flag = ["yes": true, "no": false][value] else {
                throw Misuse(description: "\(name)=\(value)? Write yes or no")
            }
            return flag
        }
        switch name {
        case "EVENTS": events = try number(100...100_000_000)
        case "KILLS": kills = try number(0...100_000)
        case "ROUNDS": rounds = try number(1...10_000)
        case "RATE": rate = try number(1...1_000_000)
        case "SEED":
            guard let number = UInt64(value) else { throw Misuse(description: "SEED=\(value)? Write a number") }
            seed = number
        case "STORE":
            guard let store = Store(rawValue: value) else {
                throw Misuse(description: "STORE=\(value)? Write sqlite or postgres")
            }
            self.store = store
        case "FAULTS":
            if value == "all" { return }
            faults = try value == "none" ? [:] : Self.faults(value)
        case "WITHIN": limit = try number(1...3600)
        case "CRASHPOINTS": visitsCrashPoints = try flag()
        case "DEDUPE": dedupes = try flag()
        case "KEEP": keepsFiles = try flag()
        case "BREAK": broken = value
        default: throw Misuse(description: "\(name)? There is no such setting")
        }
    }

    private static func faults(_ text: String) throws -> [FaultKind: Int?] {
        var found: [FaultKind: Int?] = [:]
        for word in text.split(separator: ",") {
            let parts = word.split(separator: ":", maxSplits: 1)
            let count = parts.count > 1 ? Int(parts[1]) : nil
            if parts.count > 1, count ?? 0 < 1 { throw Misuse(description: "FAULTS: \(word)? Write KIND:COUNT") }
            found.updateValue(count, forKey: try kind(String(parts[0])))
        }
        return found
    }

    private static func kind(_ name: String) throws -> FaultKind {
        guard let kind = FaultKind(rawValue: name) else {
            let known = FaultKind.allCases.map(\.rawValue).joined(separator: ", ")
            throw Misuse(description: "FAULTS: \(name) is no kind of fault; there are \(known)")
        }
        return kind
    }
}

/// Numbers that a printed seed brings back (SplitMix64).
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(_ seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var value = state
        value = (value ^ (value >> 30)) &* 0xbf58_476d_1ce4_e5b9
        value = (value ^ (value >> 27)) &* 0x94d0_49bb_1331_11eb
        return value ^ (value >> 31)
    }

    /// True once in `count` times.
    mutating func happens(onceIn count: Int) -> Bool { Int.random(in: 0..<count, using: &self) == 0 }
}
