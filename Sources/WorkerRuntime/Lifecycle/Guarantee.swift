import Glibc

/// What the worker's promises rest on, each of which a trial can take out to show that it would notice:
/// `DIWAN_BREAK=cas`. Debug builds only: in a release every guarantee holds, and asking costs nothing.
enum Guarantee: String, CaseIterable {
    /// A transaction whose partition another owner has moved is undone (rule 17).
    case compareAndSwap = "cas"
    /// Who leaves finishes what is in hand, and notes what became of it.
    case drain
    /// An event that was applied is skipped when it comes again (rule 6).
    case dedupe

    #if DEBUG
        private static let broken = getenv("DIWAN_BREAK").flatMap { Guarantee(rawValue: String(cString: $0)) }

        var holds: Bool { self != Self.broken }
    #else
        @inline(__always)
        var holds: Bool { true }
    #endif
}
