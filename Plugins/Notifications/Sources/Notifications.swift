public import PluginKit

/// Tells people of what concerns them: focal points of scheduled meetings, the League missions of Arab positions.
public func makePlugin() throws -> any Plugin { NotificationsPlugin() }

/// Keeps who is a member and who acts for whom, as facts, and turns announcements into notices.
struct NotificationsPlugin: Plugin {
    let sources = PluginSources(
        manifest: PluginFiles.manifest, messages: PluginFiles.messages, data: PluginFiles.data)

    func reads(_ event: Event, _ keys: inout ReadSet) throws {
        if event.type == EventTypes.meetingScheduled {
            MeetingNotice.read(event.key, &keys)
            Meeting.read(event.key, &keys)
        } else if event.type == EventTypes.meetingRescheduled || event.type == EventTypes.meetingCancelled
            || event.type == EventTypes.retracted
        {
            Meeting.read(event.key, &keys)
        } else if event.type == EventTypes.positionAdopted, ArabProcess.owns(event) {
            keys.add("mechanism", .text(event.key))
            FocalPoints.read(event.key, &keys)
        }
    }

    func handle(_ event: Event, _ rows: Rows, _ effects: Effects) throws {
        if event.type == EventTypes.meetingScheduled {
            try announce(event, rows, effects)
        } else if event.type == EventTypes.positionAdopted {
            try PositionNotice.send(event, rows, effects)
        } else if event.type == EventTypes.meetingRescheduled {
            try change(event, to: "rescheduled", rows, effects)
        } else if event.type == EventTypes.meetingCancelled {
            try change(event, to: "cancelled", rows, effects)
        } else if event.type == EventTypes.retracted {
            try MeetingReminder.settle(retraction: event, rows, effects)
        } else {
            try StandingFacts.keep(event, effects)
        }
    }

    func reads(_ timer: FiredTimer, _ keys: inout ReadSet) throws {
        MeetingNotice.read(timer.key, &keys)
        Meeting.read(timer.key, &keys)
    }

    func fire(_ timer: FiredTimer, _ rows: Rows, _ effects: Effects) throws {
        guard MeetingReminder.owns(timer) else {
            throw Refusal(reason: "timer-unknown", detail: "no timer of this plugin is called \(timer.name)")
        }
        try MeetingReminder.send(timer, rows, effects)
    }

    /// What is announced is told as the announcement has it, whatever became of the meeting since.
    private func announce(_ event: Event, _ rows: Rows, _ effects: Effects) throws {
        guard let data = event.data else { return }
        let statement = try MeetingFacts.scheduled(event, data, effects)
        if let meeting = Meeting(statement.meeting, [statement]) {
            try MeetingNotice.send(
                "meeting-scheduled", of: meeting, event.key, on: FactOrder.day(of: event), rows, effects)
        }
        try MeetingReminder.settle(
            statement.meeting, try Meeting.statements(event.key, rows) + [statement], event, effects)
    }

    private func change(_ event: Event, to change: String, _ rows: Rows, _ effects: Effects) throws {
        guard let data = event.data else { return }
        let statement = try MeetingFacts.changed(event, data, to: change, effects)
        try MeetingReminder.settle(
            statement.meeting, try Meeting.statements(event.key, rows) + [statement], event, effects)
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
    static let retracted: StaticString = "org.iscm.event.retracted.v1"
    static let personDescribed: StaticString = "org.iscm.person.described.v1"
}
