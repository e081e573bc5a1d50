import Configuration
import Glibc
import Threads
import WorkerRuntime

/// `diwan worker run`
enum WorkerCommands {
    static let group = CommandGroup("worker", summary: "Run the worker", [run])

    private static let run = Command(
        CommandSpec(
            "run", summary: "Read events, keep projections, send notices, until told to stop",
            discussion: """
                SIGTERM or Ctrl-C: the worker finishes or rolls back the transactions in hand and leaves within the \
                configured drain time; a second signal ends it at once. Neither loses anything.

                One worker holds a store. A second one ends with 75 naming the holder, or with --standby waits and \
                takes over when the first is gone. Where a broker or the store is merely away the worker waits, says so \
                every 30 s and is not ready.

                --until-idle is for scripts: the worker ends when everything that lies in the topics is applied and \
                everything that can be sent is sent; with 69 where a partition is halted, whose records nobody can apply.
                """,
            options: [
                CommonOptions.config,
                OptionSpec(
                    FieldSpec(
                        "standby", .boolean, .defaultValue("false"),
                        summary: "Wait while another worker holds the store, then take over")),
                OptionSpec(
                    FieldSpec(
                        "until-idle", .boolean, .defaultValue("false"), summary: "End when there is nothing left to do")
                ),
            ], exitCodes: [.unavailable, .software, .osErr, .cantCreat, .tempFail, .noPerm, .config, .noInput]),
        run: runWorker)

    private static func runWorker(_ call: CommandCall) throws {
        Interruption.block()
        let deployment = try Deployment.load(call)
        let worker = try deployment.worker()
        // A second more than the runtime's own deadline, which says better what did not finish.
        try Interruption.watch(patience: deployment.configuration.worker.drain + .seconds(1)) { worker.stop() }
        let ended = Gate()
        let isStandby: Bool = try call.option("standby")
        let watch = try call.option("until-idle") ? IdleWatch(deployment: deployment, worker: worker) : nil
        let idle = try watch.map { watch in
            try OSThread.start(name: "until-idle") { watch.run(until: ended) }
        }
        defer {
            ended.open()
            idle?.join()
        }
        do {
            try worker.run(standby: isStandby)
            if let failure = watch?.failure { throw failure }
        } catch {
            guard deployment.configuration.log.format == .json else { throw error }
            // A collector takes lines in JSON only.
            let failure = FailureReading.read(error)
            if let message = failure.message { deployment.log.error(message) }
            throw CommandFailure(failure.exit, nil)
        }
    }
}
