import Foundation
import Glibc
import WorkerTesting

/// A small file system in memory, mounted in a folder of its own, that can be filled to the last page. Gone with the
/// object.
final class SmallDisk {
    let path: String
    private var isMounted = false

    init(megabytes: Int) throws {
        path = FileManager.default.temporaryDirectory.appending(path: "diwan-disk-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        guard mount("tmpfs", path, "tmpfs", 0, "size=\(megabytes)m") == 0 else {
            throw Diwan.Unexpected("cannot mount: \(String(cString: strerror(errno)))")
        }
        isMounted = true
    }

    deinit {
        if isMounted { umount2(path, Int32(MNT_DETACH)) }
        try? FileManager.default.removeItem(atPath: path)
    }

    /// Takes all the room that is left.
    func fill() throws {
        let file = open("\(path)/filler", O_WRONLY | O_CREAT | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw Diwan.Unexpected("cannot fill \(path): \(String(cString: strerror(errno)))") }
        defer { close(file) }
        let page = [UInt8](repeating: 0x78, count: 4096)
        while page.withUnsafeBytes({ write(file, $0.baseAddress, $0.count) }) == page.count {}
    }

    /// Gives back what `fill` took.
    func makeRoom() { unlink("\(path)/filler") }

    /// Whether this machine lets us mount, as it does root outside a narrow container; says aloud, once, when not.
    static let isPossible: Bool = {
        if (try? SmallDisk(megabytes: 1)) != nil { return true }
        print("SKIPPED: tests of a full disk, because mounting a small file system needs root")
        return false
    }()
}
