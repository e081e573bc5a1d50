public import PluginKit

/// Makes the plugin for the registry.
public func makePlugin() throws -> any Plugin { MechanismDirectory() }

/// Keeps what events say of the mechanisms as facts, and counts them in its queries alone.
///
/// A fact needs nothing that came before it, so the handler reads no rows, and any order of arrival gives the same
/// tables.
struct MechanismDirectory: Plugin {
    let sources = PluginFiles.sources

    func handle(_ event: Event, _ rows: Rows, _ effects: Effects) throws {
        guard let data = event.data else {
            throw Refusal(reason: "data-missing", detail: "the event has no data: send it again with data")
        }
        switch event.type {
        case "org.iscm.mechanism.registered.v1": try Registration.keep(event, data, effects)
        case "org.iscm.mechanism.reclassified.v1": try Changes.keepReclassification(data, effects)
        case "org.iscm.mechanism.concluded.v1": try Changes.keepConclusion(data, effects)
        case "org.iscm.member.joined.v1": try Changes.keepMember(data, "joined", effects)
        case "org.iscm.member.left.v1": try Changes.keepMember(data, "left", effects)
        case "org.iscm.chair.assumed.v1": try Changes.keepChair(data, effects)
        case "org.iscm.secretariat.designated.v1": try Changes.keepSecretariat(data, effects)
        case "org.iscm.meeting.held.v1": try Occasions.keepMeeting(data, effects)
        case "org.iscm.global_meeting.held.v1": try Occasions.keepGlobalMeeting(data, effects)
        case "org.iscm.document.issued.v1": try Occasions.keepDocument(data, effects)
        case "org.iscm.figure.stated.v1": try Statements.keepFigure(data, effects)
        default: return
        }
        try Statements.keep(of: event, data, effects)
    }
}

/// Lets `switch` compare an event's type with a literal.
private func ~= (pattern: StaticString, text: Text) -> Bool { text == pattern }
