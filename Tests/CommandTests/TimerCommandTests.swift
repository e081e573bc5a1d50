import Foundation
import Testing

/// The bundled events call one meeting that lies ahead: its reminder waits, and can be seen.
@Suite struct `Timers on the command line` {
    private let place: Workplace

    init() throws { place = try Trial.shared.get().place }

    @Test func `what is due is listed with its event, as text and as JSON`() throws {
        // Until two days before that meeting.
        guard Date() < Date(timeIntervalSince1970: 1_804_924_800) else {
            #expect(try place.diwan("timers", "list").output == "no timers\n")
            return
        }
        let listed = try #require(try place.diwan("timers", "list", "--format", "json").json() as? [[String: Any]])
        let timer = try #require(listed.first)
        #expect(listed.count == 1)
        #expect(timer["plugin"] as? String == "notifications" && timer["state"] as? String == "pending")
        #expect(timer["name"] as? String == "meeting-reminder/arcp-2027-senior-officials")
        #expect(timer["owner"] as? String == "arcp" && timer["due"] as? String == "2027-03-13T08:00:00Z")
        let text = try place.diwan("timers", "list", "--plugin", "notifications").output
        #expect(text.contains("meeting-reminder/arcp-2027-senior-officials") && text.contains("pending"))
        #expect(try place.diwan("timers", "list", "--plugin", "imrf-digest").output == "no timers\n")
    }

    @Test func `the log of firings is empty before anything was due, and a wrong plugin is told`() throws {
        #expect(try place.diwan("timers", "list", "--fired").output == "no timer has been due yet\n")
        #expect(try place.diwan("timers", "list", "--fired", "--format", "json").json() as? [String] == [])
        let wrong = try place.diwan("timers", "list", "--plugin", "notification")
        #expect(wrong.code == 78 && wrong.errors.contains("did you mean notifications?"), "\(wrong.errors)")
    }
}
