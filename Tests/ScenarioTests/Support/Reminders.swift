import Foundation
import PluginKit
import ProjectionStore
import Testing
import WorkerTesting

/// A mechanism with two members, whose focal points are reminded of its meetings two days before. Synthetic.
enum Reminders {
    static let recipients = ["role/one", "role/two"]

    static func deployment(_ name: String, _ kafka: RealKafka) throws -> TestDeployment {
        var options = TestDeployment.Options()
        options.plugins = ["notifications"]
        let deployment = try TestDeployment(
            name, bootstrapServers: kafka.bootstrapServers, partitions: 2, options: options)
        try deployment.send(people)
        return deployment
    }

    /// The mechanism's members and their focal points.
    static var people: [String] {
        zip(["DZ", "TN"], recipients).flatMap { state, person in
            [
                event(
                    "person.described", key: person,
                    #""name_ar":"جهة اتصال","name_en":"Focal point","languages":["en"],"channels":[{"kind":"email","address":"\#(state)@example.invalid"}]"#
                ), event("member.joined", #""party":"\#(state)""#),
                event(
                    "focal_point.designated", version: 2,
                    #""state_or_body":"\#(state)","role":"national_focal_point","person":"\#(person)""#),
            ]
        }
    }

    /// - Parameter due: when its reminder is due: the meeting begins two days later.
    static func meeting(_ id: String, reminder due: Date) -> String {
        event("meeting.scheduled", #""meeting_id":"\#(id)",\#(start(due))"#)
    }

    static func rescheduled(_ id: String, reminder due: Date) -> String {
        event("meeting.rescheduled", #""meeting_id":"\#(id)",\#(start(due))"#)
    }

    private static func start(_ due: Date) -> String {
        let starts = RFC3339.text(Int64(due.addingTimeInterval(2 * 86_400).timeIntervalSince1970 * 1000))
        return #""starts":"\#(starts)","time_zone":"UTC""#
    }

    private static func event(_ type: String, key: String = "arcp", version: Int = 1, _ data: String) -> String {
        """
        {"specversion":"1.0","id":"synthetic/\(UUID().uuidString)","source":"urn:diwan:synthetic",\
        "type":"org.iscm.\(type).v\(version)","subject":"\(key)","time":"2026-01-05T09:00:00Z",\
        "datacontenttype":"application/json","partitionkey":"\(key)","data":{\(data),"synthetic":true}}
        """
    }

    static func sleep(until moment: Date) {
        let left = moment.timeIntervalSinceNow
        if left > 0 { Thread.sleep(forTimeInterval: left) }
    }
}

/// A notice as it lies in the outbox.
struct ReminderSent: Decodable, Equatable, CustomStringConvertible {
    private struct Argument: Decodable, Equatable {
        struct Text: Decodable, Equatable { let _0: String }
        let text: Text?
    }
    let rule: String
    let recipient: String
    let occurrence: String
    private let arguments: [String: Argument]

    var meeting: String { arguments["meeting"]?.text?._0 ?? "" }
    var description: String { "\(meeting) to \(recipient)" }
}

extension TestDeployment {
    /// `MEETING to RECIPIENT` of every reminder in the outbox of one channel, sorted.
    func reminders() throws -> [String] {
        let messages = try withStore(of: "notifications") { try $0.outbox(limit: 10_000, after: 0) }
        return try messages.filter { $0.content.kind == .notice && $0.content.destination == "kafka" }
            .map { try JSONDecoder().decode(ReminderSent.self, from: Data($0.content.payload.utf8)) }
            .filter { $0.rule == "meeting-reminder" }.map(\.description).sorted()
    }

    func firings() throws -> [Firing] {
        try withStore(of: "notifications") { try $0.firings(limit: 1000, after: 0).map(\.content) }
    }

    func pendingTimers() throws -> [String] {
        try withStore(of: "notifications") { try $0.timers(limit: 1000, after: nil).map(\.name) }
    }

    /// Waits until as many timers have been due.
    func waitUntilFired(_ count: Int, within seconds: Int = 60, while worker: ChildProcess) throws {
        for _ in 0..<(seconds * 10) {
            if try firings().count >= count { return }
            if let end = worker.end { throw Diwan.Unexpected("the worker ended with \(end): \(worker.errors)") }
            usleep(100_000)
        }
        throw Diwan.Unexpected("\(try firings().count) of \(count) timers fired: \(worker.errors.suffix(3000))")
    }
}
