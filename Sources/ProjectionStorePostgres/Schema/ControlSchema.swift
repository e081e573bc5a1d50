extension SystemSchema {
    /// Step 2: commands to a running worker.
    static let controlStep: [String] = []
}
