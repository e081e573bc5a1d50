extension SystemSchema {
    /// Step 2: the outbox of a partition.
    static let deliveryStep: [String] = []
}
