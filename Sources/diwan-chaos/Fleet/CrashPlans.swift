import WorkerRuntime

/// Which places of the commit workers still have to die at, and how often they did.
struct CrashPlans {
    struct Plan {
        let place: String
        let count: Int

        var word: String { "\(place):\(count)" }
    }

    let places: [String]
    private(set) var visits: [String: Int] = [:]
    private var waiting: [String] = []

    /// Where nobody comes unless dead letters are handled again.
    let needRedrive = Set(CrashPlaces.ofRedrives)

    init(isEmpty: Bool, random: inout SeededGenerator) {
        places = isEmpty ? [] : CrashPlaces.ofCommit + CrashPlaces.ofTimers + CrashPlaces.ofRedrives
        waiting = places.shuffled(using: &random)
    }

    /// The next place to die at; each comes in turn.
    mutating func next(_ random: inout SeededGenerator, onlyUnvisited: Bool) -> Plan? {
        if onlyUnvisited, let place = unvisited.randomElement(using: &random) { return Plan(place: place, count: 1) }
        if waiting.isEmpty { waiting = places.shuffled(using: &random) }
        guard let place = waiting.popLast() else { return nil }
        return Plan(place: place, count: Int.random(in: 1...3, using: &random))
    }

    mutating func visited(_ plan: Plan) { visits[plan.place, default: 0] += 1 }

    /// A worker died otherwise before it came there: it comes again later.
    mutating func missed(_ plan: Plan) { waiting.insert(plan.place, at: 0) }

    /// Where nobody has died yet.
    var unvisited: [String] { places.filter { visits[$0] == nil } }
}
