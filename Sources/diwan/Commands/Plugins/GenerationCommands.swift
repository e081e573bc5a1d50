import Configuration
import Glibc
import PluginKit
import ProjectionStore
import Synchronization
import Threads
import WorkerRuntime

/// `diwan plugin rebuild | compare | promote | rollback | discard | accept-restore`
enum GenerationCommands {
    static let commands = [rebuild, compare, promote, rollback, discard, acceptRestore]

    private static let name = ArgumentSpec("name", summary: "The plugin, from 'diwan plugin list'")
    private static let codes: [ExitCode] = [.unavailable, .software, .cantCreat, .tempFail, .config, .noInput]

    private static let rebuild = Command(
        CommandSpec(
            "rebuild", summary: "Build a plugin's tables anew, beside the live ones",
            discussion: """
                Reads the topics from their beginning (what the log has forgotten comes from the journal, where the \
                topic says 'journal: true') and fills a new generation of the plugin's store with the version that this \
                program brings. The live one goes on meanwhile, also with an older program. Nothing that the new one \
                says leaves it: its messages are kept by their ids, to be compared.

                It ends where the topics ended when it began. Called again after a crash or Ctrl-C it goes on where it \
                was. Then: 'diwan plugin compare', 'diwan plugin promote' or 'diwan plugin discard'.
                """, arguments: [name],
            options: [
                CommonOptions.config,
                OptionSpec(
                    FieldSpec(
                        "follow", .boolean, .defaultValue("false"), summary: "Go on with what arrives, until Ctrl-C")),
            ], exitCodes: codes), run: runRebuild)

    private static let compare = Command(
        CommandSpec(
            "compare", summary: "Compare a rebuilt plugin with the live one",
            discussion: """
                Rows of each table are counted and hashed in the order of their keys, over the columns that both have; \
                messages are compared by their ids, timers by what has fired. Both have to stand at the same offsets to \
                be the same: 'diwan plugin rebuild' brings the new one to the end of the log.

                Ends with 1 where they differ.
                """, arguments: [name], options: [CommonOptions.config, CommonOptions.format],
            exitCodes: [.different, .unavailable, .config, .noInput]), run: CompareCommand.run)

    private static let promote = Command(
        CommandSpec(
            "promote", summary: "Put a rebuilt plugin in the place of the live one",
            discussion: """
                Brings the rebuilt generation to the end of the log, pauses the live one, brings the new one to exactly \
                its offsets, takes over which messages were sent and which still have to be, and makes it live in one \
                step. Messages that only the new one has are never sent, because they speak of what lies before; messages \
                that the live one had still to send and the new one does not have are held ('diwan notices list --state \
                held'). If anything stands in the way nothing has changed. The way back is 'diwan plugin rollback'.
                """, arguments: [name], options: [CommonOptions.config], exitCodes: codes), run: runPromote)

    private static let rollback = Command(
        CommandSpec(
            "rollback", summary: "Make the generation before the live one live again",
            discussion: """
                The generation before first reaches the offsets of the live one; what that one has sent is not sent \
                again. Where the two are of different versions of the plugin, the program of the older version does it.
                """, arguments: [name], options: [CommonOptions.config], exitCodes: codes), run: runRollback)

    private static let discard = Command(
        CommandSpec(
            "discard", summary: "Remove a generation of a plugin that is not live", arguments: [name],
            options: [
                CommonOptions.config,
                OptionSpec(
                    FieldSpec(
                        "generation", .integer(1...1_000_000), .optional,
                        summary: "Which; needed where there are several"), valueName: "NUMBER"),
            ], exitCodes: codes), run: runDiscard)

    private static let acceptRestore = Command(
        CommandSpec(
            "accept-restore", summary: "Go on with a store that was restored from an older copy",
            discussion: """
                A worker halts a partition whose store lies behind what it has reported to Kafka (store-restored), \
                because going on would send the notices between the two again. This accepts the older copy: the events \
                between are applied again, and what they say is held, as is what still waited in the copy. See 'diwan \
                notices list --state held', then 'diwan notices release' or 'diwan notices drop'.
                """, arguments: [name], options: [CommonOptions.config], exitCodes: codes), run: runAcceptRestore)

    // MARK: Doing it

    static func keeper(_ call: CommandCall) throws -> (keeper: GenerationKeeper, deployment: Deployment, name: String) {
        let deployment = try Deployment.load(call)
        let name: String = try call.argument("name")
        let package = try deployment.package(name)
        let keeper = GenerationKeeper(
            settings: try deployment.workerSettings(), package: package, catalogue: try Catalogue.load(),
            provider: deployment.provider, log: deployment.log(from: .warning))
        return (keeper, deployment, name)
    }

    private static func interruptible(_ keeper: GenerationKeeper, _ deployment: Deployment) throws {
        try Interruption.watch(patience: deployment.configuration.worker.drain + .seconds(10)) { keeper.stop() }
    }

    private static func runRebuild(_ call: CommandCall) throws {
        Interruption.block()
        let (keeper, deployment, name) = try keeper(call)
        try interruptible(keeper, deployment)
        let manifest = try deployment.package(name).manifest
        do throws(StoreError) {
            try deployment.provider.checkReplacing(manifest)
        } catch {
            if error.code == .notWritable { Output.say("diwan: warning: \(error)") }
        }
        let progress = RebuildProgress(name)
        let follows: Bool = try call.option("follow")
        let generation = try keeper.rebuild(follows: follows) { progress.show($0) }
        progress.finish()
        if keeper.isStopped, !follows {
            throw CommandFailure(.tempFail, "stopped; 'diwan plugin rebuild \(name)' goes on from there")
        }
        try Output.write("generation \(generation) of \(name) is built; 'diwan plugin compare \(name)' looks at it\n")
    }

    private static func runPromote(_ call: CommandCall) throws {
        Interruption.block()
        let (keeper, deployment, name) = try keeper(call)
        guard let generation = try keeper.rebuilt() else {
            throw CommandFailure(
                .unavailable, "plugin \(name) has no rebuilt generation: 'diwan plugin rebuild \(name)' makes one")
        }
        try interruptible(keeper, deployment)
        try makeLive(generation, keeper, deployment, name)
    }

    private static func runRollback(_ call: CommandCall) throws {
        Interruption.block()
        let (keeper, deployment, name) = try keeper(call)
        guard let generation = try keeper.previous() else {
            throw CommandFailure(.unavailable, "plugin \(name) has no generation before the live one to go back to")
        }
        try interruptible(keeper, deployment)
        try makeLive(generation, keeper, deployment, name)
    }

    private static func makeLive(
        _ generation: Int, _ keeper: GenerationKeeper, _ deployment: Deployment, _ name: String
    ) throws {
        let progress = RebuildProgress(name)
        let done = try keeper.promote(
            generation, pausing: StorePause(deployment, plugin: name), actor: Operator.name
        ) { progress.show($0) }
        progress.finish()
        try Output.write(
            """
            generation \(done.to) of \(name) is live in place of generation \(done.from)
              messages to be sent: \(done.pending)
              held for you: \(done.held)
              never to be sent, because they speak of what lies before: \(done.closed)

            """)
    }

    private static func runDiscard(_ call: CommandCall) throws {
        let (keeper, _, name) = try keeper(call)
        let beside = try keeper.generations().beside
        let wanted: Int? = try call.optional("generation")
        if let wanted, !beside.contains(wanted) {
            throw CommandFailure(
                .dataErr, "plugin \(name) has no generation \(wanted) beside the live one\(list(beside))")
        }
        guard let generation = wanted ?? (beside.count == 1 ? beside[0] : nil) else {
            throw CommandFailure(
                .dataErr,
                beside.isEmpty
                    ? "plugin \(name) has nothing to discard: only the live generation is there"
                    : "plugin \(name) has several\(list(beside)): say which with --generation")
        }
        try keeper.discard(generation)
        try Output.write("generation \(generation) of \(name) is removed\n")
    }

    private static func list(_ generations: [Int]) -> String {
        generations.isEmpty ? "" : " (\(generations.map(String.init).joined(separator: ", ")))"
    }

    private static func runAcceptRestore(_ call: CommandCall) throws {
        let (keeper, deployment, name) = try keeper(call)
        let restores = try keeper.acceptRestore(
            pausing: StorePause(deployment, plugin: name), actor: Operator.name)
        if restores.isEmpty {
            return try Output.write("\(name) does not lie behind what it has reported: there is nothing to accept\n")
        }
        let lines = restores.map { "  \($0.partition): from \($0.from) up to \($0.upTo)\n" }.joined()
        try Output.write(
            "\(name) goes on from its older copy; messages of these offsets are held ('diwan notices list --state "
                + "held'):\n\(lines)")
    }
}

/// Who is asking, for the audit.
enum Operator {
    static var name: String {
        var buffer = [CChar](repeating: 0, count: 4096)
        var entry = passwd()
        var found: UnsafeMutablePointer<passwd>?
        let user = geteuid()
        guard getpwuid_r(user, &entry, &buffer, buffer.count, &found) == 0, found != nil, let name = entry.pw_name
        else {
            return "user \(user)"
        }
        return String(cString: name)
    }
}

/// How far a rebuild has come: a line on a terminal, and now and then a line in a log.
private final class RebuildProgress: Sendable {
    private let plugin: String
    private let said = Mutex(MonotonicClock.now)

    init(_ plugin: String) { self.plugin = plugin }

    func show(_ run: LatchedRun) {
        let positions = run.positions
        guard !positions.isEmpty else { return }
        let done = positions.reduce(Int64(0)) { $0 + $1.next }
        let total = positions.compactMap(\.stop).reduce(Int64(0), +)
        let words =
            positions.contains { $0.stop == nil }
            ? "\(plugin): \(done) records" : "\(plugin): \(min(done, total)) of \(total) records"
        if Output.errorIsTerminal { return Terminal.status(words) }
        said.withLock { said in
            guard MonotonicClock.now - said > 30_000_000_000 else { return }
            said = MonotonicClock.now
            Output.say("diwan: \(words)")
        }
    }

    func finish() { if Output.errorIsTerminal { Terminal.status("") } }
}
