import Configuration
import Foundation

/// The broker that `diwan dev` and `diwan broker run` keep in a process of their own, and the file through which other
/// commands find it: `broker.json`, beside the folder of the store, or beside the configuration where there is none.
struct EmbeddedBroker: Sendable {
    /// What stands in the configuration instead of an address.
    static let word = "embedded"
    static let variable = "DIWAN_KAFKA_BOOTSTRAP_SERVERS"
    static let placeholder = "127.0.0.1:9092"

    struct State: Codable {
        let bootstrapServers: String
        let process: Int32
    }

    /// `broker.json`.
    let stateFile: String

    init(beside path: String) {
        stateFile = URL(fileURLWithPath: path).deletingLastPathComponent().appending(path: "broker.json").path
    }

    /// Whether the file asks for it. A variable of the environment wins over the file, as everywhere.
    ///
    /// - Parameter isNamed: whether somebody named the file, or it is only the one that is looked for by default.
    static func isAsked(in file: String, _ environment: [String: String], isNamed: Bool) throws -> Bool {
        if environment[variable] != nil { return false }
        let root: YAMLNode
        do throws(ConfigurationError) {
            root = try YAMLDocument.read(file: file)
        } catch {
            guard !isNamed, error.exitCode == .noInput else { throw error }
            throw CommandFailure(
                .noInput,
                "\(error)\nName a configuration with --config FILE, or write one: diwan config template > \(file)")
        }
        let servers = root["kafka"]?["bootstrap-servers"]
        return servers?.text == word || servers?.elements?.map(\.text) == [word]
    }

    /// The addresses of the broker that runs now.
    func address(configuration: String) throws -> [String] {
        guard let state = running() else {
            throw CommandFailure(
                .unavailable,
                "\(configuration) asks for the embedded broker, and none runs: "
                    + "start it with 'diwan dev --config \(configuration)' in another terminal")
        }
        return state.bootstrapServers.split(separator: ",").map(String.init)
    }

    /// Nil where no broker runs, also where one has ended without taking its file away.
    func running() -> State? {
        guard let data = FileManager.default.contents(atPath: stateFile),
            let state = try? JSONDecoder().decode(State.self, from: data), Self.isOurs(state.process)
        else { return nil }
        return state
    }

    /// Whether the process lives and is a program of this name: numbers of processes are used again.
    private static func isOurs(_ process: Int32) -> Bool {
        guard process > 0, kill(process, 0) == 0 || errno == EPERM else { return false }
        guard let name = FileManager.default.contents(atPath: "/proc/\(process)/comm"),
            let own = FileManager.default.contents(atPath: "/proc/self/comm")
        else { return true }
        return name == own
    }

    /// Says where the broker of this process is.
    func announce(_ bootstrapServers: String) throws {
        do {
            try FileManager.default.createDirectory(
                atPath: URL(fileURLWithPath: stateFile).deletingLastPathComponent().path,
                withIntermediateDirectories: true)
            let state = JSON.object([
                ("bootstrapServers", .string(bootstrapServers)), ("process", .integer(Int64(getpid()))),
            ])
            try Data(state.document().utf8).write(to: URL(fileURLWithPath: stateFile), options: .atomic)
        } catch {
            throw CommandFailure(.cantCreat, "\(stateFile) cannot be written: \(error.localizedDescription)")
        }
    }

    /// Takes the file away, unless it speaks of another process.
    func withdraw() {
        if running()?.process == getpid() { try? FileManager.default.removeItem(atPath: stateFile) }
    }
}
