import Foundation
import PluginKit
import ProjectionStore

/// A notice as it lies in the outbox: without name, address and language of its recipient, which are looked up when it
/// is sent (rule 14), and without rendered text, so that a corrected message reaches what still waits.
struct OutgoingNotice: Codable, Sendable, Equatable {
    struct Occasion: Codable, Sendable, Equatable {
        let source: String
        let id: String
        let type: String
        let key: String
        let hops: Int
    }

    enum Argument: Codable, Sendable, Equatable {
        case text(String)
        case localized(ar: String, en: String)
        case integer(Int64)
        case date(String)

        init(_ argument: NoticeArgument) {
            switch argument {
            case .text(let text): self = .text(text)
            case .localized(let ar, let en): self = .localized(ar: ar, en: en)
            case .integer(let value): self = .integer(value)
            case .date(let date): self = .date(date)
            }
        }
    }

    let rule: String
    let recipient: String
    let occurrence: String
    let occasion: Occasion
    let subjectMessage: String
    let bodyMessage: String
    let arguments: [String: Argument]

    /// The outbox message of a notice on one channel.
    static func draft(
        _ notice: Notice, _ rule: NoticeRule, validFor: Int64, channel: String, cause: Cause, _ now: Int64
    ) -> OutboxDraft {
        let occurrence = cause.occurrence(notice.occurrence)
        let payload = OutgoingNotice(
            rule: rule.name, recipient: notice.recipient, occurrence: occurrence,
            occasion: Occasion(
                source: cause.source, id: cause.id, type: cause.type, key: cause.key, hops: cause.hops),
            subjectMessage: rule.subjectMessage, bodyMessage: rule.bodyMessage,
            arguments: notice.arguments.mapValues { Argument($0) })
        let base = cause.moment >= 0 ? cause.moment : now
        return OutboxDraft(
            partition: cause.partition,
            id: MessageID.make(
                source: cause.source, id: cause.id, rule: rule.name, recipient: notice.recipient, channel: channel,
                occurrence: occurrence),
            kind: .notice, destination: channel, key: cause.key, payload: PayloadJSON.text(payload),
            created: base, validUntil: base + validFor, recipient: notice.recipient)
    }
}

/// An event that a plugin emits, as it lies in the outbox.
struct OutgoingEvent: Codable, Sendable, Equatable {
    let topic: String
    let id: String
    let source: String
    let type: String
    let subject: String?
    let key: String
    let data: String
    let causeSource: String
    let causeID: String
    let hops: Int

    static func draft(_ event: EmittedEvent, cause: Cause, _ settings: LaneSettings, _ now: Int64) -> OutboxDraft {
        let id = MessageID.make(
            source: cause.source, id: cause.id, rule: "emit:\(settings.plugin):\(event.type)",
            recipient: event.key, channel: DestinationName.kafka, occurrence: cause.occurrence(event.occurrence))
        let payload = OutgoingEvent(
            topic: settings.emitTopic, id: id, source: "urn:diwan:\(settings.deployment):\(settings.plugin)",
            type: event.type, subject: event.subject, key: event.key, data: event.data, causeSource: cause.source,
            causeID: cause.id, hops: cause.hops + 1)
        return OutboxDraft(
            partition: cause.partition, id: id, kind: .event, destination: DestinationName.kafka, key: event.key,
            payload: PayloadJSON.text(payload), created: now, validUntil: nil)
    }
}

/// The names of destinations: they are part of message ids, so they never change.
enum DestinationName {
    static let kafka = "kafka"
    static let maildir = "maildir"
    static let deadLetters = "dead-letters"
}

/// Payloads of the outbox as JSON with sorted keys.
enum PayloadJSON {
    static func text(_ value: some Encodable) -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        // Strings, integers and structs of them always encode.
        guard let data = try? encoder.encode(value) else { return "{}" }
        return String(decoding: data, as: UTF8.self)
    }

    static func value<Value: Decodable>(_ type: Value.Type, _ text: String) throws(DeliveryFailure) -> Value {
        do {
            return try JSONDecoder().decode(type, from: Data(text.utf8))
        } catch {
            throw DeliveryFailure(
                .permanent, "the outbox holds a payload that this version cannot read: \(error)")
        }
    }
}
