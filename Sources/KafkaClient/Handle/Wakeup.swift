import CRdKafka
import Glibc
import Threads

/// An event descriptor that wakes one client's thread: written by librdkafka when a queue stops being empty, and by us
/// when a command or room in a mailbox appears. So the thread sleeps without polling ticks.
final class Wakeup: Sendable {
    let descriptor: Int32

    init() throws(KafkaError) {
        descriptor = crdkafka_wakeup_open()
        if descriptor < 0 {
            throw KafkaError(
                code: .other, message: "eventfd: \(String(cString: strerror(errno))); raise the limit on open files")
        }
    }

    deinit { close(descriptor) }

    func signal() { crdkafka_wakeup_signal(descriptor) }

    /// Sleeps until signalled or for `timeout` (nil: without end), and takes the signal. Look at every queue afterwards.
    func wait(timeout: Duration?) {
        var entry = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        poll(&entry, 1, timeout?.wholeMilliseconds ?? -1)
        crdkafka_wakeup_take(descriptor)
    }
}
