import Glibc
import ProjectionStore

/// Where a handler hung: a small file beside the database, because the hanging handler's transaction holds the database.
///
/// A line an overrun: offset, partition, time, topic, separated by spaces (no topic's name has one). A line that was cut
/// by a crash counts for nothing.
struct OverrunFile: OverrunLog {
    private let path: String

    init(database: String) { path = "\(database).overruns" }

    func note(_ partition: PartitionKey, offset: Int64, at time: Int64) throws(StoreError) {
        try write(O_APPEND, "\(offset) \(partition.partition) \(time) \(partition.topic)\n", to: path)
    }

    func read() throws(StoreError) -> [HandlerOverrun] {
        var counts: [Line: Int64] = [:]
        for line in try lines() { counts[line, default: 0] += 1 }
        return counts.map { HandlerOverrun(partition: $0.key.partition, offset: $0.key.offset, attempts: $0.value) }
            .sorted { ($0.partition, $0.offset) < ($1.partition, $1.offset) }
    }

    /// Forgets the partition's lines whose offset `isPast`.
    func forget(_ partition: PartitionKey, _ isPast: (Int64) -> Bool) throws(StoreError) {
        let all = try lines()
        let kept = all.filter { $0.partition != partition || !isPast($0.offset) }
        guard kept.count < all.count else { return }
        guard !kept.isEmpty else {
            unlink(path)
            return
        }
        let text = kept.map { "\($0.offset) \($0.partition.partition) 0 \($0.partition.topic)\n" }.joined()
        try write(O_TRUNC, text, to: path + ".new")
        guard rename(path + ".new", path) == 0 else { throw StoreFolder.failure(errno, "cannot replace \(path)") }
    }

    // MARK: The file

    private struct Line: Hashable {
        let partition: PartitionKey
        let offset: Int64
    }

    private func lines() throws(StoreError) -> [Line] {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
        guard descriptor >= 0 else {
            if errno == ENOENT { return [] }
            throw StoreFolder.failure(errno, "cannot read \(path)")
        }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var part = [UInt8](repeating: 0, count: 64 << 10)
        while true {
            let count = Glibc.read(descriptor, &part, part.count)
            guard count > 0 else { break }
            bytes.append(contentsOf: part[..<count])
        }
        guard let end = bytes.lastIndex(of: UInt8(ascii: "\n")) else { return [] }
        return String(decoding: bytes[..<end], as: UTF8.self).split(separator: "\n").compactMap { text in
            let parts = text.split(separator: " ")
            guard parts.count == 4, let offset = Int64(parts[0]), let partition = Int32(parts[1]) else { return nil }
            return Line(partition: PartitionKey(topic: String(parts[3]), partition: partition), offset: offset)
        }
    }

    private func write(_ mode: Int32, _ text: String, to path: String) throws(StoreError) {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW | mode, 0o600)
        guard descriptor >= 0 else { throw StoreFolder.failure(errno, "cannot write \(path)") }
        defer { close(descriptor) }
        let bytes = Array(text.utf8)
        guard Glibc.write(descriptor, bytes, bytes.count) == bytes.count, fsync(descriptor) == 0 else {
            throw StoreFolder.failure(errno, "cannot write \(path)")
        }
    }
}
