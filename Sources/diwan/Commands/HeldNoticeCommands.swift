import Configuration
import PluginKit
import ProjectionStore
import WorkerRuntime

/// `diwan notices release | drop`: what was held for the operator.
enum HeldNoticeCommands {
    static let commands = [
        command(
            "release", drop: false, summary: "Send messages that are held",
            discussion: """
                Messages are held after a restore ('diwan plugin accept-restore'), because they may have been sent \
                already; after a promotion, because the new version does not have them; and where a message cannot be \
                written. Released, they go out as any other. The ids are those of 'diwan notices list --state held \
                --format json'.
                """),
        command(
            "drop", drop: true, summary: "Settle messages that are held, without sending them",
            discussion: "They stay in the list, as closed: 'dropped'."),
    ]

    private static func command(_ name: String, drop: Bool, summary: String, discussion: String) -> Command {
        Command(
            CommandSpec(
                name, summary: summary, discussion: discussion,
                arguments: [ArgumentSpec("id", isRequired: false, isRepeated: true, summary: "Which messages")],
                options: [
                    CommonOptions.config,
                    OptionSpec(
                        FieldSpec("plugin", .text, .required, summary: "Of which plugin"), valueName: "NAME"),
                    OptionSpec(
                        FieldSpec("all", .boolean, .defaultValue("false"), summary: "All of them that are held")),
                    OptionSpec(
                        FieldSpec("reason", .text, .optional, summary: "Why, for the audit"),
                        valueName: "TEXT"),
                ], exitCodes: [.unavailable, .dataErr, .tempFail, .config, .noInput])
        ) { try run($0, name, drop: drop) }
    }

    private static func run(_ call: CommandCall, _ command: String, drop: Bool) throws {
        let deployment = try Deployment.load(call)
        let name: String = try call.option("plugin")
        let ids: [String] = try call.arguments.optional("id") ?? []
        let all: Bool = try call.option("all")
        guard all != !ids.isEmpty else {
            throw UsageError(
                message: all ? "name messages or say --all, not both" : "say which messages, or --all",
                command: "diwan notices \(command)")
        }
        let keeper = GenerationKeeper(
            settings: try deployment.workerSettings(), package: try deployment.package(name),
            catalogue: try Catalogue.load(), provider: deployment.provider, log: deployment.log(from: .warning))
        let held = Set(try keeper.heldMessages().map(\.content.id))
        if let strange = ids.first(where: { !held.contains($0) }) {
            throw CommandFailure(
                .dataErr, "plugin \(name) holds no message \(strange): 'diwan notices list --state held' names them")
        }
        let count = try keeper.settleHeld(
            all ? nil : Set(ids), drop: drop, pausing: StorePause(deployment, plugin: name), actor: Operator.name,
            reason: try call.optional("reason") ?? "")
        try Output.write("\(Plural.of(count, "message")) \(drop ? "dropped" : "released")\n")
    }
}
