import Foundation
import KafkaClient
import Testing
import WorkerTesting

extension Scenarios {
    /// A partner publishes with kcat, without our program: once the whole event as JSON, once with the attributes as
    /// headers and the data as value. Both must count like ours.
    @Suite(.enabled(if: Kcat.isInstalled)) struct ForeignProducer {
        @Test func `events that kcat sends in structured and in binary mode are in the projection`() async throws {
            let kafka = try OnKafka.kafka()
            try await onOwnThread {
                var options = TestDeployment.Options()
                options.plugins = ["mechanism-directory"]
                let deployment = try TestDeployment("kcat", bootstrapServers: kafka.bootstrapServers, options: options)
                let structured =
                    #"{"specversion":"1.0","id":"synthetic/kcat/1","source":"urn:diwan:synthetic","type":"org.iscm.mechanism.registered.v1","time":"2026-01-01T00:00:00Z","partitionkey":"kcat-one","data":\#(Self.mechanism("بالنمط المهيكل", "structured"))}"#
                try deployment.kcat(
                    structured, key: "kcat-one", headers: ["content-type=Application/CloudEvents+JSON; charset=UTF-8"])
                try deployment.kcat(
                    Self.mechanism("بالنمط الثنائي", "binary"), key: "kcat-two",
                    headers: [
                        "content-type=application/json", "ce_specversion=1.0", "ce_id=synthetic/kcat/2",
                        "ce_source=urn:diwan:synthetic", "ce_type=org.iscm.mechanism.registered.v1",
                        "ce_time=2026-01-01T00:00:00Z", "ce_partitionkey=kcat-two", "ce_traceparent=00-ab-cd-01",
                    ])
                try deployment.workThrough()
                let directory = try deployment.run(["projection", "show", "directory", "--format", "csv"])
                for word in ["kcat-one", "kcat-two", "Forum of the structured mode", "Forum of the binary mode"] {
                    #expect(directory.contains(word), "\(directory)")
                }
                #expect(try deployment.listedDeadLetters().isEmpty)
            }
        }

        private static func mechanism(_ arabic: String, _ english: String) -> String {
            #"{"name_ar":"منتدى \#(arabic)","name_en":"Forum of the \#(english) mode","mech_type":"irf","regions":["africa"],"region_ar":["أفريقيا"],"region_en":["Africa"],"themes":["labour-migration"],"founded_year":2020,"states_count":2,"document":"synthetic","synthetic":true}"#
        }
    }
}

extension TestDeployment {
    /// Sends one record with kcat.
    fileprivate func kcat(_ value: String, key: String, headers: [String]) throws {
        let file = folder.appendingPathComponent("kcat-value")
        try Data(value.utf8).write(to: file)
        let process = try ChildProcess(
            program: "/usr/bin/env",
            arguments: [
                "kcat", "-P", "-b", kafka.bootstrapServers.joined(separator: ","), "-t", topics.events, "-k", key,
            ]
                + headers.flatMap { ["-H", $0] } + [file.path], folder: folder, name: "kcat")
        guard process.wait() == .exit(0) else { throw Diwan.Unexpected("kcat: \(process.errors)") }
    }
}
