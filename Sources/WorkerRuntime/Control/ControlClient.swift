/// A call to the worker that holds a store. One thread at a time.
public final class ControlClient {
    /// The call failed: the worker went away in the middle of it, or refuses callers.
    public struct Failure: Error, Sendable, CustomStringConvertible {
        public let message: String
        public var description: String { message }
    }

    private let stream: ControlStream

    private init(_ stream: ControlStream) { self.stream = stream }

    /// Calls the worker that holds the store in `folder`.
    ///
    /// - Returns: nil where no worker answers.
    public static func connect(storeFolder folder: String) throws(Failure) -> ControlClient? {
        do throws(ControlSocket.Failure) {
            // A status of many lanes is longer than any request.
            return try ControlSocket.connect(in: folder).map { ControlClient(ControlStream($0, limit: 64 << 20)) }
        } catch {
            throw Failure(message: error.message)
        }
    }

    /// Asks, and hands over every reply until the last one, which is returned. Waits for as long as the worker works.
    @discardableResult
    public func ask(_ request: ControlRequest, progress: (ControlReply) -> Void = { _ in }) throws(Failure)
        -> ControlReply
    {
        guard stream.write(ControlLine.bytes(request)) else { throw gone }
        while true {
            guard case .line(let line) = stream.read() else { throw gone }
            let reply: ControlReply
            do throws(ControlLine.Malformed) {
                reply = try ControlLine.read(ControlReply.self, line)
            } catch {
                throw Failure(message: "the worker's answer cannot be read (\(error.words)); is it of another version?")
            }
            if reply.isLast { return reply }
            progress(reply)
        }
    }

    private var gone: Failure {
        Failure(message: "the worker went away during the call; what it reported as done is done")
    }
}
