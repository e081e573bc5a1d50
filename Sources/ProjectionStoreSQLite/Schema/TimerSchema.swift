extension SystemSchema {
    /// Step 2: timers and the log of their firings.
    static let timerStep: [String] = [
        "ALTER TABLE _timer ADD COLUMN type TEXT",
        "ALTER TABLE _timer ADD COLUMN hops INTEGER",
        "ALTER TABLE _timer ADD COLUMN silence TEXT",
        // 1 while it may not fire.
        "ALTER TABLE _timer ADD COLUMN parked INTEGER",
        "DROP INDEX _timer_due",
        "CREATE INDEX _timer_pending ON _timer (topic, partition, due, owner, name) WHERE parked IS NULL",
        """
        CREATE TABLE _firing (number INTEGER PRIMARY KEY AUTOINCREMENT, owner TEXT NOT NULL, name TEXT NOT NULL,
        due INTEGER NOT NULL, source TEXT NOT NULL, id TEXT NOT NULL, topic TEXT NOT NULL, partition INTEGER NOT NULL,
        after_offset INTEGER NOT NULL, at INTEGER NOT NULL, outcome TEXT NOT NULL) STRICT
        """,
        "CREATE INDEX _firing_timer ON _firing (owner, name, due)",
        """
        CREATE INDEX _firing_place ON _firing (topic, partition, after_offset, number) WHERE \(effectiveFiring)
        """,
    ]

    /// Step 3: what a rebuild reads of the log, in its order.
    static let timerTurnStep: [String] = [
        "DROP INDEX _firing_place",
        "CREATE INDEX _firing_turn ON _firing (topic, partition, after_offset, number) WHERE \(firingTurn)",
    ]

    static let firingTurn = "outcome <> 'discarded'"
    static let effectiveFiring = "outcome IN ('fired', 'passed')"
}
