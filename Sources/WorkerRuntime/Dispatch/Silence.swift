import PluginKit

/// Whether an event may make anything leave the store (rule 30). Rows, facts and timers are written either way.
enum Silence: String, Sendable {
    case beforeActivation = "before-activation"
    case backfill
    case tooOld = "too-old"

    /// Why everything that the event causes is silent; nil where it depends on the rule.
    static func ofEvent(_ event: Event, activationOffset: Int64) -> Silence? {
        if event.position.offset < activationOffset { return .beforeActivation }
        if event.isBackfill { return .backfill }
        return nil
    }

    /// Why a rule is silent about the event: its record is older than the rule's `validFor`.
    ///
    /// - Parameter now: milliseconds since 1970. A record without a timestamp counts as new.
    static func ofRule(validFor: Int64, timestamp: Int64, now: Int64) -> Silence? {
        timestamp >= 0 && now - timestamp > validFor ? .tooOld : nil
    }
}
