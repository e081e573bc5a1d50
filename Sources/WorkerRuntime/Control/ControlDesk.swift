import Glibc
import Threads

/// What a lane offers to whoever is asked about it.
protocol ControlledLane: Sendable {
    var status: LaneStatus { get }
    /// - Returns: why it is not taken; nil where it is.
    func ask(_ command: LaneCommand) -> ControlReply?
}

/// Answers what callers ask. May be used by many threads.
final class ControlDesk: Sendable {
    private let since = UTCTime.now
    private let lanes: @Sendable () -> [any ControlledLane]

    init(lanes: @escaping @Sendable () -> [any ControlledLane]) { self.lanes = lanes }

    var report: WorkerReport {
        WorkerReport(process: getpid(), since: since, lanes: lanes().map { LaneReport($0.status) })
    }

    /// Answers a caller until it is gone. What it holds is released then.
    func serve(_ stream: ControlStream) {
        var hold: LaneHold?
        defer { hold?.release() }
        while true {
            let reply: ControlReply
            switch stream.read() {
            case .end, .nothingYet: return
            case .tooLong:
                // The caller may still be writing: it hears why before the line is cut.
                _ = stream.write(
                    ControlLine.bytes(
                        ControlReply.error(
                            .tooLong,
                            "a request is one line of at most \(ControlRequest.maximumBytes) bytes: ask in parts")))
                return
            case .line(let line): reply = answer(line, stream, &hold)
            }
            guard stream.write(ControlLine.bytes(reply)) else { return }
        }
    }

    private func answer(_ line: [UInt8], _ stream: ControlStream, _ hold: inout LaneHold?) -> ControlReply {
        let request: ControlRequest
        do throws(ControlLine.Malformed) {
            request = try ControlLine.read(ControlRequest.self, line)
        } catch {
            let known = ControlRequest.Kind.allCases.map(\.rawValue).joined(separator: ", ")
            return .error(.malformed, "this is no request (\(error.words)); there are \(known), each a JSON object")
        }
        switch request.request {
        case .status: return .done(report)
        case .resume:
            guard let held = hold else { return .error(.notHeld, "this connection holds no plugin") }
            held.release()
            hold = nil
            return .resumed
        case .hold:
            guard hold == nil else { return .error(.busy, "this connection holds a plugin already: resume it first") }
            let wanted = LaneHold()
            let reply = run(LaneCommand(.hold(wanted)), for: request.plugin, stream)
            if reply.reply == .done { hold = wanted } else { wanted.release() }
            return reply
        case .deadLetters:
            guard let command = request.command else {
                return .error(.malformed, "a dead-letters request needs a command")
            }
            return run(LaneCommand(.deadLetters(command)), for: request.plugin, stream)
        }
    }

    /// Hands the command to the plugin's lane and passes on what it says, until its last reply.
    private func run(_ command: LaneCommand, for plugin: String?, _ stream: ControlStream) -> ControlReply {
        let lanes = lanes()
        guard let lane = lanes.first(where: { $0.status.plugin == plugin }) else {
            let names = lanes.map(\.status.plugin).joined(separator: ", ")
            return .error(.unknownPlugin, "this worker runs \(names): name one of them")
        }
        if let refusal = lane.ask(command) { return refusal }
        while true {
            if let reply = command.next(timeout: .milliseconds(100)) {
                if reply.isLast { return reply }
                if stream.write(ControlLine.bytes(reply)) { continue }
            } else if !stream.isGone {
                continue
            }
            command.abandon()
            return .error(.notNow, "the caller is gone")
        }
    }
}
