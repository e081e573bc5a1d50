import Bilingual
import Foundation

/// The Swift of a plugin's folder: its files as texts, and accessors for its messages.
struct PluginSource {
    let files: String
    let messages: String

    /// - Throws: an `EmbedFailure` with everything that is wrong with the manifest and the messages.
    init(folder: URL) throws {
        let manifestFile = folder.appending(path: "plugin.yaml")
        let manifest = try Folder.text(manifestFile)
        let messageFolder = folder.appending(path: "messages")
        let texts = try Folder.texts(messageFolder, suffix: ".messages")
        let data = try Folder.texts(folder.appending(path: "data"), suffix: ".csv")

        let check = MessageLint.check(files: texts, folder: messageFolder.path(percentEncoded: false))
        let problems =
            ManifestCheck.problems(
                manifest, file: manifestFile.path(percentEncoded: false), messages: check, dataFiles: Array(data.keys))
            + check.problems.map(\.description)
        guard problems.isEmpty else { throw EmbedFailure(lines: problems) }

        files = """
            // Made from plugin.yaml, messages and data when the plugin is built.

            public import PluginKit

            /// The texts of this plugin's folder.
            public enum PluginFiles {
                public static let manifest: String =
            \(SwiftLiteral.block(manifest))

                /// Message files by name.
                public static let messages: [String: String] = \(Self.dictionary(texts))

                /// Data files by name.
                public static let data: [String: String] = \(Self.dictionary(data))

                /// All of them, as the worker asks for them.
                public static let sources = PluginSources(manifest: manifest, messages: messages, data: data)
            }

            """
        // An import that nothing needs is a warning, and so an error.
        let importLine = check.messages.isEmpty ? "" : "\npublic import Bilingual\n"
        messages = """
            // Made from the files of messages when the plugin is built.
            \(importLine)
            /// What this plugin says: one member for each message, with its placeholders.
            \(MessageAccessors.source(check.messages))
            """
    }

    private static func dictionary(_ texts: [String: String]) -> String {
        if texts.isEmpty { return "[:]" }
        let entries = texts.sorted { $0.key < $1.key }.map { name, text in
            "\(SwiftLiteral.line(name)):\n\(SwiftLiteral.block(text)),\n"
        }
        return "[\n" + entries.joined() + "]"
    }
}
