import Foundation
import PluginKit
import ProjectionStore

/// Who a notice goes to, looked up when it is sent (rule 14).
struct Recipient: Sendable, Equatable {
    struct Channel: Codable, Sendable, Equatable {
        let kind: String
        let address: String
    }

    let id: String
    let nameArabic: String?
    let nameEnglish: String?
    /// `latn` or `arab`; nil for the default.
    let digits: String?
    let channels: [Channel]

    /// The first address of this kind that could stand in a header.
    func address(channel kind: String) -> String? {
        channels.first { $0.kind == kind && Self.isAddress($0.address) }?.address
    }

    private static func isAddress(_ text: String) -> Bool {
        let parts = text.split(separator: "@", omittingEmptySubsequences: false)
        return parts.count == 2 && parts.allSatisfy { !$0.isEmpty }
            && text.unicodeScalars.allSatisfy {
                $0.value > 0x20 && $0.value != 0x7f && !"<>,;:\"()\\".contains(Character($0))
            }
    }
}

enum RecipientLookup: Sendable, Equatable {
    case known(Recipient)
    case unknown
    case erased
}

/// Looks recipients up. Used by one destination's thread.
protocol RecipientDirectory: AnyObject {
    func recipient(_ id: String) throws(DeliveryFailure) -> RecipientLookup
    func close()
}

/// The people whom the plugin keeps in the table that its manifest names as `people`.
final class StoredRecipients: RecipientDirectory {
    private let reader: any StoreReader
    private let query: QueryDefinition?

    init(reader: any StoreReader, manifest: Manifest) {
        self.reader = reader
        query = manifest.peopleTable.flatMap { manifest.table($0) }.map { table in
            let columns = ["name_ar", "name_en", "digits", "channels"].filter { table.index(of: $0) != nil }
            return QueryDefinition(
                name: "recipient", title: LocalizedText(ar: "", en: ""), visibility: .personal,
                columns: columns.map { QueryColumn(name: $0, heading: LocalizedText(ar: $0, en: $0)) },
                parameters: ["id"],
                select:
                    "SELECT \(columns.joined(separator: ", ")) FROM \"\(table.name)\" WHERE \"\(table.owner)\" = :id",
                isListed: false)
        }
    }

    func recipient(_ id: String) throws(DeliveryFailure) -> RecipientLookup {
        guard let query else { return .unknown }
        do {
            if try reader.isErased(owner: id) { return .erased }
            let result = try reader.query(query, asOf: nil, parameters: ["id": id])
            guard !result.rows.isEmpty else { return .unknown }
            let channels = result.cell(0, "channels").string ?? "[]"
            return .known(
                Recipient(
                    id: id, nameArabic: result.cell(0, "name_ar").string, nameEnglish: result.cell(0, "name_en").string,
                    digits: result.cell(0, "digits").string,
                    channels: (try? JSONDecoder().decode([Recipient.Channel].self, from: Data(channels.utf8))) ?? []))
        } catch {
            throw DeliveryFailure(.unavailable, "cannot look up a recipient: \(error)")
        }
    }

    func close() { reader.close() }
}
