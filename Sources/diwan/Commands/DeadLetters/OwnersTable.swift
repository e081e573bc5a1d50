import Configuration
import Foundation
import Glibc
import PluginKit
import ProjectionStore
import Threads
import WorkerRuntime

extension DeadLetterExecution {
    /// How long the owner of a partition may take to come for a command: it looks about every second.
    private static let patience: Duration = .seconds(8)

    /// Has the workers that share the store do it, each for the partitions that it owns.
    ///
    /// - Returns: what nobody came for; nil where commands reach workers another way.
    func askOwners(_ command: DeadLetterCommand, _ outcome: (DeadLetterOutcome) -> Void) throws -> DeadLetterCommand? {
        guard let package = deployment.packages.first(where: { $0.manifest.name == plugin }),
            let table = try deployment.provider.openCommandTable(package.manifest)
        else { return nil }
        defer { table.close() }
        var left: [Int64] = []
        for (partition, letters) in try partitions(command, package) {
            if try !ask(table, partition, command.only(letters), outcome) { left += letters }
        }
        return command.only(left)
    }

    private func partitions(_ command: DeadLetterCommand, _ package: PluginPackage) throws -> [(PartitionKey, [Int64])]
    {
        guard let reader = try deployment.reader(package) else { return [] }
        defer { reader.close() }
        var found: [PartitionKey: [Int64]] = [:]
        for number in command.letters {
            if let letter = try reader.deadLetter(number) {
                found[letter.content.partition, default: []].append(number)
            }
        }
        return found.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    }

    /// How long nothing may be heard from who took it: where that one died, the next owner of the partition takes it after
    /// the session's time.
    private var takenPatience: Duration { deployment.configuration.worker.sessionTimeout + .seconds(30) }

    /// - Returns: false where no owner came for it.
    private func ask(
        _ table: any CommandTable, _ partition: PartitionKey, _ command: DeadLetterCommand,
        _ outcome: (DeadLetterOutcome) -> Void
    ) throws -> Bool {
        let request = ControlRequest(.deadLetters, plugin: plugin, command: command)
        let number = try table.put(try request.text(), for: partition)
        defer { try? table.remove(number) }
        var isTaken = false
        var deadline = MonotonicClock.deadline(after: Self.patience)
        var last: Int64 = 0
        while true {
            for stored in try table.replies(to: number, after: last) {
                last = stored.number
                isTaken = true
                deadline = MonotonicClock.deadline(after: takenPatience)
                let reply = try ControlReply.read(stored.text)
                if let done = reply.outcome { outcome(done) }
                if reply.reply == .error { throw CommandFailure(.tempFail, reply.message ?? "the worker refused") }
                if reply.isLast { return true }
            }
            if MonotonicClock.remaining(until: deadline) == .zero {
                if isTaken {
                    throw CommandFailure(
                        .tempFail,
                        "the worker that took it says nothing any more; what it reported is done: look at 'diwan status', "
                            + "and ask again for what is left")
                }
                // Somebody may have come for it just now: then its replies are waited for.
                if try table.withdraw(number) { return false }
                isTaken = true
                deadline = MonotonicClock.deadline(after: takenPatience)
            }
            usleep(100_000)
        }
    }
}

extension DeadLetterCommand {
    fileprivate func only(_ letters: [Int64]) -> DeadLetterCommand {
        DeadLetterCommand(
            action: action, letters: letters, replacement: replacement, actor: actor, reason: reason, at: at,
            isDryRun: isDryRun)
    }
}

extension ControlRequest {
    fileprivate func text() throws -> String { String(decoding: try JSONEncoder().encode(self), as: UTF8.self) }
}

extension ControlReply {
    fileprivate static func read(_ text: String) throws -> ControlReply {
        try JSONDecoder().decode(ControlReply.self, from: Data(text.utf8))
    }
}
