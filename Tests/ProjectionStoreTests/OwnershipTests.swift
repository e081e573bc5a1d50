import Foundation
import ProjectionStore
import ProjectionStoreSQLite
import Synchronization
import Testing

@Suite("One worker holds a store folder")
struct OwnershipTests {
    /// Another process that holds the lock and has written its name.
    private func holder(of lock: String) throws -> Process {
        let script = """
            import fcntl, sys, time
            f = open(sys.argv[1], 'w')
            fcntl.flock(f, fcntl.LOCK_EX)
            f.write('process 4711 on elsewhere.example.invalid since 2026-01-01T00:00:00Z\\n')
            f.flush()
            print('held', flush=True)
            time.sleep(600)
            """
        let output = Pipe()
        let process = try start(["python3", "-c", script, lock], output: output)
        let said = output.fileHandleForReading.availableData
        try #require(String(decoding: said, as: UTF8.self).hasPrefix("held"))
        return process
    }

    @Test("A second worker is refused and told who holds the store")
    func secondWorker() throws {
        let folder = try TemporaryFolder()
        let other = try holder(of: folder.path + "/diwan.lock")
        defer { kill(other.processIdentifier, SIGKILL) }
        let error = try #require(throws: StoreError.self) {
            try SQLiteStoreProvider(folder: folder.path).takeOwnership(waiting: nil)
        }
        #expect(error.code == .held)
        #expect(error.message.contains("process 4711 on elsewhere.example.invalid since 2026-01-01T00:00:00Z"))
        #expect(error.message.contains("--standby"))
    }

    @Test("A standby waits and takes over when the holder is killed with kill -9", .timeLimit(.minutes(1)))
    func standby() throws {
        let folder = try TemporaryFolder()
        let other = try holder(of: folder.path + "/diwan.lock")
        let provider = SQLiteStoreProvider(folder: folder.path)
        var told: [String] = []
        let ownership = try provider.takeOwnership { holder in
            told.append(holder)
            if told.count == 2 { kill(other.processIdentifier, SIGKILL) }
            return told.count < 30
        }
        defer { ownership.release() }
        #expect(told.count >= 2)
        #expect(told.allSatisfy { $0.contains("4711") })
        let writer = try provider.openWriter(SmallStore.manifest, data: [:])
        writer.close()
    }

    @Test("The lock holds against other processes until it is released, whatever files are closed meanwhile")
    func lockOut() throws {
        let folder = try TemporaryFolder()
        let lock = folder.path + "/diwan.lock"
        let provider = SQLiteStoreProvider(folder: folder.path)
        let ownership = try provider.takeOwnership(waiting: nil)
        // Closing another descriptor of the file would end a POSIX record lock.
        #expect(throws: StoreError.self) { try SQLiteStoreProvider(folder: folder.path).takeOwnership(waiting: nil) }
        _ = try String(contentsOfFile: lock, encoding: .utf8)
        #expect(try run("flock", "--nonblock", lock, "true") == 1)
        let name = try String(contentsOfFile: lock, encoding: .utf8)
        #expect(name.hasPrefix("process \(ProcessInfo.processInfo.processIdentifier) on "))
        ownership.release()
        ownership.release()
        #expect(try run("flock", "--nonblock", lock, "true") == 0)
        #expect(throws: StoreError.self) { try provider.openWriter(SmallStore.manifest, data: [:]) }
    }

    @Test("A child that outlives the worker does not keep the store")
    func child() throws {
        let folder = try TemporaryFolder()
        let ownership = try SQLiteStoreProvider(folder: folder.path).takeOwnership(waiting: nil)
        // Foundation's Process closes what a child would inherit; the C library does not.
        let output = try #require(popen("sleep 60 >/dev/null 2>&1 & echo $!", "r"))
        var line = [CChar](repeating: 0, count: 32)
        fgets(&line, Int32(line.count), output)
        let child = pid_t(atoi(line))
        pclose(output)
        try #require(child > 1)
        defer { kill(child, SIGKILL) }
        ownership.release()
        #expect(try run("flock", "--nonblock", folder.path + "/diwan.lock", "true") == 0)
    }

    @Test("Only the worker's user may look into the folder and its files")
    func modes() throws {
        let folder = try TemporaryFolder()
        let path = folder.path + "/deep/store"
        let provider = SQLiteStoreProvider(folder: path)
        let ownership = try provider.takeOwnership(waiting: nil)
        defer { ownership.release() }
        let writer = try provider.openWriter(SmallStore.manifest, data: [:])
        defer { writer.close() }
        try SmallStore.commit([("a", "t")], to: writer)
        func mode(_ file: String) throws -> Int? {
            try FileManager.default.attributesOfItem(atPath: file)[.posixPermissions] as? Int
        }
        #expect(try mode(path) == 0o700)
        for file in ["diwan.lock", "small.sqlite", "small.sqlite-wal", "small.sqlite-shm"] {
            #expect(try mode("\(path)/\(file)") == 0o600, "\(file)")
        }
    }
}
