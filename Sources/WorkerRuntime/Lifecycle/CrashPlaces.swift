/// What the places are called at which a debug build can be made to die (`DIWAN_CRASH_AT`), for programs that do so.
public enum CrashPlaces {
    /// Those that a worker passes while it claims, commits and sends, whatever its plugins do and nobody asks of it.
    public static var ofCommit: [String] {
        let places: [CrashPoint.Place] = [
            .claimWritten, .claimed, .transactionBegun, .recordsTaken, .rowsWritten, .beforeCommit, .afterCommit,
            .beforeGroupCommit, .mailWritten, .afterSendBeforeSettle,
        ]
        return places.map(\.rawValue)
    }

    /// Those that it passes where a timer fires.
    public static var ofTimers: [String] { [CrashPoint.Place.timerFired, .timerCommitted].map(\.rawValue) }

    /// Those that it passes where somebody has dead letters handled again.
    public static var ofRedrives: [String] { [CrashPoint.Place.redriveWritten, .redriveCommitted].map(\.rawValue) }
}
