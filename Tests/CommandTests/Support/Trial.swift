import Foundation
import WorkerTesting

/// The bundled events in a deployment with an embedded broker, taken in by a worker; some bad records beside them.
/// Made once for all tests that only read it.
final class Trial: Sendable {
    let place: Workplace

    static let shared: Result<Trial, any Error> = Result { try Trial() }

    private init() throws {
        place = try Workplace()
        try place.write(try place.run(["config", "template", "--demo"]), to: "diwan.yaml")
        let broker = try place.start("broker", "run")
        defer { broker.kill() }
        let deadline = Date(timeIntervalSinceNow: 20)
        while !FileManager.default.fileExists(atPath: place.path("broker.json")), Date() < deadline {
            usleep(20_000)
        }
        let history = Diwan.repository.appending(path: "Deploy/history")
        for file in ["history.jsonl", "synthetic-people.jsonl", "synthetic.jsonl"] {
            let mode = file == "synthetic.jsonl" ? ["--binary"] : []
            try place.run(
                ["events", "send", "--repeat", "2", history.appending(path: file).path] + mode)
        }
        try sendBadRecords(try Self.address(place))
        try place.run(["worker", "run", "--until-idle"])
    }

    private static func address(_ place: Workplace) throws -> String {
        let state = try JSONSerialization.jsonObject(with: Data(try place.read("broker.json").utf8))
        guard let servers = (state as? [String: Any])?["bootstrapServers"] as? String else {
            throw Diwan.Unexpected("broker.json names no servers")
        }
        return servers
    }
}
