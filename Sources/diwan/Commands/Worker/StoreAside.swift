import Configuration
import Foundation
import ProjectionStore
import ProjectionStoreSQLite

/// Sets the stores of an earlier run aside: an embedded broker keeps nothing, so a new run of it is a new store
/// (rule 21).
enum StoreAside {
    /// Moves the store's databases into a folder beside it, named by the moment.
    ///
    /// - Returns: that folder; nil where there was nothing to move.
    static func move(_ deployment: Deployment) throws -> String? {
        guard let folder = deployment.configuration.store.sqlite?.folder else {
            throw CommandFailure(
                .config,
                "\(deployment.file): the embedded broker keeps nothing, so its store is set aside at each start, which "
                    + "can be done with SQLite alone: use store.sqlite with it, or a real Kafka with store.postgres")
        }
        let files = FileManager.default
        guard files.fileExists(atPath: folder) else { return nil }
        // Whoever holds the store still writes to it.
        let ownership = try deployment.provider.takeOwnership(waiting: nil)
        defer { ownership.release() }
        do {
            let databases = try files.contentsOfDirectory(atPath: folder).filter { $0.contains(".sqlite") }.sorted()
            if databases.isEmpty { return nil }
            let aside = try freeFolder(beside: folder)
            try files.createDirectory(
                atPath: aside, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
            for name in databases { try files.moveItem(atPath: "\(folder)/\(name)", toPath: "\(aside)/\(name)") }
            return aside
        } catch {
            throw CommandFailure(
                .cantCreat, "the stores of an earlier run cannot be set aside: \(error.localizedDescription)")
        }
    }

    private static func freeFolder(beside folder: String) throws -> String {
        let moment = Moment.text(Int64(Date().timeIntervalSince1970 * 1000)).replacing(":", with: "")
        let base = "\(folder)-\(moment)"
        for number in 1...100 {
            let name = number == 1 ? base : "\(base)-\(number)"
            if !FileManager.default.fileExists(atPath: name) { return name }
        }
        throw CommandFailure(.cantCreat, "\(base) and 99 like it are there already; take them away")
    }
}
