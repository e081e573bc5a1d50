import Foundation
import KafkaClient
import ProjectionStore
import ProjectionStoreSQLite
import Testing
import Threads
import WorkerTesting

@testable import WorkerRuntime

/// A producer on a shared topic makes up a type for each of its events. The worker counts them, as it counts every type
/// that nobody here knows, but names no more than a thousand: the rest is counted together, and the store does not grow.
@Suite(.timeLimit(.minutes(2))) struct UnknownTypesTests {
    @Test func `made-up types are counted by name up to a limit and then together, also after a restart`() async throws
    {
        try await onOwnThread {
            let place = try MeetingWorker()
            let few = 300
            try place.produce((0..<UnknownTypes.most + few).map { "com.example.made-up.v\($0)" })
            try place.send(["m-1"])
            try place.waitFor(Int64(UnknownTypes.most + few + 1))
            var counts = try place.unknownTypes()
            #expect(counts.count == UnknownTypes.most + 1)
            #expect(counts["(others)"] == Int64(few))
            #expect(counts["com.example.made-up.v0"] == 1)

            // Names that are known keep being counted, new ones are not added, and no name is longer than the limit.
            let long = "com.example.\(String(repeating: "x", count: UnknownTypes.longest))"
            try place.produce(["com.example.made-up.v0", "com.example.another", long])
            try place.waitFor(Int64(UnknownTypes.most + few + 4))
            counts = try place.unknownTypes()
            #expect(counts.count == UnknownTypes.most + 1)
            #expect(counts["com.example.made-up.v0"] == 2)
            #expect(counts["(others)"] == Int64(few + 2))
            #expect(try place.meetings() == ["m-1"])
            #expect(try place.deadLetters().isEmpty)
        }
    }

    @Test func `a type with a name that is too long is counted with the others`() async throws {
        try await onOwnThread {
            let place = try MeetingWorker()
            let longest = "com.example." + String(repeating: "x", count: UnknownTypes.longest - 12)
            try place.produce([longest, longest + "y"])
            try place.waitFor(2)
            #expect(try place.unknownTypes() == [longest: 1, "(others)": 1])
        }
    }
}

extension MeetingWorker {
    /// Sends an event of each type.
    fileprivate func produce(_ types: [String]) throws {
        let producer = try Producer(KafkaConfiguration(bootstrapServers: address.bootstrapServers))
        defer { producer.close(timeout: .seconds(5)) }
        for type in types {
            let event = """
                {"specversion":"1.0","id":"synthetic/\(UUID().uuidString)","source":"urn:diwan:synthetic","type":"\(type)",\
                "partitionkey":"arcp","data":{}}
                """
            try producer.produce(topic: "events", key: Array("arcp".utf8), value: Array(event.utf8))
        }
        try producer.flush(timeout: .seconds(10))
    }

    /// Runs a worker until it has come to an offset.
    fileprivate func waitFor(_ offset: Int64) throws {
        try run { worker in
            try #require(Self.comesTrue { worker.lanes.first?.positions.first?.next == offset }, "\(said.lines)")
        }
    }

    fileprivate func unknownTypes() throws -> [String: Int64] {
        let reader = try provider.openReader(Self.manifest)
        defer { reader.close() }
        return StoreCounter.unknownTypes(try reader.counters())
    }
}
