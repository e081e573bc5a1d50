import Foundation
import ProjectionStore
import Threads
import WorkerRuntime
import WorkerTesting

extension TestDeployment {
    /// Asks the running worker to do something with dead letters of one partition, and waits for its last word.
    ///
    /// - Parameter worker: the one that is expected to do it, where its death ends the question; by the socket that is
    ///   noticed anyway.
    /// - Returns: what every step said; nil where the worker went away meanwhile.
    func ask(
        _ plugin: String, _ action: DeadLetterCommand.Action, _ letters: [Int64], replacement: String? = nil,
        dry: Bool = false, of worker: ChildProcess? = nil
    ) throws -> [DeadLetterOutcome]? {
        let command = DeadLetterCommand(
            action: action, letters: letters, replacement: replacement, actor: "operator", reason: "a test",
            at: Int64(Date().timeIntervalSince1970 * 1000), isDryRun: dry)
        let request = ControlRequest(.deadLetters, plugin: plugin, command: command)
        let deadline = MonotonicClock.deadline(after: .seconds(60))
        while true {
            var outcomes: [DeadLetterOutcome] = []
            let reply: ControlReply?
            switch options.store {
            case .sqlite: reply = try askSocket(request, &outcomes)
            case .postgres: reply = try askTable(request, plugin, letters, worker, &outcomes)
            }
            guard let reply else { return nil }
            if let outcome = reply.outcome { return outcomes + [outcome] }
            // A lane that just comes up: ask again.
            guard reply.code == .notNow, MonotonicClock.remaining(until: deadline) != .zero else {
                throw Diwan.Unexpected("\(action): \(reply.message ?? "no answer")")
            }
            usleep(100_000)
        }
    }

    private func askSocket(_ request: ControlRequest, _ outcomes: inout [DeadLetterOutcome]) throws -> ControlReply? {
        guard let client = try ControlClient.connect(storeFolder: storeFolder.path) else {
            throw Diwan.Unexpected("no worker answers in \(storeFolder.path)")
        }
        do throws(ControlClient.Failure) {
            return try client.ask(request) { reply in if let outcome = reply.outcome { outcomes.append(outcome) } }
        } catch {
            return nil
        }
    }

    /// As commands do where workers share the store.
    private func askTable(
        _ request: ControlRequest, _ plugin: String, _ letters: [Int64], _ worker: ChildProcess?,
        _ outcomes: inout [DeadLetterOutcome]
    ) throws -> ControlReply? {
        let partition = try withStore(of: plugin) { store in
            try letters.first.flatMap { try store.deadLetter($0) }?.content.partition
        }
        guard let partition, let table = try provider.openCommandTable(try TestPlugins.manifest(plugin)) else {
            throw Diwan.Unexpected("letters \(letters) have no partition")
        }
        defer { table.close() }
        let number = try table.put(String(decoding: try JSONEncoder().encode(request), as: UTF8.self), for: partition)
        defer { try? table.remove(number) }
        let deadline = MonotonicClock.deadline(after: .seconds(60))
        var last: Int64 = 0
        while MonotonicClock.remaining(until: deadline) != .zero {
            for stored in try table.replies(to: number, after: last) {
                last = stored.number
                let reply = try JSONDecoder().decode(ControlReply.self, from: Data(stored.text.utf8))
                if reply.isLast { return reply }
                if let outcome = reply.outcome { outcomes.append(outcome) }
            }
            if worker?.isRunning == false { return nil }
            usleep(50_000)
        }
        throw Diwan.Unexpected("nobody came for \(request) within 60 s")
    }

    /// What the running worker says of a plugin's lane; of the first one that has something, where there are several.
    func lane(_ plugin: String) throws -> LaneReport {
        switch options.store {
        case .sqlite:
            let lanes = try ControlClient.connect(storeFolder: storeFolder.path)?.ask(ControlRequest(.status)).worker?
                .lanes
            if let lane = lanes?.first(where: { $0.plugin == plugin }) { return lane }
        case .postgres:
            let reports = try withStore(of: plugin) { try $0.workerReports() }
            if let lane = reports.lazy.compactMap({ LaneReport.read($0.text) }).first { return lane }
        }
        throw Diwan.Unexpected("no worker tells of \(plugin)")
    }

    /// Waits until something holds.
    func wait(_ what: String, within timeout: Duration = .seconds(60), until holds: () throws -> Bool) throws {
        let deadline = MonotonicClock.deadline(after: timeout)
        while try !holds() {
            guard MonotonicClock.remaining(until: deadline) != .zero else {
                throw Diwan.Unexpected("not within \(timeout): \(what)")
            }
            usleep(50_000)
        }
    }

    /// `state attempts` of a plugin's dead letters, by number.
    func letters(_ plugin: String) throws -> [String] {
        try withStore(of: plugin) { store in
            try store.deadLetters(limit: 20_000, after: 0).map { "\($0.state.rawValue) \($0.attempts)" }
        }
    }
}

extension [DeadLetterOutcome] {
    /// The states of all letters that the steps tell of, in order.
    var states: [String] { flatMap { $0.letters.map(\.state.rawValue) } }
}

extension History {
    /// A day that no calendar has: the schema lets it through, and the plugin refuses it.
    static let impossibleDay = "2027-02-29T10:00:00+02:00"

    /// A further meeting on a day that there is not.
    static func impossibleMeeting(_ number: Int) throws -> String {
        try meeting(number).replacingOccurrences(of: "2027-03-15T10:00:00+02:00", with: impossibleDay)
    }

    /// The further meeting is moved, for the `change`th time.
    static func moved(_ number: Int, _ change: Int, mechanism: String = "arcp") -> String {
        let day = String(format: "2027-%02d-%02d", 4 + change / 28 % 8, 1 + change % 28)
        return """
            {"specversion":"1.0","id":"synthetic/moved/\(number)/\(change)","source":"urn:diwan:synthetic",\
            "type":"org.iscm.meeting.rescheduled.v1","time":"2026-02-01T09:00:00Z",\
            "datacontenttype":"application/json","partitionkey":"\(mechanism)",\
            "data":{"meeting_id":"arcp-2027-senior-officials-\(number)","starts":"\(day)","synthetic":true}}
            """
    }
}
