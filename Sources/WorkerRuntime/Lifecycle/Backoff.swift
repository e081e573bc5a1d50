/// Growing pauses with jitter, so that many workers do not come back at the same moment (rule 27). Milliseconds.
struct Backoff {
    private let first: Int
    private let most: Int
    private var current: Int

    init(first: Int, most: Int) {
        self.first = first
        self.most = most
        current = first
    }

    /// The next pause: between half and all of a span that doubles each time.
    mutating func next() -> Int {
        let span = current
        current = min(current * 2, most)
        return Int.random(in: (span / 2)...span)
    }

    mutating func reset() { current = first }
}
