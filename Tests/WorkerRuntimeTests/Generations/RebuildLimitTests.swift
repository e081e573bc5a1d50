import EventCatalogue
import KafkaClient
import PluginKit
import ProjectionStore
import Testing
import WorkerTesting

@testable import WorkerRuntime

/// The new version of a plugin refuses what the old one took, and so much is parked in the rebuild that it may not go on.
/// Nobody makes room in a generation that is not live, so the command does not wait: it ends, says what is full and what
/// to do, and goes on from there when it is given again. A promotion is called off for the same reason.
@Suite(.timeLimit(.minutes(2))) struct `A rebuild in which too much is parked` {
    private struct Fault: Error {}

    @Test func `ends with what to do, and goes on with a greater limit`() async throws {
        try await onOwnThread {
            let place = try MeetingWorker()
            let names = (1...6).map { "m-\($0)" }
            try place.send(names, of: "one")
            try place.run { worker in
                try #require(MeetingWorker.comesTrue { worker.lanes.first?.positions.first?.next == 6 })
            }
            let narrow = try Self.keeper(place, parked: 3)
            for _ in 0..<2 {
                let failure = #expect(throws: WorkerFailure.self) { try narrow.rebuild(follows: false) { _ in } }
                let message = failure?.message ?? ""
                #expect(message.contains("generation 2 cannot be filled"), "\(message)")
                #expect(message.contains("3 events of one sequence wait behind dead letter 1"), "\(message)")
                #expect(message.contains("Raise the limit") && message.contains("plugin discard"), "\(message)")
            }
            let refusal = #expect(throws: WorkerFailure.self) {
                try narrow.promote(2, pausing: NoWorker(), actor: "tester") { _ in }
            }
            #expect(refusal?.message.contains("parked-limit") == true)
            #expect(try place.meetings() == names)
            #expect(try narrow.generations().live == 1)

            let wide = try Self.keeper(place, parked: 100)
            #expect(try wide.rebuild(follows: false) { _ in } == 2)
            let comparison = try wide.compare(with: 2)
            #expect(comparison.rebuiltDeadLetters[.dead] == 1 && comparison.rebuiltDeadLetters[.parked] == 5)
            #expect(comparison.standsAtSameOffsets)
        }
    }

    private static func keeper(_ place: MeetingWorker, parked: Int) throws -> GenerationKeeper {
        var settings = WorkerSettings(
            deployment: "trial", kafka: KafkaConfiguration(bootstrapServers: place.address.bootstrapServers),
            topics: [.init(name: "events", role: .events, isOwn: true, readsHeaderless: true, isTrusted: false)],
            plugins: ["keeper": MeetingWorker.standard], noticesTopic: nil, maildir: nil)
        settings.parkedPerSequence = parked
        let stricter = MeetingWorker.Keeper { meeting in if meeting == "m-1" { throw Fault() } }
        return GenerationKeeper(
            settings: settings, package: PluginPackage(plugin: stricter, manifest: MeetingWorker.manifest),
            catalogue: try EventCatalogue.bundled(), provider: place.provider, log: WorkerLog(level: .error))
    }
}
