import Foundation
import Glibc
import PluginKit
import ProjectionStore
import ProjectionStoreSQLite
import Synchronization
import Testing
import Threads
import WorkerTesting

@testable import WorkerRuntime

/// An operator has a letter redriven while the worker runs: the worker does it, between its other transactions.
@Suite(.timeLimit(.minutes(2))) struct RedriveThroughWorkerTests {
    private struct Fault: Error {}

    @Test func `a sequence is redriven in order by the worker that holds the store, and once`() async throws {
        try await onOwnThread {
            let isMended = Mutex(false)
            let order = Mutex<[String]>([])
            let place = try MeetingWorker { meeting in
                if meeting == "fails", !isMended.withLock({ $0 }) { throw Fault() }
                order.withLock { $0.append(meeting) }
            }
            try place.send(["m-1", "fails", "m-2", "m-3"], of: "one")
            try place.run { worker in
                try #require(MeetingWorker.comesTrue { worker.lanes.first?.positions.first?.next == 4 })
                #expect(try place.meetings() == ["m-1"])
                let head = try #require(try place.deadLetters().first)
                #expect(try place.deadLetters().map(\.state) == [.dead, .parked, .parked])
                let client = try #require(try ControlClient.connect(storeFolder: place.provider.folder))

                let again = try Self.redrive(head.number, client)
                #expect(again.contains { $0.number == head.number && $0.state == .failedAgain && $0.attempts == 2 })
                #expect(try place.meetings() == ["m-1"])

                isMended.withLock { $0 = true }
                let done = try Self.redrive(head.number, client)
                #expect(done.map(\.state) == [.redriven, .redriven, .redriven], "\(done)")
                #expect(try place.meetings() == ["fails", "m-1", "m-2", "m-3"])
                #expect(try Self.redrive(head.number, client).map(\.state) == [.settled])
                #expect(order.withLock { $0 } == ["m-1", "fails", "m-2", "m-3"])
                let trail = try place.audits()
                #expect(trail.contains { $0.actor == "tester" && $0.reason == "a trial" && $0.letter == head.number })

                // Live traffic goes on.
                try place.send(["m-4"])
                try #require(MeetingWorker.comesTrue { worker.lanes.first?.positions.first?.next == 5 })
                #expect(try place.meetings().count == 5)
            }
        }
    }

    @Test func `a dry run tells what would change, and changes nothing`() async throws {
        try await onOwnThread {
            let isMended = Mutex(false)
            let place = try MeetingWorker { meeting in
                if meeting == "fails", !isMended.withLock({ $0 }) { throw Fault() }
            }
            try place.send(["fails", "m-1"], of: "one")
            try place.run { worker in
                try #require(MeetingWorker.comesTrue { worker.lanes.first?.positions.first?.next == 2 })
                isMended.withLock { $0 = true }
                let number = try #require(try place.deadLetters().first).number
                let client = try #require(try ControlClient.connect(storeFolder: place.provider.folder))
                let reply = try client.ask(
                    ControlRequest(
                        .deadLetters, plugin: "keeper", command: Self.command(number, isDryRun: true)))
                let rows = try #require(reply.outcome?.rows)
                #expect(
                    rows.map(\.table) == ["meeting", "meeting"] && rows.allSatisfy { $0.before == nil }, "\(reply)")
                #expect(try place.meetings().isEmpty)
                #expect(try place.deadLetters().map(\.state) == [.dead, .parked])
            }
        }
    }

    @Test func `without a worker the command takes the store itself, and a worker is asked instead where one runs`()
        async throws
    {
        try await onOwnThread {
            let isMended = Mutex(false)
            let place = try MeetingWorker { meeting in
                if meeting == "fails", !isMended.withLock({ $0 }) { throw Fault() }
            }
            try place.send(["fails", "m-1"], of: "one")
            try place.run { worker in
                try #require(MeetingWorker.comesTrue { worker.lanes.first?.positions.first?.next == 2 })
                isMended.withLock { $0 = true }
                let number = try #require(try place.deadLetters().first).number
                let other = try place.worker()
                #expect {
                    try other.repair("keeper", Self.command(number)) { _ in }
                } throws: {
                    ($0 as? WorkerFailure)?.kind == .storeHeld
                }
            }
            let number = try #require(try place.deadLetters().first).number
            var letters: [DeadLetterOutcome.Letter] = []
            try place.worker().repair("keeper", Self.command(number)) { letters += $0.letters }
            #expect(letters.map(\.state) == [.redriven, .redriven])
            #expect(try place.meetings() == ["fails", "m-1"])
            // The worker that comes next finds its place.
            try place.send(["m-2"])
            try place.run { worker in
                try #require(MeetingWorker.comesTrue { worker.lanes.first?.positions.first?.next == 3 })
            }
            #expect(try place.meetings() == ["fails", "m-1", "m-2"])
        }
    }

    private static func command(_ number: Int64, isDryRun: Bool = false) -> DeadLetterCommand {
        DeadLetterCommand(
            action: .redrive, letters: [number], actor: "tester", reason: "a trial", at: 1, isDryRun: isDryRun)
    }

    private static func redrive(_ number: Int64, _ client: ControlClient) throws -> [DeadLetterOutcome.Letter] {
        var letters: [DeadLetterOutcome.Letter] = []
        let reply = try client.ask(ControlRequest(.deadLetters, plugin: "keeper", command: command(number))) {
            letters += $0.outcome?.letters ?? []
        }
        #expect(reply.reply == .done, "\(reply)")
        return letters + (reply.outcome?.letters ?? [])
    }
}
