import Foundation
import Glibc
import KafkaClient
import Testing
import WorkerTesting

/// The worker dies in the moment after its notices were sent and before it could note that they were. The next worker
/// cannot know: it sends them once more, under the same ids, and that is all. A mail is the same file.
@Suite(.timeLimit(.minutes(2)))
struct CrashBetweenSendAndMark {
    @Test func `the same ids are sent, each at most once more`() async throws {
        let cluster = try MockCluster(topics: [("events", 2), ("people", 1), ("notices", 2)])
        let servers: String = cluster.bootstrapServers
        let folder = FileManager.default.temporaryDirectory.appending(path: "diwan-mark-\(UUID().uuidString)").path
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try await #require(processExitsWith: .signal(SIGKILL)) {
            [servers = servers as String, folder = folder as String] in
            setenv("DIWAN_CRASH_AT", "after-send-before-settle:1", 1)
            let deployment = try Self.deployment(servers, folder)
            try deployment.sendRaw(Ledger.described, key: Ledger.person, topic: "people")
            try deployment.send(4)
            let worker = try deployment.start()
            _ = worker.fails(within: .seconds(60))
        }
        try await onOwnThread {
            let deployment = try Self.deployment(servers, folder)
            let before = try deployment.notices(on: "notices").count + deployment.mails().count
            #expect(before > 0, "it died before it sent anything")
            deployment.assumeSent(4)
            let worker = try deployment.start()
            try deployment.expectWhole(worker)
            #expect(try deployment.settles(), "\(deployment.pending)")
            worker.leaves()
            try deployment.expectNotices(on: "notices", mostRepeats: before)
            let repeats = Dictionary(grouping: try deployment.notices(on: "notices"), by: \.id).values.map(\.count)
            #expect(repeats.allSatisfy { $0 <= 2 }, "\(repeats)")
            #expect(deployment.mails().count == 4 * SmallDeployment.keys.count)
        }
    }

    private static func deployment(_ servers: String, _ folder: String) throws -> SmallDeployment {
        let deployment = try SmallDeployment(
            servers: servers, ledger: Ledger(notifies: true), store: "\(folder)/store", people: true,
            notices: "notices", maildir: "\(folder)/mail")
        return deployment
    }
}
