import Foundation
import KafkaClient
import ProjectionStore
import Testing
import Threads
import WorkerTesting

extension Scenarios {
    /// After a long holiday there is a backlog of the longest events that are allowed, much more than the machine has
    /// memory for. The worker takes as much as its budget allows, and all of it in the end.
    @Suite struct HugeBacklog {
        private static let plugin = "mechanism-directory"
        private static let events = 220

        @Test func `a backlog of the longest events is worked off within the memory that is allowed`() async throws {
            let kafka = try OnKafka.kafka()
            try await onOwnThread {
                var options = TestDeployment.Options()
                options.plugins = [Self.plugin]
                options.extra = "limits: {event-bytes: 1MiB, memory: 150MiB}\n"
                let deployment = try TestDeployment(
                    "backlog", bootstrapServers: kafka.bootstrapServers, partitions: 4, options: options)
                var random = SeededGenerator(from: "DIWAN_BACKLOG_SEED")
                for start in stride(from: 0, to: Self.events, by: 20) {
                    try deployment.produce((start..<start + 20).map { Self.long($0, &random) })
                }
                let worker = try deployment.startWorker()
                try deployment.waitUntilCaughtUp(while: worker)
                let peak = try worker.peakMemory()
                print("\(Self.events) events of 900 kB: at most \(peak >> 20) MiB")
                #expect(peak < 165 << 20, "\(peak >> 20) MiB; limits.memory is 150MiB")
                try worker.leaves()
                #expect(
                    try deployment.sql(Self.plugin, "SELECT count(*) FROM mechanism__facts") == String(Self.events))
                #expect(try deployment.withStore(of: Self.plugin) { try $0.deadLetters(limit: 10, after: 0).isEmpty })
            }
        }

        /// A mechanism with a name that nothing can compress.
        private static func long(_ number: Int, _ random: inout SeededGenerator) -> RawRecord {
            let key = "synthetic-\(number)"
            var name = ""
            name.reserveCapacity(900_000)
            while name.utf8.count < 900_000 { name += String(random.next(), radix: 36) }
            let text =
                #"{"specversion":"1.0","id":"\#(key)","source":"urn:diwan:synthetic","#
                + #""type":"org.iscm.mechanism.registered.v1","partitionkey":"\#(key)","data":{"name_ar":"آلية مصطنعة","#
                + #""name_en":"\#(name)","mech_type":"irf","synthetic":true}}"#
            return RawRecord(key: key, value: Array(text.utf8))
        }
    }
}
