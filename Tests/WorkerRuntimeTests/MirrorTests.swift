import Foundation
import KafkaClient
import PluginKit
import ProjectionStore
import ProjectionStoreSQLite
import Testing
import Threads
import WorkerTesting

@testable import WorkerRuntime

/// Somebody watches a topic for dead letters, and that topic cannot be written: nothing is lost by it, and nothing stands
/// still; when it can be written again, every letter is there.
@Suite(.timeLimit(.minutes(3))) struct MirrorTests {
    private struct Fault: Error {}

    @Test func `a topic of copies that cannot be written holds up nothing, and gets every letter in the end`()
        async throws
    {
        try await onOwnThread {
            let place = try MeetingWorker(deadLetterTopic: "dead") { meeting in
                if meeting.hasPrefix("fails") { throw Refusal(reason: "not-ours", detail: "a meeting of nobody's") }
            }
            let cluster = try #require(place.cluster)
            try place.send(["m-1", "fails-1", "m-2"])
            // Not the leader, no such topic, not enough replicas: and then a refusal for good.
            try cluster.failNext(.produce, with: [6, 19, 7, 29, 6, 6])
            try place.run { worker in
                try #require(MeetingWorker.comesTrue { worker.lanes.first?.positions.first?.next == 3 })
                #expect(worker.lanes.first?.isReady == true)
                #expect(
                    MeetingWorker.comesTrue(within: .seconds(60)) {
                        (try? place.outbox().allSatisfy { $0.state == .sent }) == true
                    }, "\((try? place.outbox()) ?? []) \(place.said.lines)")
            }
            #expect(try place.outbox().count == 1)
            let copies = try place.records(of: "dead")
            let copy = try #require(copies.first)
            let letter = try #require(try place.deadLetters().first)
            #expect(copy.value == letter.content.value && copy.key == letter.content.key)
            #expect(copy.header("dead-letter-reason") == "not-ours")
            #expect(copy.header("dead-letter-detail") == "a meeting of nobody's")
            #expect(copy.header("dead-letter-plugin") == "keeper")
            #expect(copy.header("dead-letter-topic") == "events")
            #expect(copy.header("dead-letter-partition") == "0")
            #expect(copy.header("dead-letter-offset") == "1")
            #expect(copy.header("dead-letter-attempts") == "1")
            #expect(copy.header("dead-letter-number") == String(letter.number))
            #expect(copy.header("dead-letter-value") == nil)
            // At least once: a repeat says that it is one.
            #expect(Set(copies.map { $0.header("dead-letter-id") }).count == 1)
        }
    }
}
