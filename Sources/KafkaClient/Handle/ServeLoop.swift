import CRdKafka
import Threads

/// Serves the queue of a producer or an admin client until stopped: logs go to the sink, everything else to `deliver`.
func serveUntilStopped(
    _ handle: ClientHandle, stop: Flag, queries: QueryThread, log: KafkaLogSink?,
    deliver: (ProducerEvent) -> Void
) {
    // Taken before the queue is served once more, so that what was reported before the stop is still delivered.
    var last = false
    while true {
        while let event = handle.nextEvent() {
            switch event {
            case .log(let line): log?(line)
            case .error(let error):
                if error.code == .authentication || error.code == .tlsFailure { queries.failWaiting(error) }
                deliver(.error(error))
            case .allBrokersDown: deliver(.allBrokersDown)
            case .statistics(let json): deliver(.statistics(json))
            case .delivered(let reports): deliver(.delivered(reports))
            case .fetched(let event): rd_kafka_event_destroy(event)
            case .rebalance, .committed, .endOfPartition, .none: break
            }
        }
        if last { return }
        last = stop.isSet
        if !last {
            handle.wakeup.wait(timeout: nil)
            last = stop.isSet
        }
    }
}
