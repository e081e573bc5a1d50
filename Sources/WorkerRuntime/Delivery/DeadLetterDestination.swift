import KafkaClient
import PluginKit
import ProjectionStore
import Threads

/// Copies dead letters to a topic for whoever watches there: key, value and headers as they came, and headers that say
/// why. The outbox only names the letter, so that an erased person's letters are gone from there as well.
///
/// At least once; the header `dead-letter-id` tells repeats. A value that the topic does not take is left out, and a
/// header says so. One thread, the sender's.
final class DeadLetterDestination: Destination {
    let name = DestinationName.deadLetters
    private let kafka: KafkaConfiguration
    private let topic: String
    private let plugin: String
    private let stopping: Flag
    private let makeReader: () throws -> any StoreReader
    private var reader: (any StoreReader)?
    private var producer: Producer?

    /// - Parameter stopping: set when nobody waits for the outcome any more.
    init(
        kafka: KafkaConfiguration, topic: String, plugin: String, stopping: Flag,
        makeReader: @escaping () throws -> any StoreReader
    ) {
        self.stopping = stopping
        self.kafka = kafka
        self.topic = topic
        self.plugin = plugin
        self.makeReader = makeReader
    }

    func close() {
        producer?.close(timeout: .seconds(3))
        reader?.close()
    }

    func deliver(_ messages: [OutboxMessage]) -> [DeliveryOutcome] {
        var outcomes = [DeliveryOutcome](repeating: .failed("not sent yet"), count: messages.count)
        do {
            let reader = try reader ?? makeReader()
            self.reader = reader
            let producer = try producer ?? Producer(kafka)
            self.producer = producer
            var copies: [Int: DeadLetterCopy] = [:]
            for (index, message) in messages.enumerated() {
                if let letter = try Self.letter(message, reader) {
                    copies[index] = DeadLetterCopy(letter, plugin: plugin, id: message.content.id)
                } else {
                    outcomes[index] = .closed("the letter is gone: its person was erased")
                }
            }
            try send(copies, through: producer, &outcomes)
        } catch {
            for index in outcomes.indices where outcomes[index].isOpen { outcomes[index] = .failed("\(error)") }
            renew()
        }
        return outcomes
    }

    private static func letter(_ message: OutboxMessage, _ reader: any StoreReader) throws -> DeadLetter? {
        let place = try PayloadJSON.value(DeadLetterPlace.self, message.content.payload)
        var filter = DeadLetterFilter()
        filter.topic = place.topic
        filter.partition = place.partition
        filter.offset = place.offset
        return try reader.deadLetters(filter, limit: 1, after: 0).first
    }

    private func send(_ copies: [Int: DeadLetterCopy], through producer: Producer, _ outcomes: inout [DeliveryOutcome])
        throws
    {
        var refused = try attempt(copies.keys.sorted(), copies, withValue: true, producer, &outcomes)
        // Small ones may have been refused with a large one of their batch: each alone, and then without its value.
        for index in refused {
            if try attempt([index], copies, withValue: true, producer, &outcomes).isEmpty { continue }
            _ = try attempt([index], copies, withValue: false, producer, &outcomes)
        }
        refused = []
    }

    /// - Returns: those that are too large.
    private func attempt(
        _ indices: [Int], _ copies: [Int: DeadLetterCopy], withValue: Bool, _ producer: Producer,
        _ outcomes: inout [DeliveryOutcome]
    ) throws -> [Int] {
        var awaited: Set<Int> = []
        var refused: [Int] = []
        for index in indices {
            guard let copy = copies[index] else { continue }
            do throws(KafkaError) {
                try producer.produce(
                    topic: topic, key: copy.letter.content.key, value: withValue ? copy.letter.content.value : nil,
                    headers: copy.headers(withValue: withValue), token: UInt64(index))
                awaited.insert(index)
            } catch {
                guard error.code == .recordTooLarge else {
                    if error.fatal { throw error }
                    outcomes[index] = .failed(error.description)
                    break
                }
                refused.append(index)
            }
        }
        var deadline = MonotonicClock.now + 60_000_000_000
        while !awaited.isEmpty {
            if stopping.isSet { deadline = min(deadline, MonotonicClock.now + 3_000_000_000) }
            guard MonotonicClock.now < deadline else {
                throw DeliveryFailure(.unavailable, "no delivery report in time")
            }
            switch producer.next(timeout: .seconds(1)) {
            case .delivered(let reports):
                for report in reports where awaited.remove(Int(report.token)) != nil {
                    let index = Int(report.token)
                    guard let error = report.error else {
                        outcomes[index] = .sent
                        continue
                    }
                    if error.fatal { throw error }
                    if error.code == .recordTooLarge { refused.append(index) }
                    outcomes[index] = .failed(error.description)
                }
            case .error(let error) where error.fatal: throw error
            case .closed: throw DeliveryFailure(.unavailable, "the producer was closed")
            default: break
            }
        }
        return refused.sorted()
    }

    private func renew() {
        producer?.close(timeout: .seconds(1))
        producer = nil
        reader?.close()
        reader = nil
    }
}

/// Which letter an outbox message is about.
struct DeadLetterPlace: Codable, Sendable, Equatable {
    let topic: String
    let partition: Int32
    let offset: Int64

    /// The message that has the letter copied. Its id is the record's and the plugin's, so a record is copied once
    /// however often it fails.
    static func draft(_ letter: DeadLetterDraft, plugin: String) -> OutboxDraft {
        let place = DeadLetterPlace(
            topic: letter.partition.topic, partition: letter.partition.partition, offset: letter.offset)
        return OutboxDraft(
            partition: letter.partition,
            id: MessageID.make(
                source: letter.partition.description, id: String(letter.offset), rule: "dead-letter", recipient: plugin,
                channel: DestinationName.deadLetters, occurrence: ""),
            kind: .deadLetter, destination: DestinationName.deadLetters, key: letter.partition.description,
            payload: PayloadJSON.text(place), created: letter.recorded, validUntil: nil)
    }
}

/// A letter as it goes to the topic.
struct DeadLetterCopy {
    let letter: DeadLetter
    private let plugin: String
    private let id: String

    init(_ letter: DeadLetter, plugin: String, id: String) {
        self.letter = letter
        self.plugin = plugin
        self.id = id
    }

    /// The record's own headers, and behind them what a reader needs to know.
    func headers(withValue: Bool) -> [KafkaClient.RecordHeader] {
        let content = letter.content
        var headers = content.headers.map { KafkaClient.RecordHeader($0.name, $0.value) }
        func add(_ name: String, _ value: String) { headers.append(.init("dead-letter-\(name)", Array(value.utf8))) }
        add("id", id)
        add("plugin", plugin)
        add("number", String(letter.number))
        add("reason", content.reason)
        add("detail", String(content.detail.prefix(4096)))
        add("topic", content.partition.topic)
        add("partition", String(content.partition.partition))
        add("offset", String(content.offset))
        add("attempts", String(letter.attempts))
        if !withValue {
            add("value", "left out: its \(content.value?.count ?? 0) bytes are more than this topic takes")
        }
        return headers
    }
}

extension DeliveryOutcome {
    fileprivate var isOpen: Bool { if case .failed = self { true } else { false } }
}
