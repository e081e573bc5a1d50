import Foundation
import Hashing

/// What a deployment made of its events, as its users see it: to be compared between runs.
extension TestDeployment {
    /// SHA-256 of every projection as CSV and of every digest in both languages, by the command that shows it.
    ///
    /// - Parameter digests: mechanism and cycle of each.
    public func fingerprints(digests: [(mechanism: String, cycle: Int)]) throws -> [String: String] {
        var commands: [[String]] = []
        for name in try projectionNames() {
            for language in ["en", "ar"] {
                commands.append(["projection", "show", name, "--format", "csv", "--language", language])
            }
        }
        for (mechanism, cycle) in digests {
            for language in ["en", "ar"] {
                commands.append(["digest", "show", mechanism, String(cycle), "--language", language])
            }
            commands.append(["digest", "show", mechanism, String(cycle), "--format", "json"])
        }
        var found: [String: String] = [:]
        for command in commands {
            let text = try run(command)
            found[command.joined(separator: " ")] = Array(text.utf8).withUnsafeBytes { SHA256.hash($0).hex }
        }
        return found
    }

    /// Every projection that `diwan projection list` lists and that needs no parameter.
    public func projectionNames() throws -> [String] {
        struct Entry: Decodable {
            let projection: String
            let parameters: [String]
        }
        let listed = try run(["projection", "list", "--format", "json"])
        return try JSONDecoder().decode([Entry].self, from: Data(listed.utf8)).filter(\.parameters.isEmpty)
            .map(\.projection)
    }

    /// The notice ids in the Maildir, one for each file.
    public func mails() throws -> [String] {
        try ["new", "cur"].flatMap { part -> [String] in
            let folder = mailFolder.appendingPathComponent(part).path
            guard FileManager.default.fileExists(atPath: folder) else { return [] }
            return try FileManager.default.contentsOfDirectory(atPath: folder)
        }.sorted()
    }
}
