import Threads

/// How far a long piece of work has come, on standard error while that is a terminal, and nothing otherwise.
struct Progress {
    private let what: String
    private let total: Int
    private var shown: Int64 = 0
    private let isShown = Output.errorIsTerminal

    /// - Parameter what: what is counted, such as "events sent".
    init(_ what: String, of total: Int) {
        self.what = what
        self.total = total
    }

    mutating func update(_ done: Int) {
        guard isShown, MonotonicClock.now - shown > 200_000_000 else { return }
        shown = MonotonicClock.now
        Terminal.status("\(done) of \(total) \(what)")
    }

    /// Takes the line away, so that what follows begins on a clean one.
    func finish() { if isShown { Terminal.status("") } }
}

/// The one line at the bottom of a terminal that shows what is going on.
enum Terminal {
    static func status(_ text: String) { Output.raw("\r\u{1B}[K\(text)") }
}
