import PluginKit

/// The Arab process, whose positions the League's missions bring to the Arab Group.
enum ArabProcess {
    static let key: StaticString = "arcp"

    static func owns(_ event: Event) -> Bool { event.key == key }
}

/// `position-adopted`: to the League missions in New York and Geneva, to brief the Arab Group.
enum PositionNotice {
    static func send(_ event: Event, _ rows: Rows, _ effects: Effects) throws {
        guard ArabProcess.owns(event), let data = event.data else { return }
        let recipients = try FocalPoints(event.key, on: FactOrder.day(of: event), rows).persons(
            FocalPoints.arabGroupMission)
        guard !recipients.isEmpty else { return }
        let subject = data["subject"]?.string
        let position = BothLanguages.argument(
            data["title_ar"]?.string ?? subject, data["title_en"]?.string ?? subject)
        let date = data["date"]?.text.flatMap { PartialDate($0) }
        let arguments: [String: NoticeArgument] = [
            "mechanism": try MechanismName.argument(event.key, rows),
            "position": position ?? .text(""),
            "dated": .text(date == nil ? "no" : "yes"),
            // Where no date is stated the message does not show one, but its placeholder wants a value.
            "date": .date(date?.description ?? "0001"),
            "scope": .text(data["scope"]?.string ?? "other"),
            "reference": .text(data["position_id"]?.string ?? String(event.id)),
        ]
        for recipient in recipients {
            effects.notify(Notice(rule: "position-adopted", recipient: recipient, arguments: arguments))
        }
    }
}
