extension SystemSchema {
    /// Step 2: dead letters, parked events and the audit.
    static let deadLetterStep: [String] = []
}
