/// What a plugin author implements: a pure function from an event and the rows it asked for to effects.
///
/// The worker calls `reads`, fetches what was named, and calls `handle`; it does so again, from the start, whenever a
/// transaction has to be retried. So neither may keep state, look at a clock, or reach the network: whatever should
/// happen is said through `effects`, and happens once, in one SQL transaction with the offset (rules 13 and 17).
///
/// Threading: calls for one lane come one after another, but a plugin may serve several lanes at once.
public protocol Plugin: Sendable {
    /// The texts of the plugin's folder: manifest, messages, data files.
    var sources: PluginSources { get }

    /// Names the rows that `handle` will look at. Called once before each `handle` of a type the manifest lists.
    ///
    /// - Throws: a `Refusal` when the event cannot be handled; anything else counts as a failure of the handler.
    func reads(_ event: Event, _ keys: inout ReadSet) throws

    /// Says what the event changes.
    ///
    /// - Parameters:
    ///   - rows: what `reads` named, as the transaction sees it: earlier events of the batch included.
    ///   - effects: takes the changes. They are dropped when this throws.
    /// - Throws: a `Refusal` when the event cannot be handled; anything else counts as a failure of the handler.
    func handle(_ event: Event, _ rows: Rows, _ effects: Effects) throws

    /// Names the rows that `fire` will look at. Called once before each `fire`.
    ///
    /// - Throws: a `Refusal` when the timer cannot fire; anything else counts as a failure of the handler.
    func reads(_ timer: FiredTimer, _ keys: inout ReadSet) throws

    /// Says what happens now that a timer is due which `handle` (or an earlier `fire`) set. Called in the transaction
    /// that removes the timer, so it takes effect once, whatever dies.
    ///
    /// Whatever was recorded under the timer's key before its due time has been handled. Effects belong to that key:
    /// rows, tallies, notices, emitted events, further timers that are due later; not facts, which only events tell.
    ///
    /// - Throws: a `Refusal` when the timer cannot fire; anything else counts as a failure of the handler. Either is a
    ///   dead letter, and parks the sequence of the event that set the timer, as a failing event does (rule 29).
    func fire(_ timer: FiredTimer, _ rows: Rows, _ effects: Effects) throws

    /// Renders a document that the manifest declares, from the results of its queries, read in one snapshot.
    ///
    /// Pure as well: the same results give the same bytes.
    func render(_ request: DocumentRequest) throws -> String
}

extension Plugin {
    public func reads(_ event: Event, _ keys: inout ReadSet) throws {}

    public func reads(_ timer: FiredTimer, _ keys: inout ReadSet) throws {}

    public func fire(_ timer: FiredTimer, _ rows: Rows, _ effects: Effects) throws {
        throw Refusal(
            reason: "timer-unknown",
            detail: "the timer \(timer.name) is due, and this plugin does not say what happens then: give it a "
                + "'fire(_:_:_:)', then redrive this entry")
    }

    public func render(_ request: DocumentRequest) throws -> String {
        throw Refusal(reason: "document-unknown", detail: "this plugin renders no document named \(request.document)")
    }
}

/// The texts of a plugin's folder, embedded when it is built.
public struct PluginSources: Sendable {
    /// The text of `plugin.yaml`.
    public let manifest: String
    /// Message files by name, for example `ar.messages`.
    public let messages: [String: String]
    /// Data files by name, for example `themes.csv`.
    public let data: [String: String]

    public init(manifest: String, messages: [String: String], data: [String: String]) {
        self.manifest = manifest
        self.messages = messages
        self.data = data
    }
}

/// A handler's answer that this event cannot be applied. It becomes a dead letter with this reason (rule 29).
public struct Refusal: Error, Sendable, Equatable, CustomStringConvertible {
    /// A short stable code in kebab case.
    public let reason: String
    /// What is wrong and what to do, for the operator.
    public let detail: String

    public init(reason: String, detail: String) {
        self.reason = reason
        self.detail = detail
    }

    public var description: String { "\(reason): \(detail)" }
}
