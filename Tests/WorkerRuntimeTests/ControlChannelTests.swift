import Foundation
import Glibc
import ProjectionStore
import ProjectionStoreSQLite
import Testing
import Threads
import WorkerTesting

@testable import WorkerRuntime

/// An operator's commands reach the worker through a socket beside its store: whatever comes there, the worker goes on,
/// and who asks something wrong hears what is wrong.
@Suite(.timeLimit(.minutes(2))) struct ControlChannelTests {
    @Test func `a worker says what its lanes are doing, and its socket is there only as long as it is`() async throws {
        try await onOwnThread {
            let place = try MeetingWorker()
            try place.send(["m-1", "m-2"])
            let folder = place.provider.folder
            // A worker that was killed left its socket.
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            close(try ControlSocket.listen(in: folder))
            #expect(try ControlClient.connect(storeFolder: folder) == nil)
            try place.run { worker in
                try #require(MeetingWorker.comesTrue { worker.lanes.first?.positions.first?.next == 2 })
                var information = stat()
                try #require(stat("\(folder)/worker.sock", &information) == 0)
                #expect(information.st_mode & 0o777 == 0o600)
                let client = try #require(try ControlClient.connect(storeFolder: folder))
                for _ in 0..<2 {
                    let reply = try client.ask(ControlRequest(.status))
                    #expect(reply.reply == .done)
                    let lane = try #require(reply.worker?.lanes.first)
                    #expect(lane.plugin == "keeper" && lane.state == "running" && lane.records == 2)
                    #expect(lane.partitions == [.init(topic: "events", partition: 0, next: 2, end: 2)])
                    #expect(lane.partitions.first?.lag == 0)
                }
            }
            #expect(access("\(folder)/worker.sock", F_OK) != 0)
            #expect(try ControlClient.connect(storeFolder: folder) == nil)
        }
    }

    @Test func `a store whose path is longer than a socket's name is reached as well`() async throws {
        try await onOwnThread {
            let place = try MeetingWorker(
                storeFolder: String(repeating: "long/", count: 10) + String(repeating: "n", count: 100))
            try place.run { worker in
                try #require(MeetingWorker.comesTrue { worker.lanes.first?.isReady == true })
                let client = try #require(try ControlClient.connect(storeFolder: place.provider.folder))
                #expect(try client.ask(ControlRequest(.status)).worker?.lanes.count == 1)
            }
        }
    }

    @Test func `what is no request is answered with what is wrong, and the worker goes on`() async throws {
        try await onOwnThread {
            let place = try MeetingWorker()
            try place.run { worker in
                try #require(MeetingWorker.comesTrue { worker.lanes.first?.isReady == true })
                for (line, code) in [
                    ("", ControlReply.Code.malformed), ("hello", .malformed), ("[]", .malformed), ("{}", .malformed),
                    (#"{"request":"dance"}"#, .malformed), (#"{"request":"status","plugin":7}"#, .malformed),
                    (#"{"request":"dead-letters","plugin":"keeper"}"#, .malformed),
                    (#"{"request":"hold","plugin":"nobody"}"#, .unknownPlugin),
                    (#"{"request":"hold"}"#, .unknownPlugin),
                    (#"{"request":"resume"}"#, .notHeld), ("\u{0}\u{1}\u{2}", .malformed),
                ] {
                    let reply = try Self.answer(line, place)
                    #expect(reply.reply == .error && reply.code == code, "\(line): \(reply)")
                    #expect(reply.message?.isEmpty == false)
                }
                let long = try Self.answer(String(repeating: "x", count: (1 << 20) + 1), place)
                #expect(long.code == .tooLong)
                // Half a line, and then nobody.
                let descriptor = try #require(try ControlSocket.connect(in: place.provider.folder))
                _ = "{\"request\"".utf8CString.withUnsafeBytes { send(descriptor, $0.baseAddress, 10, 0) }
                close(descriptor)
                let client = try #require(try ControlClient.connect(storeFolder: place.provider.folder))
                #expect(try client.ask(ControlRequest(.status)).worker?.lanes.first?.state == "running")
            }
        }
    }

    @Test func `a lane that is held closes its store, and comes up again when it is resumed or the caller is gone`()
        async throws
    {
        try await onOwnThread {
            let place = try MeetingWorker()
            let folder = place.provider.folder
            try place.send(["m-1"])
            try place.run { worker in
                try #require(MeetingWorker.comesTrue { worker.lanes.first?.positions.first?.next == 1 })
                for round in 1...2 {
                    var client = try ControlClient.connect(storeFolder: folder)
                    let held = try #require(try client?.ask(ControlRequest(.hold, plugin: "keeper")))
                    #expect(held.partitions?.map(\.next) == [Int64(round)], "\(held)")
                    #expect(worker.lanes.first?.state == .holding)
                    #expect(access("\(folder)/keeper.sqlite-wal", F_OK) != 0, "the last connection is closed")
                    #expect(try client?.ask(ControlRequest(.hold, plugin: "keeper")).code == .busy)
                    try place.send(["m-\(round + 1)"])
                    usleep(300_000)
                    #expect(try place.meetings().count == round)
                    if round == 1 { #expect(try client?.ask(ControlRequest(.resume)).reply == .done) }
                    client = nil
                    #expect(
                        MeetingWorker.comesTrue { worker.lanes.first?.positions.first?.next == Int64(round + 1) },
                        "\(place.said.lines)")
                }
                #expect(try place.meetings() == ["m-1", "m-2", "m-3"])
            }
        }
    }

    @Test func `a worker that is asked to leave while it is held leaves`() async throws {
        try await onOwnThread {
            let place = try MeetingWorker()
            var client: ControlClient?
            try place.run { worker in
                try #require(MeetingWorker.comesTrue { worker.lanes.first?.isReady == true })
                client = try ControlClient.connect(storeFolder: place.provider.folder)
                #expect(try client?.ask(ControlRequest(.hold, plugin: "keeper")).reply == .done)
            }
            #expect(throws: ControlClient.Failure.self) { try client?.ask(ControlRequest(.status)) }
        }
    }

    /// Sends a line as it is.
    private static func answer(_ line: String, _ place: MeetingWorker) throws -> ControlReply {
        let descriptor = try #require(try ControlSocket.connect(in: place.provider.folder))
        let stream = ControlStream(descriptor, limit: 1 << 20)
        // A line that is too long may be cut while it is written.
        _ = stream.write(Array(line.utf8) + [UInt8(ascii: "\n")])
        guard case .line(let answer) = stream.read(timeout: 10_000) else {
            throw Diwan.Unexpected("no answer to \(line.prefix(100))")
        }
        return try ControlLine.read(ControlReply.self, answer)
    }
}
