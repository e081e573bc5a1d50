/// What the places are called at which a debug build can be made to die (`DIWAN_CRASH_AT`), for programs that do so.
public enum CrashPlaces {
    /// Those that a worker passes while it claims, commits and sends, whatever its plugins do.
    public static var ofCommit: [String] {
        CrashPoint.Place.allCases.map(\.rawValue).filter { !$0.hasPrefix("timer-") }
    }
}
