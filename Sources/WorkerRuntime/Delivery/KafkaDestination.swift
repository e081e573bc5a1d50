import KafkaClient
import ProjectionStore
import Threads

/// Sends notices and emitted events as CloudEvents in structured mode through an idempotent producer (rules 11, 24).
///
/// A notice names its recipient by id and carries no address. When the producer is fatal or fenced it is made anew and
/// the same ids are sent again (rule 25). It also ends where Kafka refuses a record: what was handed over behind that
/// one must not overtake it, so none of it is sent, and all of it comes again in its order.
final class KafkaDestination: Destination {
    let name = DestinationName.kafka
    private let settings: WorkerSettings
    private let kafka: KafkaConfiguration
    private let topic: String
    private let renderer: NoticeRenderer
    private let plugin: String
    private let stopping: Flag
    private var producer: Producer?
    /// How many messages are to be sent each by itself. Kafka calls a whole batch too large, so only a message that was
    /// alone is known to be.
    private var singles = 0

    /// - Parameter stopping: set when nobody waits for the outcome any more.
    /// - Throws: `KafkaError` for a wrong configuration.
    init(settings: WorkerSettings, topic: String, renderer: NoticeRenderer, plugin: String, stopping: Flag) throws {
        self.settings = settings
        self.topic = topic
        self.renderer = renderer
        self.plugin = plugin
        self.stopping = stopping
        var kafka = settings.kafka
        kafka.stopsAtGap = true
        // A record that is given up for its age would be overtaken as well.
        kafka.deliveryTimeout = .zero
        self.kafka = kafka
        producer = try Producer(kafka)
    }

    func close() { producer?.close(timeout: .seconds(3)) }

    func deliver(_ messages: [OutboxMessage]) -> [DeliveryOutcome] {
        let messages = singles > 0 ? Array(messages.prefix(1)) : messages
        singles -= singles > 0 ? 1 : 0
        var outcomes = [DeliveryOutcome](repeating: .failed("not sent yet"), count: messages.count)
        do {
            let producer = try producer ?? Producer(kafka)
            self.producer = producer
            let awaited = try hand(messages, to: producer, &outcomes)
            try collectReports(awaited, of: producer, &outcomes)
        } catch {
            for case (let index, .failed) in outcomes.enumerated() {
                outcomes[index] = .failed(String(describing: error))
            }
            renew()
        }
        return outcomes
    }

    /// Hands messages over in order, up to the first that the producer does not take; returns which have a report to come.
    private func hand(
        _ messages: [OutboxMessage], to producer: Producer, _ outcomes: inout [DeliveryOutcome]
    ) throws -> Set<Int> {
        var awaited: Set<Int> = []
        for (index, message) in messages.enumerated() {
            if let limit = message.content.validUntil, UTCTime.now > limit {
                outcomes[index] = .closed("expired")
                continue
            }
            do throws(DeliveryFailure) {
                let record = try record(message)
                try produce(record, token: index, through: producer)
                awaited.insert(index)
            } catch {
                guard error.code == .permanent else {
                    outcomes[index] = .failed(error.message)
                    break
                }
                outcomes[index] = .held(error.message)
            }
        }
        return awaited
    }

    // MARK: Records

    private struct OutgoingRecord {
        let topic: String
        let key: String
        let value: String
    }

    private func record(_ message: OutboxMessage) throws(DeliveryFailure) -> OutgoingRecord {
        switch message.content.kind {
        case .notice:
            let notice = try PayloadJSON.value(OutgoingNotice.self, message.content.payload)
            let text = try renderer.render(notice, digits: nil)
            let event = NoticeEvent(notice, id: message.content.id, text, settings, plugin: plugin)
            return OutgoingRecord(topic: topic, key: notice.occasion.key, value: PayloadJSON.text(event))
        case .event:
            let event = try PayloadJSON.value(OutgoingEvent.self, message.content.payload)
            return OutgoingRecord(topic: event.topic, key: event.key, value: event.structured)
        case .document, .deadLetter:
            throw DeliveryFailure(.permanent, "this version publishes no \(message.content.kind.rawValue) here")
        }
    }

    private func produce(_ record: OutgoingRecord, token: Int, through producer: Producer) throws(DeliveryFailure) {
        do throws(KafkaError) {
            try producer.produce(
                topic: record.topic, key: Array(record.key.utf8), value: Array(record.value.utf8),
                headers: [.init("content-type", Array("application/cloudevents+json; charset=UTF-8".utf8))],
                token: UInt64(token))
        } catch {
            throw DeliveryFailure(error.code == .recordTooLarge ? .permanent : .unavailable, error.description)
        }
    }

    /// Takes reports until every record handed over has one.
    ///
    /// - Throws: when the producer is of no more use; what was reported until then stands in `outcomes`.
    private func collectReports(_ handed: Set<Int>, of producer: Producer, _ outcomes: inout [DeliveryOutcome]) throws {
        var awaited = handed
        var fatal: KafkaError?
        var deadline = MonotonicClock.now + 60_000_000_000
        while !awaited.isEmpty {
            // After a fatal error the rest is reported at once. Whoever leaves waits for a moment, not for a broker.
            if fatal != nil || stopping.isSet { deadline = min(deadline, MonotonicClock.now + 3_000_000_000) }
            guard MonotonicClock.now < deadline else {
                if let fatal { throw fatal }
                throw DeliveryFailure(.unavailable, "Kafka has not confirmed it yet")
            }
            switch producer.next(timeout: .milliseconds(500)) {
            case .delivered(let reports):
                for report in reports {
                    let index = Int(report.token)
                    guard awaited.remove(index) != nil else { continue }
                    guard let error = report.error else {
                        outcomes[index] = .sent
                        continue
                    }
                    outcomes[index] = outcome(error, isAlone: handed.count == 1)
                    if error.fatal { fatal = fatal ?? error }
                }
            case .error(let error) where error.fatal: fatal = fatal ?? error
            case .closed: throw DeliveryFailure(.unavailable, "the producer was closed")
            default: break
            }
        }
        // A producer that gave up one record takes no other.
        if let fatal { throw fatal }
        for case .failed(let reason) in outcomes { throw DeliveryFailure(.unavailable, reason) }
    }

    private func outcome(_ error: KafkaError, isAlone: Bool) -> DeliveryOutcome {
        guard error.code == .recordTooLarge else { return .failed(error.description) }
        if isAlone { return .held(error.message) }
        singles = 256
        return .failed(error.description)
    }

    /// What the old producer still holds is given up: sent late, it would overtake what the new one sends.
    private func renew() {
        producer?.abandon()
        producer = nil
    }
}

/// A notice as a CloudEvent on the topic of notices.
struct NoticeEvent: Encodable {
    struct Content: Encodable {
        struct Text: Encodable {
            let subject: String
            let body: String
        }

        let notice: String
        let rule: String
        let recipient: String
        let mechanism: String
        let occasion: OutgoingNotice.Occasion
        let ar: Text
        let en: Text
    }

    let specversion = "1.0"
    let id: String
    let source: String
    let type = "org.diwan.notice.issued.v1"
    let subject: String
    let datacontenttype = "application/json"
    let partitionkey: String
    let causesource: String
    let causeid: String
    let hops: Int
    let data: Content

    init(
        _ notice: OutgoingNotice, id: String, _ text: NoticeRenderer.Text, _ settings: WorkerSettings, plugin: String
    ) {
        self.id = id
        source = "urn:diwan:\(settings.deployment):\(plugin)"
        subject = notice.recipient
        partitionkey = notice.occasion.key
        causesource = notice.occasion.source
        causeid = notice.occasion.id
        hops = notice.occasion.hops + 1
        data = Content(
            notice: id, rule: notice.rule, recipient: notice.recipient, mechanism: notice.occasion.key,
            occasion: notice.occasion, ar: .init(subject: text.subject.ar, body: text.body.ar),
            en: .init(subject: text.subject.en, body: text.body.en))
    }
}

extension OutgoingEvent {
    /// The event in structured mode. `data` is JSON already, so it is put in place as it is.
    fileprivate var structured: String {
        struct Attributes: Encodable {
            let specversion = "1.0"
            let id, source, type: String
            let subject: String?
            let datacontenttype = "application/json"
            let partitionkey, causesource, causeid: String
            let hops: Int
        }
        let attributes = PayloadJSON.text(
            Attributes(
                id: id, source: source, type: type, subject: subject, partitionkey: key, causesource: causeSource,
                causeid: causeID, hops: hops))
        return "\(attributes.dropLast()),\"data\":\(data)}"
    }
}
