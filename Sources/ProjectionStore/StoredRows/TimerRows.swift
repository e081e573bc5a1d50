extension SystemRows {
    public static let timers = """
        SELECT owner, name, due, payload, sequence, source, id, topic, partition, type, hops, silence, parked FROM _timer
        """

    public static func timer(_ row: some StoredRow) -> TimerDraft {
        TimerDraft(
            owner: row.text(0), name: row.text(1), due: row.integer(2), payload: row.text(3),
            sequence: row.optionalText(4), source: row.text(5), id: row.text(6), type: row.optionalText(9) ?? "",
            hops: Int(row.optionalInteger(10) ?? 0), silence: row.optionalText(11),
            partition: PartitionKey(topic: row.text(7), partition: Int32(truncatingIfNeeded: row.integer(8))),
            isParked: !row.isNull(12))
    }

    public static let firings = """
        SELECT number, owner, name, due, source, id, topic, partition, after_offset, at, outcome FROM _firing
        """

    public static func firing(_ row: some StoredRow) -> LoggedFiring {
        LoggedFiring(
            number: row.integer(0),
            content: Firing(
                owner: row.text(1), name: row.text(2), due: row.integer(3), source: row.text(4), id: row.text(5),
                partition: PartitionKey(topic: row.text(6), partition: Int32(truncatingIfNeeded: row.integer(7))),
                afterOffset: row.integer(8), at: row.integer(9),
                // Written by a later version: it took no effect that this one knows.
                outcome: Firing.Outcome(rawValue: row.text(10)) ?? .failed))
    }
}
