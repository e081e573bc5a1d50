import Bilingual
import EventCatalogue
import Foundation
import Notifications
import PluginKit
import PluginManifest
import ProjectionStoreSQLite
import Testing
import WorkerTesting

/// The plugin on a store of its own.
final class Running {
    let kit: PluginTestKit
    private let folder: URL

    init() throws {
        folder = FileManager.default.temporaryDirectory.appending(path: "notifications-\(UUID().uuidString)")
        let plugin = try makePlugin()
        kit = try PluginTestKit(
            plugin, manifest: try ManifestReader.read(plugin.sources.manifest, file: "plugin.yaml"),
            catalogue: try EventCatalogue.bundled(),
            store: SQLiteStoreProvider(folder: folder.path(percentEncoded: false)))
    }

    deinit {
        kit.close()
        try? FileManager.default.removeItem(at: folder)
    }

    /// The recipients of every notice under the rule, in the order in which they were named.
    func recipients(_ rule: String = "meeting-scheduled") -> [String] {
        kit.notices.filter { $0.effect.rule == rule }.map(\.effect.recipient)
    }

    /// Feeds the events and says who is told; nothing may be refused.
    static func told(_ events: [String], rule: String = "meeting-scheduled") throws -> [String] {
        let running = try Running()
        try running.kit.feed(events)
        #expect(running.kit.refusals.map(\.effect).isEmpty)
        return running.recipients(rule)
    }
}

/// Writes a notice as sending does.
struct Letter {
    let subject: String
    let body: String

    init(_ notice: Notice, _ language: Language) throws {
        let catalogue = try MessageCatalogue(files: try makePlugin().sources.messages)
        func write(_ key: String) throws -> String {
            var arguments: [String: MessageArgument] = [:]
            for placeholder in try #require(catalogue.placeholders(of: key)) {
                let value = try #require(notice.arguments[placeholder.name], "\(key): no \(placeholder.name)")
                arguments[placeholder.name] = try Self.argument(value, placeholder.type)
            }
            return try catalogue.render(MessageReference(key: key, arguments: arguments), ReaderLocale(language))
        }
        subject = try write("\(notice.rule)-subject")
        body = try write("\(notice.rule)-body")
    }

    private static func argument(_ value: NoticeArgument, _ type: PlaceholderType) throws -> MessageArgument {
        switch value {
        case .text(let text): type == .choice ? .choice(text) : .text(text)
        case .localized(let ar, let en): .localized(ar: ar, en: en)
        case .integer(let number): .integer(number)
        case .date(let date): .date(try PartialDateString(dateOf: date))
        }
    }

    /// Without the isolates, which a reader does not see.
    var plain: String {
        String(
            String.UnicodeScalarView(
                "\(subject)\n\n\(body)\n".unicodeScalars.filter { $0 != "\u{2068}" && $0 != "\u{2069}" }))
    }
}
