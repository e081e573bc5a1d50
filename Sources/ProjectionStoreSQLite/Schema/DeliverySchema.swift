extension SystemSchema {
    /// Step 2: messages belong to the partition whose record caused them.
    static let deliveryStep: [String] = [
        "ALTER TABLE _outbox ADD COLUMN topic TEXT NOT NULL DEFAULT ''",
        "ALTER TABLE _outbox ADD COLUMN partition INTEGER NOT NULL DEFAULT 0",
    ]
}
