import PluginKit
import ProjectionStore

/// A caller's commands in a plugin's schema.
final class PostgresCommandTable: CommandTable {
    private let database: PostgresDatabase

    /// - Throws: `.absent` when the plugin has no store yet.
    init(session: PostgresDatabase.Session, schema: SchemaName, plugin: Manifest) throws(StoreError) {
        database = try PostgresDatabase(session, place: session.connection.place)
        guard try StoreOpening(database: database, schema: schema, plugin: plugin).identity() != nil else {
            database.close()
            throw StoreError(
                .absent,
                "plugin \(plugin.name) has no store yet (schema \(schema.plain) in \(session.connection.place))")
        }
    }

    deinit { close() }

    func close() { database.close() }

    func put(_ request: String, for partition: PartitionKey) throws(StoreError) -> Int64 {
        // What callers that were killed have left.
        try database.execute(
            "DELETE FROM _command WHERE seen < clock_timestamp() - interval '1 hour'", "clearing old commands")
        return try database.run(
            "INSERT INTO _command (topic, partition, request) VALUES ($1, $2, $3) RETURNING number", "putting a command"
        ) {
            $0.add(partition.topic)
            $0.add(Int64(partition.partition))
            $0.add(request)
        }.first?.integer(0) ?? 0
    }

    func replies(to command: Int64, after: Int64) throws(StoreError) -> [StoredReply] {
        _ = try database.run("UPDATE _command SET seen = clock_timestamp() WHERE number = $1", "waiting for a reply") {
            $0.add(command)
        }
        return try database.run(
            "SELECT number, reply FROM _command_reply WHERE command = $1 AND number > $2 ORDER BY number",
            "reading replies"
        ) {
            $0.add(command)
            $0.add(after)
        }.rows.map { StoredReply(number: $0.integer(0), text: $0.text(1)) }
    }

    func withdraw(_ command: Int64) throws(StoreError) -> Bool {
        try database.run("DELETE FROM _command WHERE number = $1 AND epoch IS NULL", "taking a command back") {
            $0.add(command)
        }.changes == 1
    }

    func remove(_ command: Int64) throws(StoreError) {
        _ = try database.run("DELETE FROM _command WHERE number = $1", "removing a command") { $0.add(command) }
    }
}

extension PostgresStoreWriter {
    /// How long a caller may be silent.
    private static var patience: String { "clock_timestamp() - interval '15 seconds'" }

    var keepsCommands: Bool { true }

    func takeCommand(for partitions: [PartitionState]) throws(StoreError) -> StoredCommand? {
        let waiting = try database.run(
            """
            SELECT number, topic, partition, epoch, request FROM _command WHERE seen > \(Self.patience)
            ORDER BY number LIMIT 100
            """, "looking for commands"
        ).rows
        for row in waiting {
            let key = PartitionKey(topic: row.text(1), partition: Int32(truncatingIfNeeded: row.integer(2)))
            guard let mine = partitions.first(where: { $0.key == key }) else { continue }
            if let epoch = row.optionalInteger(3), epoch >= mine.epoch { continue }
            let taken = try database.run(
                "UPDATE _command SET epoch = $1 WHERE number = $2 AND (epoch IS NULL OR epoch < $1)", "taking a command"
            ) {
                $0.add(mine.epoch)
                $0.add(row.integer(0))
            }
            if taken.changes == 1 { return StoredCommand(number: row.integer(0), request: row.text(4)) }
        }
        return nil
    }

    func answer(_ command: Int64, _ reply: String) throws(StoreError) {
        // Nobody is there any more: nothing to tell.
        _ = try database.run(
            "INSERT INTO _command_reply (command, reply) SELECT number, $2 FROM _command WHERE number = $1",
            "answering a command"
        ) {
            $0.add(command)
            $0.add(reply)
        }
    }

    func isWanted(_ command: Int64) throws(StoreError) -> Bool {
        try database.run("SELECT 1 FROM _command WHERE number = $1 AND seen > \(Self.patience)", "asking for a caller")
        {
            $0.add(command)
        }.count > 0
    }
}
