public import PluginKit

/// Tells people of what concerns them: focal points of scheduled meetings, the League missions of Arab positions.
public func makePlugin() throws -> any Plugin { NotificationsPlugin() }

/// Keeps who is a member and who acts for whom, as facts, and turns announcements into notices.
struct NotificationsPlugin: Plugin {
    let sources = PluginSources(
        manifest: PluginFiles.manifest, messages: PluginFiles.messages, data: PluginFiles.data)

    func reads(_ event: Event, _ keys: inout ReadSet) throws {
        if event.type == EventTypes.meetingScheduled {
            keys.add("mechanism", .text(event.key))
            keys.add("member", .text(event.key))
            FocalPoints.read(event, &keys)
        } else if event.type == EventTypes.positionAdopted, ArabProcess.owns(event) {
            keys.add("mechanism", .text(event.key))
            FocalPoints.read(event, &keys)
        }
    }

    func handle(_ event: Event, _ rows: Rows, _ effects: Effects) throws {
        if event.type == EventTypes.meetingScheduled {
            try MeetingFacts.scheduled(event, effects)
            try MeetingNotice.send(event, rows, effects)
        } else if event.type == EventTypes.positionAdopted {
            try PositionNotice.send(event, rows, effects)
        } else if event.type == EventTypes.meetingRescheduled {
            try MeetingFacts.changed(event, to: "rescheduled", effects)
        } else if event.type == EventTypes.meetingCancelled {
            try MeetingFacts.changed(event, to: "cancelled", effects)
        } else {
            try StandingFacts.keep(event, effects)
        }
    }
}

/// The types that the manifest lists, in their newest versions.
enum EventTypes {
    static let mechanismRegistered: StaticString = "org.iscm.mechanism.registered.v1"
    static let memberJoined: StaticString = "org.iscm.member.joined.v1"
    static let memberLeft: StaticString = "org.iscm.member.left.v1"
    static let focalPointDesignated: StaticString = "org.iscm.focal_point.designated.v2"
    static let meetingScheduled: StaticString = "org.iscm.meeting.scheduled.v1"
    static let meetingRescheduled: StaticString = "org.iscm.meeting.rescheduled.v1"
    static let meetingCancelled: StaticString = "org.iscm.meeting.cancelled.v1"
    static let positionAdopted: StaticString = "org.iscm.position.adopted.v1"
    static let personDescribed: StaticString = "org.iscm.person.described.v1"
}
