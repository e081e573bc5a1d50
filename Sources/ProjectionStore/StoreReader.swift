public import PluginKit

/// Reads a plugin's store without ever writing or checkpointing. One thread at a time.
public protocol StoreReader: DeadLetterReading, TimerReading, GenerationReading, ControlReading {
    var identity: String { get }

    /// Runs what `body` asks within one read snapshot.
    func snapshot<Result>(_ body: () throws -> Result) throws -> Result

    /// Runs a query of the manifest: one SELECT over the plugin's tables, for a limited time.
    ///
    /// - Parameters:
    ///   - asOf: the date to which effective dates are compared; nil for all.
    ///   - parameters: the query's own, by name, as text. A column of numbers compares with them by value; a computed
    ///     number, such as `count(*)`, needs `CAST(:parameter AS INTEGER)`. Those it does not declare are ignored.
    /// - Throws: `StoreError` with code `.query` when the text is something else, gives other columns than it
    ///   declares, lacks a parameter's value, or takes too long.
    func query(_ query: QueryDefinition, asOf: String?, parameters: [String: String]) throws(StoreError) -> ResultTable

    func partitions() throws(StoreError) -> [PartitionState]
    func outbox(limit: Int, after: Int64) throws(StoreError) -> [OutboxMessage]
    func silences(limit: Int, after: Int64) throws(StoreError) -> [SilenceEntry]
    func counters() throws(StoreError) -> [String: Int64]
    /// Whether the id was erased (rule 10): nothing is sent to it any more.
    func isErased(owner: String) throws(StoreError) -> Bool
    func close()
}
