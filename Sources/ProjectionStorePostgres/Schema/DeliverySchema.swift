extension SystemSchema {
    /// Step 2: messages belong to the partition whose record caused them, and its owner sends them.
    static let deliveryStep: [String] = [
        "ALTER TABLE _outbox ADD COLUMN topic \(SQLText.text) NOT NULL, ADD COLUMN partition bigint NOT NULL",
        "DROP INDEX _outbox_open",
        "CREATE INDEX _outbox_open ON _outbox (topic, partition, number) WHERE \(openOutbox)",
    ]
}
