import Foundation
import Testing
import WorkerTesting

extension OwnScenarios {
    /// A bad week in half a minute: workers are killed at every step of the commit and in between, one hangs, brokers
    /// die, connections are cut, clocks jump, two operators redrive the same dead letters at once, and the sources repeat
    /// themselves. What the tables hold, what was sent and in which order, and which timers fired is held against what
    /// the events say. `make chaos` is the same at length.
    @Suite(.enabled(if: RealKafka.isAvailable)) struct Chaos {
        @Test func `with SQLite, nothing is lost, doubled or reordered`() async throws {
            try await onOwnThread {
                try ChaosProgram.run([
                    "STORE=sqlite", "EVENTS=2000", "KILLS=6", "FAULTS=pause,leave,broker,clock,redrive",
                ])
            }
        }

        @Test(.enabled(if: PostgresCluster.isAvailable))
        func `with PostgreSQL and three workers, nothing is lost, doubled or reordered`() async throws {
            try await onOwnThread {
                try ChaosProgram.run([
                    "STORE=postgres", "EVENTS=2000", "KILLS=3", "CRASHPOINTS=no", "FAULTS=commit:2,restart,cut,storm",
                ])
            }
        }
    }

    /// Somebody kills a worker, a broker, the database. Everybody waits for the events that come after it: they have to
    /// flow within the session timeout (6 s) and 10 s more.
    @Suite(.enabled(if: RealKafka.isAvailable)) struct FlowingAgain {
        @Test(arguments: StoreKind.available)
        func `after a kill events flow again in time`(_ store: StoreKind) async throws {
            try await onOwnThread {
                try ChaosProgram.run([
                    "STORE=\(store.rawValue)", "EVENTS=1000", "KILLS=4", "FAULTS=broker:2", "CRASHPOINTS=no",
                    "WITHIN=16",
                ])
            }
        }
    }
}

private enum ChaosProgram {
    /// Runs the program to its end and expects that all is well.
    static func run(_ words: [String], sourceLocation: SourceLocation = #_sourceLocation) throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent(
            "diwan-chaos-test-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let program = URL(fileURLWithPath: Diwan.path).deletingLastPathComponent().appendingPathComponent("diwan-chaos")
        let process = try ChildProcess(
            program: program.path, arguments: words, folder: folder, name: "chaos")
        let end = process.wait(.seconds(600))
        let last = process.output.split(separator: "\n").last ?? ""
        #expect(end == .exit(0), "\(process.output)\(process.errors)", sourceLocation: sourceLocation)
        #expect(last.hasPrefix("lost 0, doubled 0, reordered 0 · seed "), "\(last)", sourceLocation: sourceLocation)
        for line in process.output.split(separator: "\n") { print("chaos: \(line)") }
    }
}
