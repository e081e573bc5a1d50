/// What can go wrong beside the death of a worker.
enum FaultKind: String, CaseIterable, Comparable {
    case leave, pause, freeze, stall, storm, broker, leader, coordinator, clock, backlog, redrive
    case restart, cut, delay, half, commit

    var meaning: String {
        switch self {
        case .leave: "a worker is asked to leave, and starts again"
        case .pause: "a worker hangs (SIGSTOP) for less than the session timeout"
        case .freeze: "a worker hangs for longer than the session timeout, and goes on as if nothing had been"
        case .stall: "a worker hangs as long with records in hand of which it has written nothing"
        case .storm: "workers join and leave in quick succession"
        case .broker: "a broker is killed and started again"
        case .leader: "leadership of partitions is moved to the preferred brokers"
        case .coordinator: "the broker that coordinates the worker's group is killed"
        case .clock: "the workers' wall clock jumps by an hour, or back"
        case .backlog: "all workers die, and come back to a long backlog, where one dies again"
        case .redrive: "two callers redrive the same dead letters at once, and a worker may die meanwhile"
        case .restart: "PostgreSQL crashes and starts again"
        case .cut: "connections to PostgreSQL are cut, of one worker or of all"
        case .delay: "each packet to and from PostgreSQL is late"
        case .half: "PostgreSQL does not hear a worker any more, or the worker does not hear it"
        case .commit: "the answer to a COMMIT is lost"
        }
    }

    /// Whether it needs PostgreSQL, or workers that share a store.
    var needsPostgres: Bool {
        switch self {
        case .restart, .cut, .delay, .half, .commit, .stall: true
        default: false
        }
    }

    /// Of a hundred kills' worth of faults: how many of this kind go with them.
    var weight: Int {
        switch self {
        case .leave, .cut, .commit, .redrive: 6
        case .pause, .broker, .restart, .clock: 4
        case .freeze, .stall, .storm, .delay, .half, .backlog: 3
        case .leader, .coordinator: 2
        }
    }

    static func < (left: FaultKind, right: FaultKind) -> Bool { left.rawValue < right.rawValue }
}
