import CRdKafka

/// The queues of the assigned partitions, each taken from by itself.
///
/// librdkafka would forward them all into the consumer's queue, where records stand in the way of rebalances. Kept
/// apart, records can wait in librdkafka, which then stops fetching, while everything else is served. They are also
/// taken one by one: the batch calls of 2.0.2 lose records when a pause or a rebalance happens at the same time.
///
/// Used by the consumer's thread only.
struct PartitionQueues: ~Copyable {
    private var queues: [OpaquePointer] = []
    /// Where the next round starts, so that no partition starves another.
    private var turn = 0

    /// Before `rd_kafka_assign`: once forwarding is off, librdkafka does not turn it on again by itself.
    static func separate(_ partitions: [TopicPartition], of client: OpaquePointer) {
        for place in partitions {
            guard let queue = rd_kafka_queue_get_partition(client, place.topic, place.partition) else { continue }
            rd_kafka_queue_forward(queue, nil)
            rd_kafka_queue_destroy(queue)
        }
    }

    /// After `rd_kafka_assign`: these are the queues from now on. Look at them once without a wake-up, because what
    /// arrived before this call has signalled nobody.
    mutating func replace(_ partitions: [TopicPartition], of client: OpaquePointer, wakeup: Wakeup) {
        clear()
        for place in partitions {
            guard let queue = rd_kafka_queue_get_partition(client, place.topic, place.partition) else { continue }
            rd_kafka_queue_forward(queue, nil)
            crdkafka_wake_by_descriptor(queue, wakeup.descriptor)
            queues.append(queue)
        }
    }

    mutating func clear() {
        for queue in queues {
            rd_kafka_queue_io_event_enable(queue, -1, nil, 0)
            rd_kafka_queue_destroy(queue)
        }
        queues = []
        turn = 0
    }

    /// Takes events, a run from each partition in turn, until `accept`, which takes each over, says that it has enough.
    /// Returns whether some may be left. (As events, not by `rd_kafka_consume_queue`, which logs and drops some of a
    /// partition's errors, such as a missing topic.)
    mutating func take(_ accept: (OpaquePointer) -> Bool) -> Bool {
        for _ in 0..<queues.count {
            if turn >= queues.count { turn = 0 }
            while let event = rd_kafka_queue_poll(queues[turn], 0) {
                if !accept(event) {
                    turn += 1
                    return true
                }
            }
            turn += 1
        }
        return false
    }

    deinit {
        for queue in queues { rd_kafka_queue_destroy(queue) }
    }
}
