import Configuration
import Foundation
import KafkaClient
import Threads
import WorkerRuntime

/// `diwan dev`
enum DevCommand {
    static let command = Command(
        CommandSpec(
            "dev", summary: "Run broker and worker on this machine, with the bundled events",
            discussion: """
                Starts an embedded broker, sets the stores of an earlier run aside, publishes the bundled events and \
                runs the worker, until Ctrl-C. Meanwhile every other command with the same --config works from another \
                terminal: 'diwan events send', 'diwan projection show', also kcat at the address that is printed.

                Without --config and without a ./diwan.yaml it works in ./demo and writes demo/diwan.yaml.
                """,
            options: [
                CommonOptions.config,
                OptionSpec(
                    FieldSpec(
                        "events", .path, .optional,
                        summary: "The folder of the bundled events, Deploy/history if not said"),
                    valueName: "FOLDER"),
                OptionSpec(
                    FieldSpec("empty", .boolean, .defaultValue("false"), summary: "Publish no events")),
            ],
            examples: [
                CommandExample(
                    "diwan dev --config demo/diwan.yaml", "after 'make demo': everything again, and kept running")
            ], exitCodes: [.noInput, .unavailable, .cantCreat, .tempFail, .config]), run: run)

    private static func run(_ call: CommandCall) throws {
        Interruption.block()
        let deployment = try load(call)
        let files = try call.option("empty") ? [] : BundledEvents.files(in: try call.optional("events"))
        let broker = try BrokerCommands.start(deployment)
        defer { BrokerCommands.stop(broker, deployment) }
        Output.say("broker    \(broker.bootstrapServers) (kcat -b \(broker.bootstrapServers) -L)")
        if let aside = try StoreAside.move(deployment) {
            Output.say("store     that of an earlier run is set aside: \(aside)")
        }
        if !files.isEmpty { try publish(files, deployment) }
        Output.say("worker    starting; Ctrl-C ends it and the broker")
        Output.say("try       diwan projection show mechanisms-by-type --config \(deployment.file)")
        let worker = try deployment.worker()
        try Interruption.watch(patience: deployment.configuration.worker.drain + .seconds(1)) { worker.stop() }
        try worker.run(standby: false)
    }

    private static func publish(_ files: [String], _ deployment: Deployment) throws {
        let events = try EventSendCommand.read(files, deployment)
        let topics = EventTopics(deployment.configuration)
        let sending = EventSending(kafka: try deployment.kafka(), timeout: .seconds(30), isBinary: false, copies: 1)
        let sent = try sending.send(try events.map { ($0, try topics.topic(of: $0.type)) })
        let places = sent.sorted { $0.key < $1.key }.map { "\($0.value) to \($0.key)" }.joined(separator: ", ")
        Output.say("events    \(places)")
    }

    private static func load(_ call: CommandCall) throws -> Deployment {
        let named: String? = try call.optional("config")
        if named != nil || call.environment["DIWAN_CONFIG"] != nil
            || FileManager.default.fileExists(atPath: "diwan.yaml")
        {
            return try Deployment.load(call)
        }
        let file = "demo/diwan.yaml"
        if !FileManager.default.fileExists(atPath: file) {
            do {
                try FileManager.default.createDirectory(atPath: "demo", withIntermediateDirectories: true)
                try DemoConfiguration.text().write(toFile: file, atomically: true, encoding: .utf8)
            } catch let error as CocoaError {
                throw CommandFailure(.cantCreat, "\(file) cannot be written: \(error.localizedDescription)")
            }
            Output.say("config    \(file), written now")
        }
        return try Deployment.load(file: file, environment: call.environment)
    }
}
