extension SystemSchema {
    /// Step 2: rebuilding a plugin beside the live one, and the journal.
    static let generationStep: [String] = []
}
