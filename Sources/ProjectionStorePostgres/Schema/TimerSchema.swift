extension SystemSchema {
    /// Step 2: timers and the log of their firings.
    static let timerStep: [String] = [
        // What a parked timer waits for is told by `parked`, 1 while it may not fire.
        """
        ALTER TABLE _timer ADD COLUMN type \(SQLText.text), ADD COLUMN hops bigint,
        ADD COLUMN silence \(SQLText.text), ADD COLUMN parked bigint
        """,
        "DROP INDEX _timer_due",
        "CREATE INDEX _timer_pending ON _timer (topic, partition, due) WHERE parked IS NULL",
        """
        CREATE TABLE _firing (number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, owner \(SQLText.text) NOT NULL,
        name \(SQLText.text) NOT NULL, due bigint NOT NULL, source \(SQLText.text) NOT NULL, id \(SQLText.text) NOT NULL,
        topic \(SQLText.text) NOT NULL, partition bigint NOT NULL, after_offset bigint NOT NULL, at bigint NOT NULL,
        outcome \(SQLText.text) NOT NULL)
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
