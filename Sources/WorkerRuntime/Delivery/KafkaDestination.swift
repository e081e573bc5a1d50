import KafkaClient
import ProjectionStore
import Threads

/// Sends notices and emitted events as CloudEvents in structured mode through an idempotent producer (rules 11, 24).
///
/// A notice names its recipient by id and carries no address. When the producer is fatal or fenced it is made anew and
/// the same ids are sent again (rule 25).
final class KafkaDestination: Destination {
    let name = DestinationName.kafka
    private let settings: WorkerSettings
    private let topic: String
    private let renderer: NoticeRenderer
    private let plugin: String
    private var producer: Producer?

    /// - Throws: `KafkaError` for a wrong configuration.
    init(settings: WorkerSettings, topic: String, renderer: NoticeRenderer, plugin: String) throws {
        self.settings = settings
        self.topic = topic
        self.renderer = renderer
        self.plugin = plugin
        producer = try Producer(settings.kafka)
    }

    func close() { producer?.close(timeout: .seconds(3)) }

    func deliver(_ messages: [OutboxMessage]) -> [DeliveryOutcome] {
        var outcomes = [DeliveryOutcome](repeating: .failed("not sent yet"), count: messages.count)
        var awaited: Set<Int> = []
        do {
            let producer = try producer ?? Producer(settings.kafka)
            self.producer = producer
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
            try collectReports(&awaited, of: producer, &outcomes)
        } catch {
            for index in awaited { outcomes[index] = .failed(String(describing: error)) }
            renew()
        }
        return outcomes
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
        case .document:
            throw DeliveryFailure(.permanent, "this version does not publish documents")
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

    /// Takes reports until every record handed over has one. Unsent records behind a failed one fail too, since the
    /// idempotent producer keeps their order.
    private func collectReports(_ awaited: inout Set<Int>, of producer: Producer, _ outcomes: inout [DeliveryOutcome])
        throws
    {
        let deadline = MonotonicClock.now + 60_000_000_000
        while !awaited.isEmpty {
            guard MonotonicClock.now < deadline else {
                throw DeliveryFailure(.unavailable, "no delivery report within 60 s")
            }
            switch producer.next(timeout: .seconds(1)) {
            case .delivered(let reports):
                for report in reports {
                    let index = Int(report.token)
                    guard awaited.remove(index) != nil else { continue }
                    outcomes[index] = try outcome(report)
                }
            case .error(let error) where error.fatal: throw error
            case .closed: throw DeliveryFailure(.unavailable, "the producer was closed")
            default: break
            }
        }
    }

    private func outcome(_ report: DeliveryReport) throws(KafkaError) -> DeliveryOutcome {
        guard let error = report.error else { return .sent }
        if error.fatal { throw error }
        return error.code == .recordTooLarge ? .held(error.message) : .failed(error.description)
    }

    private func renew() {
        producer?.close(timeout: .seconds(1))
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
