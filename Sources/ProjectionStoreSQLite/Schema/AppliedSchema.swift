extension SystemSchema {
    /// Step 3: applied events of large transactions lie in blocks (`AppliedRuns`).
    static let appliedStep: [String] = [
        """
        CREATE TABLE _applied_run (number INTEGER PRIMARY KEY, level INTEGER NOT NULL, blocks INTEGER NOT NULL,
        events INTEGER NOT NULL, newest INTEGER NOT NULL, horizon INTEGER NOT NULL) STRICT
        """,
        "CREATE TABLE _applied_block (place INTEGER PRIMARY KEY, entries BLOB NOT NULL) STRICT",
    ]
}
