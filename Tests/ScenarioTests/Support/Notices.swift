import Foundation
import KafkaClient
import Threads
import WorkerTesting

extension TestDeployment {
    /// The ids of all notices on the topic, in the order of their partitions; an id that was sent again stands twice.
    func noticeIDs() throws -> [String] {
        struct Notice: Decodable { let id: String }
        return try values(of: topics.notices).map { value in
            try JSONDecoder().decode(Notice.self, from: Data(value ?? [])).id
        }
    }

    /// The values of all records that a topic holds now; nil for a tombstone.
    func values(of topic: String) throws -> [[UInt8]?] {
        let consumer = try Consumer(kafka, group: "reading-\(UUID().uuidString)")
        defer { consumer.close(timeout: .seconds(5)) }
        let partitions = try consumer.metadata(topic: topic, timeout: .seconds(20)).topic(topic)?.partitions ?? []
        var awaited: Set<TopicPartition> = []
        for partition in partitions {
            let place = TopicPartition(topic, partition.id)
            let ends = try consumer.watermarks(place, timeout: .seconds(20))
            if ends.high > ends.low { awaited.insert(place) }
        }
        try consumer.assign(awaited.map { TopicPartitionOffset($0, .beginning) })
        let deadline = MonotonicClock.deadline(after: .seconds(60))
        var values: [[UInt8]?] = []
        while !awaited.isEmpty {
            switch consumer.next(timeout: MonotonicClock.remaining(until: deadline)) {
            case .records(let batch): values += batch.map { $0.valueBytes }
            case .endOfPartition(let place, _, _): awaited.remove(place)
            case .error(let error): throw error
            case nil: throw Diwan.Unexpected("the topic \(topic) could not be read to its end within 60 s")
            default: continue
            }
        }
        return values
    }
}
