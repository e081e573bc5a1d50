/// How a command ended, by `sysexits.h`, so that scripts and systemd can tell what to do next.
public enum ExitCode: Int32, Error, Hashable, Sendable, CaseIterable {
    case ok = 0
    /// What was compared is not the same.
    case different = 1
    case usage = 64
    case dataErr = 65
    case noInput = 66
    case unavailable = 69
    case software = 70
    case osErr = 71
    case cantCreat = 73
    case ioErr = 74
    case tempFail = 75
    case noPerm = 77
    case config = 78

    /// What it tells, for `--help`.
    public var meaning: String {
        switch self {
        case .ok: "done"
        case .different: "what was compared differs"
        case .usage: "the command line is wrong"
        case .dataErr: "the data given is wrong"
        case .noInput: "a file that was named cannot be read"
        case .unavailable: "a broker, topic or store is not there"
        case .software: "a defect in Diwan; please report it"
        case .osErr: "the operating system refused"
        case .cantCreat: "a file or store cannot be written"
        case .ioErr: "reading or writing failed half-way"
        case .tempFail: "not now: another worker holds the store; try again later"
        case .noPerm: "credentials were refused"
        case .config: "the configuration is wrong"
        }
    }
}
