import KafkaClient
import Threads
import WorkerTesting

/// A record as bytes, whatever they mean.
struct RawRecord: Sendable {
    var key: [UInt8]?
    var value: [UInt8]?
    var headers: [KafkaClient.RecordHeader] = []

    init(key: String?, value: [UInt8]?, headers: [KafkaClient.RecordHeader] = []) {
        self.key = key.map { Array($0.utf8) }
        self.value = value
        self.headers = headers
    }
}

extension TestDeployment {
    /// Produces records in order and waits until Kafka has them.
    func produce(_ records: [RawRecord], topic: String? = nil) throws {
        let producer = try Producer(kafka)
        defer { producer.close(timeout: .seconds(5)) }
        for record in records {
            try producer.produce(
                topic: topic ?? topics.events, key: record.key, value: record.value, headers: record.headers)
        }
        let deadline = MonotonicClock.deadline(after: .seconds(60))
        var left = records.count
        while left > 0 {
            switch producer.next(timeout: MonotonicClock.remaining(until: deadline)) {
            case .delivered(let reports):
                for report in reports { if let error = report.error { throw error } }
                left -= reports.count
            case .error(let error): throw error
            case nil: throw Diwan.Unexpected("\(left) records were not confirmed within 60 s")
            default: continue
            }
        }
    }
}
