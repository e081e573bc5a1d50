import EventCatalogue
import PluginKit
import ProjectionStore

extension DecodeStage {
    /// Decodes the record of a dead letter, as it is kept, at the place it came from: with its own timestamp, so that
    /// silence is decided as it would have been (rule 30).
    func decode(_ letter: DeadLetterDraft, into arena: EventArena) -> DecodedRecord.Content {
        let position = RecordPosition(
            topic: letter.partition.topic, partition: letter.partition.partition, offset: letter.offset,
            timestamp: letter.timestamp)
        var bytes: [UInt8] = []
        var places: [(name: Range<Int>, value: Range<Int>?)] = []
        for header in letter.headers {
            let start = bytes.count
            bytes += Array(header.name.utf8)
            let middle = bytes.count
            if let value = header.value { bytes += value }
            places.append((start..<middle, header.value == nil ? nil : middle..<bytes.count))
        }
        return bytes.withUnsafeBytes { all in
            let headers = places.map { place in
                BorrowedHeader(
                    name: UnsafeRawBufferPointer(rebasing: all[place.name]),
                    value: place.value.map { UnsafeRawBufferPointer(rebasing: all[$0]) })
            }
            return withBytes(letter.key) { key in
                withBytes(letter.value) { value in
                    decode(key: key, value: value, headers: headers, at: position, into: arena)
                }
            }
        }
    }

    private func withBytes<Result>(_ bytes: [UInt8]?, _ body: (UnsafeRawBufferPointer?) -> Result) -> Result {
        guard let bytes else { return body(nil) }
        return bytes.withUnsafeBytes { body($0) }
    }
}
