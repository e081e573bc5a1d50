import Foundation

/// Kafka's Swiss knife, with which others publish.
enum Kcat {
    /// Says aloud when it is not.
    static let isInstalled: Bool = {
        let folders = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
        if folders.contains(where: { FileManager.default.isExecutableFile(atPath: "\($0)/kcat") }) { return true }
        print("SKIPPED: events from kcat, because kcat is not installed; `make test` installs it")
        return false
    }()
}
