import Configuration
import EventCatalogue
import KafkaClient
import PluginKit
import Threads

/// Publishes checked events and waits until Kafka has confirmed each.
struct EventSending {
    let kafka: KafkaConfiguration
    let timeout: Duration
    let isBinary: Bool
    /// How many times each event is sent.
    let copies: Int

    /// - Returns: how many records each topic took.
    func send(_ events: [(event: CheckedEvent, topic: String)]) throws -> [String: Int] {
        var kafka = kafka
        kafka.deliveryTimeout = timeout
        let producer = try Producer(kafka)
        defer { producer.close(timeout: .seconds(1)) }
        try checkTopics(Set(events.map(\.topic)), try producer.metadata(timeout: timeout))
        var account = Account(total: events.count * copies)
        for (event, topic) in events {
            let (headers, value) = record(event)
            for _ in 0..<copies {
                try account.hand(to: producer) { () throws(KafkaError) in
                    try producer.produce(topic: topic, key: event.key, value: value, headers: headers)
                }
                account.topics[topic, default: 0] += 1
            }
        }
        try account.settle(producer, within: timeout + .seconds(2))
        return account.topics
    }

    private func checkTopics(_ topics: Set<String>, _ metadata: ClusterMetadata) throws {
        for topic in topics.sorted() where metadata.topic(topic)?.partitions.isEmpty ?? true {
            throw CommandFailure(
                .unavailable,
                "topic \(topic) is not there: create it with 'diwan topics create', or name another with --topic")
        }
    }

    // MARK: Records

    private func record(_ event: CheckedEvent) -> (headers: [KafkaClient.RecordHeader], value: [UInt8]) {
        guard isBinary else {
            return ([.init("content-type", CloudEventEncoder.structuredMediaType)], event.text.bytes)
        }
        var headers: [KafkaClient.RecordHeader] = []
        var contentType = "application/json"
        for (name, value) in event.envelope.members where !value.isNull {
            let text = value.string ?? value.canonicalJSON()
            switch String(name) {
            case "data": continue
            case "datacontenttype": contentType = text
            default: headers.append(.init("ce_\(name)", text))
            }
        }
        headers.insert(.init("content-type", contentType), at: 0)
        return (headers, Array((event.envelope["data"]?.canonicalJSON() ?? "").utf8))
    }
}

/// What was handed over, and what came back.
private struct Account {
    private var handed = 0
    private var confirmed = 0
    private var failed = 0
    private var failure: KafkaError?
    private var progress: Progress
    var topics: [String: Int] = [:]

    init(total: Int) { progress = Progress("records confirmed", of: total) }

    mutating func hand(to producer: Producer, _ produce: () throws(KafkaError) -> Void) throws {
        while true {
            do throws(KafkaError) {
                try produce()
            } catch {
                guard error.code == .queueFull else { throw error }
                try take(from: producer, wait: .milliseconds(100))
                continue
            }
            handed += 1
            if handed % 1000 == 0 { try take(from: producer, wait: .zero) }
            return
        }
    }

    mutating func settle(_ producer: Producer, within timeout: Duration) throws {
        let deadline = MonotonicClock.deadline(after: timeout)
        while confirmed + failed < handed {
            guard let left = MonotonicClock.remaining(until: deadline), left > .zero else { break }
            try take(from: producer, wait: min(left, .milliseconds(200)))
        }
        progress.finish()
        let missing = handed - confirmed
        guard missing > 0 else { return }
        let reason = failure.map { ": \($0)" } ?? ""
        throw CommandFailure(
            failure.map(FailureReading.code) ?? .unavailable,
            "Kafka confirmed \(confirmed) of \(handed) records, and not \(missing)\(reason). Sending all again does no "
                + "harm: the worker counts an event once")
    }

    private mutating func take(from producer: Producer, wait: Duration) throws {
        var wait = wait
        while let event = producer.next(timeout: wait) {
            wait = .zero
            switch event {
            case .delivered(let reports):
                for report in reports {
                    if let error = report.error {
                        failed += 1
                        failure = failure ?? error
                    } else {
                        confirmed += 1
                    }
                }
                progress.update(confirmed)
            case .error(let error):
                if error.fatal || error.code == .authentication { throw error }
                failure = failure ?? error
            case .closed: return
            case .allBrokersDown, .statistics: continue
            }
        }
    }
}
