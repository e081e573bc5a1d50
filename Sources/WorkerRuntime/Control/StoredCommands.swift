import ProjectionStore
import Threads

/// Takes commands out of a shared store and hands them to the lane as if they had come by its box; what the lane says
/// goes back into the store. The lane's thread only, while nothing is gathered and nothing is being written.
final class StoredCommands {
    private let writer: any StoreWriter
    private let box: LaneCommandBox
    private var current: (number: Int64, command: LaneCommand)?
    private var looked = MonotonicClock.now

    private static let pause: Int64 = 1_000_000_000

    init(_ writer: any StoreWriter, _ box: LaneCommandBox) {
        self.writer = writer
        self.box = box
    }

    /// Whether there is something to look for or to say: rarely where a transaction would have to be ended for it.
    func isDue(isSettled: Bool) -> Bool {
        guard writer.keepsCommands else { return false }
        return current != nil || MonotonicClock.now - looked > (isSettled ? Self.pause : 4 * Self.pause)
    }

    /// A store that is away now is asked again at the next turn.
    func look(for partitions: [PartitionState]) {
        do throws(StoreError) {
            try passOn()
            guard MonotonicClock.now - looked > Self.pause else { return }
            looked = MonotonicClock.now
            if let current {
                if try !writer.isWanted(current.number) {
                    current.command.abandon()
                    self.current = nil
                }
            } else if !partitions.isEmpty, let stored = try writer.takeCommand(for: partitions) {
                try begin(stored)
            }
        } catch {}
    }

    private func begin(_ stored: StoredCommand) throws(StoreError) {
        let request: ControlRequest
        do throws(ControlLine.Malformed) {
            request = try ControlLine.read(ControlRequest.self, Array(stored.request.utf8))
        } catch {
            return try say(.error(.malformed, "this is no request (\(error.words))"), to: stored.number)
        }
        guard request.request == .deadLetters, let wanted = request.command else {
            return try say(.error(.malformed, "only dead-letters requests come through a store"), to: stored.number)
        }
        let command = LaneCommand(.deadLetters(wanted))
        if let refusal = box.put(command) { return try say(refusal, to: stored.number) }
        current = (stored.number, command)
    }

    private func passOn() throws(StoreError) {
        guard let (number, command) = current else { return }
        while let reply = command.next(timeout: .zero) {
            try say(reply, to: number)
            if reply.isLast {
                current = nil
                return
            }
        }
    }

    private func say(_ reply: ControlReply, to number: Int64) throws(StoreError) {
        try writer.answer(number, PayloadJSON.text(reply))
    }
}
