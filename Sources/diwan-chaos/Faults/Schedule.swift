/// Everything that will go wrong, in order, from the seed alone.
struct Schedule {
    enum Blow: Equatable {
        /// `kill -9` of a worker, at a place of the commit or at a random moment.
        case kill
        case fault(FaultKind)
    }

    /// The blows of each round.
    let rounds: [[Blow]]

    init(_ options: ChaosOptions) {
        var random = SeededGenerator(options.seed ^ 0x5C4ED)
        let known = FaultKind.allCases.filter { options.store == .postgres || !$0.needsPostgres }
        let kinds =
            options.faults.map { wanted in known.filter { wanted.keys.contains($0) } } ?? known
        var blows = [Blow](repeating: .kill, count: options.kills)
        for kind in kinds {
            // Each kind that was asked for by name comes with few kills, too.
            let count = (options.faults?[kind] ?? nil) ?? max(1, options.kills * kind.weight / 100)
            blows += [Blow](repeating: .fault(kind), count: count)
        }
        blows.shuffle(using: &random)
        rounds = (0..<options.rounds).map { round in
            Array(blows[blows.count * round / options.rounds..<blows.count * (round + 1) / options.rounds])
        }
    }

    var faults: [FaultKind: Int] {
        var counts: [FaultKind: Int] = [:]
        for case .fault(let kind) in rounds.joined() { counts[kind, default: 0] += 1 }
        return counts
    }
}
