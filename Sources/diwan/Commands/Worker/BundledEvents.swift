import Configuration
import Foundation

/// The bundled files of events: the recorded history, and what was made up for trials.
enum BundledEvents {
    /// In the order in which they are published.
    static let names = ["history.jsonl", "synthetic-people.jsonl", "synthetic.jsonl"]

    /// Their folder: the one named, or the repository's, from where the program or the shell is.
    static func files(in named: String?) throws -> [String] {
        let candidates = named.map { [$0] } ?? nearby()
        for folder in candidates {
            let paths = names.map { "\(folder)/\($0)" }
            if paths.allSatisfy(FileManager.default.isReadableFile) { return paths }
        }
        throw CommandFailure(
            .noInput,
            "the bundled events (\(names.joined(separator: ", "))) are not in "
                + "\(named ?? "Deploy/history, seen from here or from the program"): name their folder with --events")
    }

    private static func nearby() -> [String] {
        var folders = [FileManager.default.currentDirectoryPath]
        if let program = Bundle.main.executableURL?.resolvingSymlinksInPath() { folders.append(program.path) }
        return folders.flatMap { start -> [String] in
            var url = URL(fileURLWithPath: start)
            var found: [String] = []
            while url.path != "/", found.count < 8 {
                found.append(url.appending(path: "Deploy/history").path)
                url.deleteLastPathComponent()
            }
            return found
        }
    }
}
