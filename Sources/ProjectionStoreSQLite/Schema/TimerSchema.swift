extension SystemSchema {
    /// Step 2: timers and the log of their firings.
    static let timerStep: [String] = []
}
