import Foundation

/// A folder that is gone when nobody refers to it any more.
final class TemporaryFolder {
    let path: String

    init() throws {
        path = NSTemporaryDirectory() + "diwan-store-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }
}
