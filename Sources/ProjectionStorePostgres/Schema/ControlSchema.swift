extension SystemSchema {
    /// Step 2: commands to a running worker, and what operators are told.
    static let controlStep: [String] = [
        """
        CREATE TABLE _halt (topic \(SQLText.text) NOT NULL, partition bigint NOT NULL, code \(SQLText.text) NOT NULL,
        message \(SQLText.text) NOT NULL, at bigint NOT NULL, PRIMARY KEY (topic, partition))
        """,
        """
        CREATE TABLE _overrun (topic \(SQLText.text) NOT NULL, partition bigint NOT NULL, "offset" bigint NOT NULL,
        attempts bigint NOT NULL, at bigint NOT NULL, PRIMARY KEY (topic, partition, "offset"))
        """,
        // A record's own name, by which operators and copies find its letter.
        "CREATE INDEX _dead_letter_record ON _dead_letter (topic, partition, \"offset\")",
        """
        CREATE TABLE _command (number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, topic \(SQLText.text) NOT NULL,
        partition bigint NOT NULL, request \(SQLText.text) NOT NULL, epoch bigint,
        seen timestamptz NOT NULL DEFAULT clock_timestamp())
        """,
        """
        CREATE TABLE _command_reply (number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        command bigint NOT NULL REFERENCES _command ON DELETE CASCADE, reply \(SQLText.text) NOT NULL)
        """,
        "CREATE INDEX _command_reply_command ON _command_reply (command, number)",
    ]

    /// Step 3: what workers tell of themselves.
    static let reportStep: [String] = [
        // Written again and again: room on the page keeps that from touching the index.
        """
        CREATE TABLE _worker (worker \(SQLText.text) NOT NULL, process bigint NOT NULL, since bigint NOT NULL,
        lane bigint NOT NULL, report \(SQLText.text) NOT NULL, seen timestamptz NOT NULL,
        PRIMARY KEY (worker, process, since, lane)) WITH (fillfactor = 50)
        """
    ]
}
