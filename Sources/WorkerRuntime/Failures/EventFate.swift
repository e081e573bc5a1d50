import PluginKit

/// What became of an event that was to be handled.
enum EventFate {
    case applied
    /// A repeat, or of a person who was erased: counted, nothing else.
    case skipped
    /// Its sequence is parked.
    case behind(SequenceID)
    /// It is a dead letter; where the envelope decided, one that parks nothing (rule 28).
    case refused(Refusal, isEnvelope: Bool)

    /// - Parameter error: what a handler threw, or the runtime for it.
    init(refusing error: any Error) {
        if let error = error as? EnvelopeRefusal {
            self = .refused(error.refusal, isEnvelope: true)
        } else {
            let refusal = error as? Refusal ?? Refusal(reason: "handler-failed", detail: String(describing: error))
            self = .refused(refusal, isEnvelope: false)
        }
    }
}

/// The runtime refuses the event, whatever a handler would say of it.
struct EnvelopeRefusal: Error {
    let refusal: Refusal

    init(_ refusal: Refusal) { self.refusal = refusal }
}

extension EventDispatcher {
    /// Whether the event takes another one back and the plugin does not handle it: order means nothing to it (rule 5), so
    /// it is never parked.
    func isRetractionOnly(_ event: Event) -> Bool {
        event.type == RuntimeTypes.retracted && !package.handles(event.type)
    }
}
