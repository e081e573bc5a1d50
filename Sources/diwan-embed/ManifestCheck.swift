import Bilingual
import Configuration
import PluginManifest

/// Reads a plugin's manifest when the plugin is built, as the worker will when it starts, and holds it against the
/// plugin's folder.
enum ManifestCheck {
    /// Everything that is wrong, a line each, in the form that builds and editors understand.
    static func problems(
        _ manifest: String, file: String, messages: MessageLint.Result, dataFiles: [String]
    ) -> [String] {
        do throws(ConfigurationError) {
            _ = try ManifestReader.read(manifest, file: file, messages: keys(messages), dataFiles: dataFiles)
            return []
        } catch {
            return error.problems.map { problem in
                switch problem.place {
                case .file: "\(problem.place): error: \(problem.message)"
                default: "\(file):1: error: \(problem.message)"
                }
            }
        }
    }

    /// The keys that a notice may name. A message that is wrong has a problem of its own, so it is not missed here too;
    /// nil where a language's file is missing, since no key is known then.
    private static func keys(_ messages: MessageLint.Result) -> [String]? {
        if messages.problems.contains(where: { $0.code == .languageMissing }) { return nil }
        return messages.messages.map(\.key) + messages.problems.compactMap(\.key)
    }
}
