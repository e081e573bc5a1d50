import ProjectionStore

extension SQLiteStoreWriter {
    func partitions() throws(StoreError) -> [PartitionState] {
        try SystemRows.all(try database.statement(SystemRows.partitions), SystemRows.partition)
    }

    func claim(_ state: PartitionState, replacing: Int64?) throws(StoreError) -> Bool {
        try database.requireTransaction()
        let statement =
            if replacing == nil {
                try database.statement(
                    """
                    INSERT INTO _partition (next_offset, epoch, cluster_id, partition_count, last_offset,
                    last_timestamp, last_hash, topic, partition, activation_offset)
                    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (topic, partition) DO NOTHING
                    """)
            } else {
                try database.statement(
                    """
                    UPDATE _partition SET epoch = ?2, cluster_id = ?3, partition_count = ?4, last_offset = ?5,
                    last_timestamp = ?6, last_hash = ?7
                    WHERE topic = ?8 AND partition = ?9 AND epoch = ?10 AND next_offset = ?1
                    """)
            }
        statement.bind(1, state.nextOffset)
        statement.bind(2, state.epoch)
        statement.bind(3, state.clusterID)
        statement.bind(4, Int64(state.partitionCount))
        statement.bind(5, state.last?.offset)
        statement.bind(6, state.last?.timestamp)
        statement.bind(7, state.last?.hash)
        statement.bind(8, state.key.topic)
        statement.bind(9, Int64(state.key.partition))
        statement.bind(10, replacing ?? state.activationOffset)
        try statement.run()
        return database.changes == 1
    }

    func advance(_ partition: PartitionKey, expected: Int64, epoch: Int64, to next: Int64, last: RecordFingerprint?)
        throws(StoreError) -> Bool
    {
        try database.requireTransaction()
        let statement = try database.statement(
            """
            UPDATE _partition SET next_offset = ?, last_offset = coalesce(?, last_offset),
            last_timestamp = coalesce(?, last_timestamp), last_hash = coalesce(?, last_hash)
            WHERE topic = ? AND partition = ? AND next_offset = ? AND epoch = ?
            """)
        statement.bind(1, next)
        statement.bind(2, last?.offset)
        statement.bind(3, last?.timestamp)
        statement.bind(4, last?.hash)
        statement.bind(5, partition.topic)
        statement.bind(6, Int64(partition.partition))
        statement.bind(7, expected)
        statement.bind(8, epoch)
        try statement.run()
        guard database.changes == 1 else {
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
