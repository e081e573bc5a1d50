import Foundation
import WorkerTesting

/// The events that come with the program.
enum History {
    static func events() throws -> [String] { try lines("history") }
    static func synthetic() throws -> [String] { try lines("synthetic-people") + lines("synthetic") }

    /// A further meeting of the Arab process, synthetic like the one in the file: it makes notices.
    static func meeting(_ number: Int) throws -> String {
        let name = "arcp-2027-senior-officials"
        guard
            let line = try synthetic().first(where: { $0.contains("org.iscm.meeting.scheduled.") && $0.contains(name) })
        else { throw Diwan.Unexpected("the synthetic file schedules no meeting \(name)") }
        return line.replacingOccurrences(of: name, with: "\(name)-\(number)")
    }

    /// The names of all mechanisms, in the history's order.
    static func mechanisms() throws -> [String] {
        struct Registered: Decodable {
            let type: String
            let partitionkey: String
        }
        return try events().map { try JSONDecoder().decode(Registered.self, from: Data($0.utf8)) }
            .filter { $0.type.hasPrefix("org.iscm.mechanism.registered.") }.map(\.partitionkey)
    }

    private static func lines(_ name: String) throws -> [String] {
        let file = Diwan.repository.appendingPathComponent("Deploy/history/\(name).jsonl")
        return try String(contentsOf: file, encoding: .utf8).split(separator: "\n").map(String.init)
    }
}
