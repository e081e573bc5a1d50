import Foundation
import KafkaClient
import Threads

/// What lies in a topic: the messages that workers sent there, in order.
struct LogReading {
    /// How often each id came.
    private(set) var copies: [String: Int] = [:]
    /// By key, the numbers in the order in which they came for the first time.
    private(set) var firsts: [String: [Int64]] = [:]
    /// Records that are none of these messages.
    private(set) var others = 0

    var ids: Set<String> { Set(copies.keys) }
    var repeats: Int { copies.values.reduce(0) { $0 + $1 - 1 } }

    private struct Message: Decodable {
        struct Content: Decodable {
            let seq: Int64?
        }

        let id: String
        let partitionkey: String
        let data: Content
    }

    /// Reads a topic from its beginning to its end.
    ///
    /// - Parameter type: of the messages.
    init(_ site: Site, topic: String, partitions: Int32, type: String) throws {
        let admin = try Admin(site.kafkaConfiguration)
        defer { admin.close(timeout: .seconds(1)) }
        let consumer = try Consumer(site.kafkaConfiguration, group: "\(site.deployment).judge")
        defer { consumer.close(timeout: .seconds(2)) }
        var left: [Int32: Int64] = [:]
        for partition in 0..<partitions {
            let end = try admin.watermarks(TopicPartition(topic, partition), timeout: .seconds(30)).high
            if end > 0 { left[partition] = end }
        }
        try consumer.assign(left.keys.sorted().map { TopicPartitionOffset(topic, $0, .beginning) })
        let mark = Array("\"type\":\"\(type)\"".utf8)
        let deadline = MonotonicClock.deadline(after: .seconds(300))
        while !left.isEmpty {
            guard MonotonicClock.remaining(until: deadline) != .zero else {
                throw ChaosFailure("the topic \(topic) cannot be read to its end")
            }
            switch consumer.next(timeout: .seconds(1)) {
            case .records(let batch):
                for record in batch {
                    try take(record, mark)
                    if let end = left[record.partition], record.offset + 1 >= end { left[record.partition] = nil }
                }
            case .endOfPartition(let place, let offset, _):
                // A log may end in a mark that is no record.
                if let end = left[place.partition], offset >= end { left[place.partition] = nil }
            default: break
            }
        }
    }

    private mutating func take(_ record: Record, _ mark: [UInt8]) throws {
        guard let value = record.valueBytes, value.contains(mark) else {
            others += 1
            return
        }
        let message = try JSONDecoder().decode(Message.self, from: Data(value))
        let count = copies[message.id] ?? 0
        copies[message.id] = count + 1
        if count == 0, let number = message.data.seq { firsts[message.partitionkey, default: []].append(number) }
    }
}

/// Why a run cannot go on, or cannot be judged.
struct ChaosFailure: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}
