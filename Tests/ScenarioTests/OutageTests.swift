import Foundation
import KafkaClient
import Testing
import Threads
import WorkerTesting

extension BrokerScenarios {
    /// In the night a backup program locks the files of two stores, and the broker's machine hangs: its connections
    /// stay, and nobody answers. One worker is at work when its store is locked, one is started on the locked store, one
    /// is started while the broker hangs, and one was up to date. All of them wait and say so: at once, then every 30
    /// seconds and no oftener; those that wait are not ready, and the one that was up to date neither, within 10 seconds.
    /// In the morning somebody pulls the machine's plug and starts it again. Within 30 seconds of that all have gone on
    /// by themselves, and nothing is lost.
    @Suite struct Outage {
        @Test func `workers say at once and every 30 seconds what they wait for, and go on by themselves`() async throws
        {
            let kafka = try OnKafka.kafka()
            try await onOwnThread { try Self.story(kafka) }
        }

        private static let plugin = "mechanism-directory"

        private static func deployment(_ stem: String, _ topics: TestDeployment.Topics? = nil) throws -> TestDeployment
        {
            var options = TestDeployment.Options()
            options.plugins = [plugin]
            return try TestDeployment(
                stem, bootstrapServers: try OnKafka.kafka().bootstrapServers, topics: topics, partitions: 1,
                options: options)
        }

        private static func story(_ kafka: RealKafka) throws {
            let history = try History.events()
            let working = try Watched(deployment("working"))
            let topics = working.deployment.topics
            let lockedAtStart = try Watched(deployment("locked", topics))
            let late = try Watched(deployment("late", topics))
            let upToDate = try Watched(deployment("up-to-date", topics))

            try working.deployment.send(Array(history.prefix(100)))
            try lockedAtStart.deployment.workThrough()
            try working.start()
            try upToDate.start()
            for worker in [working, upToDate] {
                #expect(worker.supervisor.hears("READY=1"))
                try worker.deployment.waitUntilCaughtUp(while: worker.process)
            }

            let backups = try [working, lockedAtStart].map { try $0.deployment.lockStore() }
            try working.deployment.send(Array(history[100..<140]))
            try lockedAtStart.start()
            try working.process?.mustSay("waiting for the store", within: .seconds(8))
            try lockedAtStart.process?.mustSay("waiting for the store", within: .seconds(8))
            // It has read what came, so that it asks the broker for nothing but more.
            try upToDate.deployment.waitUntilCaughtUp(while: upToDate.process)
            try kafka.pause()
            defer { try? kafka.resume() }
            try late.start()
            try late.process?.mustSay("waiting for Kafka", within: .seconds(8))

            try upToDate.process?.mustSay("worker: not ready", within: .seconds(14))
            try working.saysItAgain("the store")
            try lockedAtStart.saysItAgain("the store")
            try late.saysItAgain("Kafka")
            try working.process?.mustSay("worker: not ready")
            for worker in [lockedAtStart, late] { #expect(!worker.supervisor.hasHeard("READY=1")) }
            #expect(try working.deployment.offsets(plugin, topic: topics.events) == [0: 100])

            #expect(upToDate.process?.isRunning == true)

            for backup in backups { backup.kill() }
            try kafka.kill()
            try kafka.restart()
            let back = MonotonicClock.now
            try working.deployment.send(Array(history.dropFirst(140)))
            for worker in [working, lockedAtStart, late, upToDate] {
                try worker.deployment.waitUntilCaughtUp(while: worker.process)
            }
            #expect(MonotonicClock.now - back < 30_000_000_000)
            for worker in [working, lockedAtStart, late, upToDate] {
                #expect(worker.supervisor.hears("READY=1"))
                let members = try worker.deployment.sql(plugin, "SELECT count(*) FROM member__facts")
                #expect(members == "159")
                try worker.process?.leaves()
                #expect(worker.supervisor.hears("STOPPING=1"))
            }
        }
    }
}

/// A worker and the supervisor that it reports to.
private final class Watched {
    let deployment: TestDeployment
    let supervisor: Supervisor
    private(set) var process: ChildProcess?

    init(_ deployment: TestDeployment) throws {
        self.deployment = deployment
        supervisor = try Supervisor()
    }

    func start() throws { process = try deployment.startWorker(environment: ["NOTIFY_SOCKET": supervisor.path]) }

    /// Waits until it has said a second time that it waits, and expects 30 seconds between the two.
    func saysItAgain(_ what: String) throws {
        let deadline = MonotonicClock.deadline(after: .seconds(60))
        while said(what).count < 2, MonotonicClock.remaining(until: deadline) != .zero { usleep(100_000) }
        let times = said(what)
        let log = process?.errors ?? ""
        try #require(times.count >= 2, "\(log)")
        for (earlier, later) in zip(times, times.dropFirst()) {
            #expect(later.timeIntervalSince(earlier) > 29, "\(log)")
        }
        #expect(process?.isRunning == true, "\(log)")
    }

    /// When the log says that it waits for this.
    private func said(_ what: String) -> [Date] {
        let format = ISO8601DateFormatter()
        format.formatOptions = [.withInternetDateTime, .withFractionalSeconds]
        return (process?.errors ?? "").split(separator: "\n").filter { $0.contains(": waiting for \(what)") }.compactMap
        {
            $0.split(separator: " ").first.flatMap { format.date(from: String($0)) }
        }
    }
}

extension TestDeployment {
    /// Starts a program that keeps the store of this deployment locked until it is killed.
    fileprivate func lockStore() throws -> ChildProcess {
        let script = """
            import sqlite3, sys, time
            database = sqlite3.connect(sys.argv[1], timeout=10, isolation_level=None)
            database.execute("BEGIN EXCLUSIVE")
            print("locked", file=sys.stderr, flush=True)
            time.sleep(600)
            """
        let process = try ChildProcess(
            program: "/usr/bin/env", arguments: ["python3", "-c", script, databaseFile("mechanism-directory").path],
            folder: folder, name: "backup")
        try process.mustSay("locked", within: .seconds(15))
        return process
    }
}
