import ProjectionStore

extension PostgresStoreWriter {
    func partitions() throws(StoreError) -> [PartitionState] {
        try database.run(SystemRows.partitions, "reading the offsets").rows.map(SystemRows.partition)
    }

    func claim(_ state: PartitionState, replacing: Int64?) throws(StoreError) -> Bool {
        try database.requireTransaction()
        // Whoever holds the row longer is frozen.
        try database.change("SET LOCAL lock_timeout = '3s'", "claiming \(state.key)")
        let sql =
            replacing == nil
            ? """
            INSERT INTO _partition (next_offset, epoch, cluster_id, partition_count, last_offset,
            last_timestamp, last_hash, topic, partition, activation_offset)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT (topic, partition) DO NOTHING
            """
            : """
            UPDATE _partition SET epoch = $2, cluster_id = $3, partition_count = $4, last_offset = $5,
            last_timestamp = $6, last_hash = $7
            WHERE topic = $8 AND partition = $9 AND epoch = $10 AND next_offset = $1
            """
        let result = try database.run(sql, "claiming \(state.key)") {
            $0.add(state.nextOffset)
            $0.add(state.epoch)
            $0.add(state.clusterID)
            $0.add(Int64(state.partitionCount))
            $0.add(state.last?.offset)
            $0.add(state.last?.timestamp)
            $0.add(state.last?.hash)
            $0.add(state.key.topic)
            $0.add(Int64(state.key.partition))
            $0.add(replacing ?? state.activationOffset)
        }
        guard result.changes == 1 else { return false }
        forgetKnown()
        return true
    }

    func advance(_ partition: PartitionKey, expected: Int64, epoch: Int64, to next: Int64, last: RecordFingerprint?)
        throws(StoreError) -> Bool
    {
        try database.requireTransaction()
        let result = try database.run(
            """
            UPDATE _partition SET next_offset = $1, last_offset = coalesce($2, last_offset),
            last_timestamp = coalesce($3, last_timestamp), last_hash = coalesce($4, last_hash)
            WHERE topic = $5 AND partition = $6 AND next_offset = $7 AND epoch = $8
            """, "moving \(partition) on"
        ) {
            $0.add(next)
            $0.add(last?.offset)
            $0.add(last?.timestamp)
            $0.add(last?.hash)
            $0.add(partition.topic)
            $0.add(Int64(partition.partition))
            $0.add(expected)
            $0.add(epoch)
        }
        hasAdvanced = true
        guard result.changes == 1 else {
            _ = database.fail(
                StoreError(
                    .retry,
                    "\(partition) is no longer at offset \(expected) under epoch \(epoch): another owner has it, and "
                        + "this transaction must be rolled back"))
            return false
        }
        return true
    }
}
