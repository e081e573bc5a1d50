import Configuration

/// One thing that the doctor looked at.
struct DoctorFinding: Sendable {
    enum State: String, Sendable {
        case ok, warn, fail
        /// Could not be looked at, because something before it failed.
        case skip
    }

    let check: String
    let state: State
    let message: String
    /// What the command ends with because of it.
    let exit: ExitCode

    init(_ check: String, _ state: State, _ message: String, exit: ExitCode = .ok) {
        self.check = check
        self.state = state
        self.message = message
        self.exit = exit
    }

    /// What an error says about a check.
    init(_ check: String, failing error: any Error) {
        let failure = FailureReading.read(error)
        self.init(check, .fail, failure.message ?? "failed", exit: failure.exit)
    }

    var line: String {
        "\(state.rawValue)\(String(repeating: " ", count: 6 - state.rawValue.count))\(check): \(message)"
    }

    var json: JSON {
        .object([("check", .string(check)), ("state", .string(state.rawValue)), ("message", .string(message))])
    }
}
