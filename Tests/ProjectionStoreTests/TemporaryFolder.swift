import Foundation

/// A folder that is gone when nobody refers to it any more.
final class TemporaryFolder {
    let path: String
    private var isMounted = false

    init() throws {
        path = NSTemporaryDirectory() + "diwan-store-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    /// A file system of its own in memory.
    convenience init(megabytes: Int) throws {
        try self.init()
        guard try run("mount", "-t", "tmpfs", "-o", "size=\(megabytes)m", "tmpfs", path) == 0 else {
            throw CocoaError(.fileWriteUnknown)
        }
        isMounted = true
    }

    func makeReadOnly() throws {
        guard try run("mount", "-o", "remount,ro", path) == 0 else { throw CocoaError(.fileWriteUnknown) }
    }

    deinit {
        if isMounted { _ = try? run("umount", "-l", path) }
        try? FileManager.default.removeItem(atPath: path)
    }

    /// Whether this machine lets us mount: root outside a narrow container.
    static let canMount = (try? TemporaryFolder(megabytes: 1)) != nil
}

/// Runs a command to its end and gives its exit status.
@discardableResult
func run(_ command: String...) throws -> Int32 {
    let process = try start(command)
    process.waitUntilExit()
    return process.terminationStatus
}

func start(_ command: [String], output: Pipe? = nil) throws -> Process {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = command
    process.standardOutput = output ?? FileHandle.nullDevice
    process.standardError = FileHandle.nullDevice
    try process.run()
    return process
}
