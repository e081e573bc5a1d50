import Foundation
import WorkerTesting

exit(ChaosCommand.run(Array(CommandLine.arguments.dropFirst())))

/// The program: what it is asked, what it prints, and how it ends.
enum ChaosCommand {
    static func run(_ words: [String]) -> Int32 {
        let options: ChaosOptions
        do {
            options = try ChaosOptions(words)
        } catch {
            FileHandle.standardError.write(Data("diwan-chaos: \(error)\n\n\(ChaosOptions.usage)\n".utf8))
            return 64
        }
        guard RealKafka.isAvailable, options.store == .sqlite || PostgresCluster.isAvailable else { return 69 }
        Journal.print(
            "seed \(options.seed): \(options.events) events, \(options.kills) kills, \(options.rounds) rounds, "
                + "store \(options.store.rawValue)")
        return run(options)
    }

    private static func run(_ options: ChaosOptions) -> Int32 {
        let journal = Journal()
        let run: ChaosRun
        do {
            run = try ChaosRun(options, journal)
        } catch {
            FileHandle.standardError.write(Data("diwan-chaos: cannot begin: \(error)\n".utf8))
            return 70
        }
        var problems: [String] = []
        do {
            try run.run()
        } catch {
            problems.append("\(error)")
        }
        problems = run.problems + problems
        for line in run.summary() { Journal.print(line) }
        for problem in problems { Journal.print("problem: \(problem)") }
        for detail in run.verdict.details { Journal.print(detail) }
        let isGood = problems.isEmpty && run.verdict.isClean
        if isGood, !options.keepsFiles {
            run.clean()
        } else {
            Journal.print("what the workers said, and what happened when: \(run.folder.path)")
        }
        let verdict = run.verdict
        Journal.print(
            problems.isEmpty || !verdict.isClean
                ? "lost \(verdict.lost), doubled \(verdict.doubled), reordered \(verdict.reordered) · seed \(options.seed)"
                : "not finished · seed \(options.seed)")
        return isGood ? 0 : 1
    }
}
