import Glibc
import Synchronization

/// Places at which a test lets the worker die as if by `kill -9`: around each step whose order the guarantees rest on.
///
/// `DIWAN_CRASH_AT=before-commit:3` dies when the place is reached for the third time, and `DIWAN_HANG_AT` hangs there
/// as if by SIGSTOP, until SIGCONT. Debug builds only: a release build has neither the variables nor the checks.
enum CrashPoint {
    enum Place: String, CaseIterable {
        case claimWritten = "claim-written"
        case claimed = "claimed"
        case transactionBegun = "transaction-begun"
        case recordsTaken = "records-taken"
        case rowsWritten = "rows-written"
        case beforeCommit = "before-commit"
        case afterCommit = "after-commit"
        case timerFired = "timer-fired"
        case timerCommitted = "timer-committed"
        case redriveWritten = "redrive-written"
        case redriveCommitted = "redrive-committed"
        case beforeGroupCommit = "before-group-commit"
        case mailWritten = "mail-written"
        case afterSendBeforeSettle = "after-send-before-settle"
        case promoteHeld = "promote-held"
        case promoteReached = "promote-reached"
        case promoteCarried = "promote-carried"
        case promoteReported = "promote-reported"
        case promoteLive = "promote-live"
    }

    #if DEBUG
        private struct Plan {
            let place: String
            let count: Int
        }

        private static let death = plan("DIWAN_CRASH_AT")
        private static let hang = plan("DIWAN_HANG_AT")

        private static func plan(_ variable: String) -> Plan? {
            guard let text = getenv(variable).map({ String(cString: $0) }) else { return nil }
            let parts = text.split(separator: ":", maxSplits: 1)
            guard let place = parts.first.flatMap({ Place(rawValue: String($0)) }) else { return nil }
            return Plan(place: place.rawValue, count: parts.count > 1 ? Int(parts[1]) ?? 1 : 1)
        }

        private static let reached = Mutex((death: 0, hang: 0))

        static func reach(_ place: Place) {
            guard death?.place == place.rawValue || hang?.place == place.rawValue else { return }
            let signals: [Int32] = reached.withLock { reached in
                var signals: [Int32] = []
                if let death, death.place == place.rawValue {
                    reached.death += 1
                    if reached.death == death.count { signals.append(SIGKILL) }
                }
                if let hang, hang.place == place.rawValue {
                    reached.hang += 1
                    if reached.hang == hang.count { signals.append(SIGSTOP) }
                }
                return signals
            }
            for signal in signals { kill(getpid(), signal) }
        }
    #else
        @inline(__always)
        static func reach(_ place: Place) {}
    #endif
}
