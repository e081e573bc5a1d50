import PluginKit
import ProjectionStore

/// Hands one event to the plugin and turns what it says into what the transaction writes.
struct EventDispatcher {
    let package: PluginPackage
    private let settings: LaneSettings
    private let rules: [String: NoticeRule]
    private let renderer: NoticeRenderer
    let guarding: HandlerGuard
    /// For events that read no rows: one for all of them.
    private let nothing: Rows

    init(package: PluginPackage, settings: LaneSettings, renderer: NoticeRenderer, guarding: HandlerGuard) {
        self.guarding = guarding
        self.renderer = renderer
        self.package = package
        self.settings = settings
        rules = Dictionary(package.manifest.notices.map { ($0.name, $0) }) { first, _ in first }
        nothing = Rows(TransactionRows(tables: package.manifest.tables, owner: Text("")))
    }

    /// One attempt. Row changes stay in `effects`; everything else comes back.
    ///
    /// - Parameter store: gives the writer, inside the open transaction, to a handler that reads.
    /// - Throws: `LaneFailure` and `StoreError` where the store failed; anything else is the event's or the plugin's
    ///   fault.
    func attempt(
        _ event: Event, _ state: PartitionState, _ effects: Effects, _ changes: ChangeSet,
        store: () throws(LaneFailure) -> any StoreWriter
    ) throws -> EventOutcome {
        var outcome = EventOutcome()
        effects.begin(event)
        guard event.hops <= EventExtension.maximumHops else {
            throw EnvelopeRefusal(
                Refusal(
                    reason: "too-many-hops",
                    detail: "\(event.hops) events caused one another: look for plugins that answer each other's events")
            )
        }
        // Decoding lets through what the plugin handles, and this one type besides.
        if event.type == RuntimeTypes.retracted {
            outcome.retraction = try Retraction(event)
            guard package.handles(event.type) else { return outcome }
        }
        let position = event.position
        var reads = ReadSet()
        try guarding.watching(position) { try package.plugin.reads(event, &reads) }
        if reads.reads.isEmpty {
            try guarding.watching(position) { try package.plugin.handle(event, nothing, effects) }
        } else {
            let rows = TransactionRows(tables: package.manifest.tables, owner: event.key)
            try rows.fetch(reads.reads, from: try store(), changes: changes, buffer: effects.buffer)
            try guarding.watching(position) { try package.plugin.handle(event, Rows(rows), effects) }
        }
        guard !effects.timers.isEmpty || effects.speaks else { return outcome }
        let now = UTCTime.now
        // In a rebuild all is past: what counts is when the event was new.
        let moment = settings.latches && event.position.timestamp >= 0 ? event.position.timestamp : now
        for change in effects.timers {
            outcome.timers.append(
                try TimerDraft(change, event, silence: silence(of: event, state, moment), moment))
        }
        guard effects.speaks else { return outcome }
        try collect(Cause(event, activationOffset: state.activationOffset), effects, now, &outcome)
        return outcome
    }

    /// Why an event is silent where no rule says for how long it is worth telling; nil where it is not.
    private func silence(of event: Event, _ state: PartitionState, _ now: Int64) -> Silence? {
        Silence.ofEvent(event, activationOffset: state.activationOffset)
            ?? Silence.ofRule(
                validFor: settings.validFor ?? NoticeRule.defaultValidFor, timestamp: event.position.timestamp,
                now: now)
    }

    // MARK: What leaves the store

    func collect(_ cause: Cause, _ effects: Effects, _ now: Int64, _ outcome: inout EventOutcome) throws {
        guard effects.documents.isEmpty else {
            throw EffectMisuse("this version does not publish documents: let the plugin render them on request")
        }
        try collectNotices(cause, effects.notices, now, &outcome)
        for emitted in effects.emitted {
            if let silence = cause.silence {
                outcome.silences.append(silence.entry("emit:\(emitted.type)", cause, recipients: 1, now))
            } else {
                outcome.outbox.append(OutgoingEvent.draft(emitted, cause: cause, settings, now))
            }
        }
    }

    private func collectNotices(
        _ cause: Cause, _ notices: [Notice], _ now: Int64, _ outcome: inout EventOutcome
    ) throws {
        var silenced: [String: (Silence, Int64)] = [:]
        for notice in notices {
            guard let rule = rules[notice.rule] else {
                throw EffectMisuse("the manifest declares no notice rule \(notice.rule)")
            }
            if let problem = renderer.problem(of: notice, rule) { throw EffectMisuse(problem) }
            let validFor = settings.validFor ?? rule.validFor
            // What was aloud when it was new would be too old in a rebuild; there nothing is sent anyway.
            let quiet =
                cause.silence
                ?? (settings.latches
                    ? nil : Silence.ofRule(validFor: validFor, timestamp: cause.moment, now: now))
            if let quiet {
                silenced[notice.rule] = (quiet, (silenced[notice.rule]?.1 ?? 0) + 1)
                continue
            }
            for channel in settings.channels {
                outcome.outbox.append(
                    OutgoingNotice.draft(notice, rule, validFor: validFor, channel: channel, cause: cause, now))
            }
        }
        for (rule, (quiet, recipients)) in silenced.sorted(by: { $0.key < $1.key }) {
            outcome.silences.append(quiet.entry(rule, cause, recipients: recipients, now))
        }
    }
}

extension Effects {
    /// Whether anything is to leave the store.
    fileprivate var speaks: Bool { !notices.isEmpty || !emitted.isEmpty || !documents.isEmpty }
}

/// What an event causes besides row changes.
struct EventOutcome {
    var outbox: [OutboxDraft] = []
    var silences: [SilenceEntry] = []
    var timers: [TimerDraft] = []
    var retraction: Retraction?

    var isEmpty: Bool { outbox.isEmpty && silences.isEmpty && timers.isEmpty && retraction == nil }
}

/// Types that the runtime itself understands, whatever a plugin subscribes to.
enum RuntimeTypes {
    static let retracted: StaticString = "org.iscm.event.retracted.v1"
}

extension Retraction {
    /// Reads an `event.retracted` (rule 5).
    ///
    /// - Throws: `EnvelopeRefusal` when it does not say what it takes back.
    init(_ event: Event) throws {
        guard let source = event.data?["retracted_source"]?.string, let id = event.data?["retracted_id"]?.string else {
            throw EnvelopeRefusal(
                Refusal(
                    reason: "retraction-incomplete",
                    detail: "retracted_source and retracted_id name the event taken back"))
        }
        self.init(
            owner: String(event.key), source: source, id: id, reason: event.data?["reason"]?.string ?? "",
            replacedBy: event.data?["replaced_by"]?.string, time: event.time.map { String($0) })
    }
}
