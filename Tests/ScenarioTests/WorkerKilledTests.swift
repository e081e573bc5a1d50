import Foundation
import KafkaClient
import Testing
import WorkerTesting

extension Scenarios {
    /// A machine is old, and its worker dies again and again: the power supply, the kernel's memory killer, a wrong
    /// `kill -9`. A standby waits beside it and takes over each time. Some of the deaths fall into a transaction, some
    /// between the commit in the store and the lag report to Kafka, one between writing a mail and putting it in place.
    /// Meanwhile the whole history and the synthetic events arrive, all of it twice.
    ///
    /// In the end nobody can tell: every table and every digest is, byte for byte, that of a worker which was never
    /// disturbed, and no recipient has two mails for one notice. The topic of notices may show a notice twice, under
    /// the same id.
    @Suite struct WorkerKilled {
        private static let kills = 20

        @Test func `a worker killed twenty times leaves what an undisturbed one leaves`() async throws {
            let kafka = try OnKafka.kafka()
            try await onOwnThread { try Self.story(kafka) }
        }

        private static func story(_ kafka: RealKafka) throws {
            var random = SeededGenerator(from: "DIWAN_CHAOS_SEED")
            print("seed of the kills: \(random.seed) (DIWAN_CHAOS_SEED=\(random.seed) repeats them)")
            let disturbed = try TestDeployment("killed", bootstrapServers: kafka.bootstrapServers)
            let parts = try CrashPlan.parts(kills)
            let deaths = CrashPlan.deaths(kills, &random)
            var account: [String: Int] = [:]
            var active = try disturbed.startWorker(crash: deaths[0])
            for (index, part) in parts.enumerated() {
                let isLast = index == kills - 1
                // Two that wait would race for the lock, and the story could not tell which one works.
                try disturbed.waitUntilHeld(by: active)
                let next = try disturbed.startWorker(standby: true, crash: isLast ? nil : deaths[index + 1])
                try disturbed.send(part)
                if let place = deaths[index] {
                    let died = active.wait(.seconds(60)) != nil
                    #expect(died, "round \(index) did not come to \(place): \(active.errors.suffix(2000))")
                    account["at \(place.prefix { $0 != ":" })", default: 0] += 1
                } else {
                    usleep(UInt32.random(in: 0...900_000, using: &random))
                    account["at a random moment", default: 0] += 1
                }
                #expect(active.kill() == .signal(SIGKILL), "\(active.errors.suffix(2000))")
                active = next
            }
            print(
                "kills: \(account.sorted { $0.key < $1.key }.map { "\($0.value) \($0.key)" }.joined(separator: ", "))")
            try disturbed.waitUntilCaughtUp(while: active)
            active.terminate()
            #expect(active.wait(.seconds(25)) == .exit(0))

            let undisturbed = try TestDeployment(
                "undisturbed", bootstrapServers: kafka.bootstrapServers,
                topics: .init(
                    events: disturbed.topics.events, people: disturbed.topics.people,
                    notices: "\(disturbed.topics.notices)-undisturbed"))
            try undisturbed.createTopics([undisturbed.topics.notices])
            let worker = try undisturbed.startWorker()
            try undisturbed.waitUntilCaughtUp(while: worker)
            worker.terminate()
            #expect(worker.wait(.seconds(25)) == .exit(0))

            try compare(disturbed, undisturbed)
        }

        private static func compare(_ disturbed: TestDeployment, _ undisturbed: TestDeployment) throws {
            let mechanisms = try History.mechanisms()
            #expect(mechanisms.count == 30)
            let digests = mechanisms.map { (mechanism: $0, cycle: 2026) }
            let expected = try undisturbed.fingerprints(digests: digests)
            let found = try disturbed.fingerprints(digests: digests)
            #expect(expected.count > 90)
            for (command, hash) in expected { #expect(found[command] == hash, "\(command)") }

            let mails = try disturbed.mails()
            #expect(try mails == undisturbed.mails())
            #expect(!mails.isEmpty && Set(mails).count == mails.count)

            let sent = try disturbed.noticeIDs()
            let ids = Set(sent)
            #expect(try ids == Set(undisturbed.noticeIDs()))
            #expect(ids.count == mails.count)
            print("notices on the topic: \(ids.count), repeats after kills: \(sent.count - ids.count)")
        }
    }
}

/// What arrives between two deaths, and where the worker kills itself at which count.
private enum CrashPlan {
    /// Counts that are reached for sure: each of the three plugins commits at least once for what a part brings.
    private static let places = [
        "transaction-begun:2", "rows-written:1", "rows-written:3", "before-commit:1", "before-commit:3",
        "after-commit:1", "after-commit:3", "before-group-commit:1", "claim-written:5", "claimed:3",
    ]
    /// Only where notices go out.
    private static let sendingPlaces = ["after-send-before-settle:1", "mail-written:1", "mail-written:9"]

    /// Half of the parts bring everything once; the other half all of it again, with one new meeting each.
    static func parts(_ count: Int) throws -> [[String]] {
        let events = try History.events() + History.synthetic()
        let first = events.split(into: count / 2)
        let again = try events.split(into: count - count / 2).enumerated().map { number, part in
            try part + [History.meeting(number)]
        }
        return first + again
    }

    /// A place for as many deaths as there are places, a moment that nobody chose (nil) for the others.
    static func deaths(_ count: Int, _ random: inout SeededGenerator) -> [String?] {
        let half = count / 2
        var late: [String?] = sendingPlaces + places.suffix(3) + Array(repeating: nil, count: count - half - 6)
        var early: [String?] = places.dropLast(3) + Array(repeating: nil, count: half - places.count + 3)
        early.shuffle(using: &random)
        late.shuffle(using: &random)
        return early + late
    }
}

extension Array {
    /// As many parts of about the same size, in order.
    fileprivate func split(into parts: Int) -> [[Element]] {
        (0..<parts).map { Array(self[count * $0 / parts..<count * ($0 + 1) / parts]) }
    }
}
