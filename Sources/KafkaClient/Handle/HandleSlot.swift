import Synchronization
import Threads

/// The one reference to a client that its owner gives up when it closes.
final class HandleSlot: Sendable {
    private let slot: Mutex<ClientHandle?>

    init(_ handle: ClientHandle) { slot = Mutex(handle) }

    var handle: ClientHandle? { slot.withLock { $0 } }

    /// Lets go of the client. Returns the gate that opens when it is destroyed, nil where this was done before.
    func release() -> Gate? {
        let handle = slot.withLock { slot in
            defer { slot = nil }
            return slot
        }
        return handle?.destroyed
    }
}
