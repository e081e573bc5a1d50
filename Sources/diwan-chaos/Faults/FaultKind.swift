/// What can go wrong beside the death of a worker.
enum FaultKind: String, CaseIterable, Comparable {
    case leave, pause, freeze, storm, broker, leader, coordinator, clock
    case restart, cut, delay, half, commit

    var meaning: String {
        switch self {
        case .leave: "a worker is asked to leave, and starts again"
        case .pause: "a worker hangs (SIGSTOP) for less than the session timeout"
        case .freeze: "a worker hangs for longer than the session timeout, and goes on as if nothing had been"
        case .storm: "workers join and leave in quick succession"
        case .broker: "a broker is killed and started again"
        case .leader: "leadership of partitions is moved to the preferred brokers"
        case .coordinator: "the broker that coordinates the worker's group is killed"
        case .clock: "the workers' wall clock jumps by an hour, or back"
        case .restart: "PostgreSQL crashes and starts again"
        case .cut: "connections to PostgreSQL are cut, of one worker or of all"
        case .delay: "each packet to and from PostgreSQL is late"
        case .half: "PostgreSQL does not hear a worker any more, or the worker does not hear it"
        case .commit: "the answer to a COMMIT is lost"
        }
    }

    var needsPostgres: Bool {
        switch self {
        case .restart, .cut, .delay, .half, .commit: true
        default: false
        }
    }

    /// Left out unless it is asked for: libfaketime does not carry all the timed waits of librdkafka, so that workers may
    /// come up late for no fault of their own.
    var isOnRequest: Bool { self == .clock }

    /// Of a hundred kills' worth of faults: how many of this kind go with them.
    var weight: Int {
        switch self {
        case .leave, .cut, .commit: 6
        case .pause, .broker, .restart, .clock: 4
        case .freeze, .storm, .delay, .half: 3
        case .leader, .coordinator: 2
        }
    }

    static func < (left: FaultKind, right: FaultKind) -> Bool { left.rawValue < right.rawValue }
}
