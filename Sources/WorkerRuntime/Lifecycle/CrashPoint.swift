import Glibc
import Synchronization

/// Places at which a test lets the worker die as if by `kill -9`: around each step whose order the guarantees rest on.
///
/// `DIWAN_CRASH_AT=before-commit:3` dies when the place is reached for the third time. Debug builds only: a release
/// build has neither the variable nor the checks.
enum CrashPoint {
    enum Place: String, CaseIterable {
        case claimWritten = "claim-written"
        case claimed = "claimed"
        case transactionBegun = "transaction-begun"
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

        private static let plan: Plan? = {
            guard let text = getenv("DIWAN_CRASH_AT").map({ String(cString: $0) }) else { return nil }
            let parts = text.split(separator: ":", maxSplits: 1)
            guard let place = parts.first.flatMap({ Place(rawValue: String($0)) }) else { return nil }
            return Plan(place: place.rawValue, count: parts.count > 1 ? Int(parts[1]) ?? 1 : 1)
        }()

        private static let reached = Mutex(0)

        static func reach(_ place: Place) {
            guard let plan, plan.place == place.rawValue else { return }
            let count = reached.withLock { count in
                count += 1
                return count
            }
            if count == plan.count { kill(getpid(), SIGKILL) }
        }
    #else
        @inline(__always)
        static func reach(_ place: Place) {}
    #endif
}
