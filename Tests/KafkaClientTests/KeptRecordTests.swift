import KafkaClient
import Testing

@Suite("Records that were kept") struct KeptRecordTests {
    @Test func `they are read as if they had been fetched`() {
        let records = [
            KeptRecord(
                offset: 7, timestamp: 12, key: Array("k".utf8),
                headers: [("a", Array("1".utf8)), ("b", nil), ("c", [])],
                value: Array("v".utf8)),
            KeptRecord(offset: 9, timestamp: -1, key: nil, headers: [], value: nil),
            KeptRecord(offset: 10, timestamp: 13, key: [], headers: [], value: []),
        ]
        let batch = RecordBatch(kept: records, of: TopicPartition("t", 3), generation: 5)
        #expect(batch.generation == 5 && batch.count == 3 && batch.byteCount == 2)
        #expect(batch.map(\.topic) == ["t", "t", "t"] && batch.map(\.partition) == [3, 3, 3])
        #expect(batch.map(\.offset) == [7, 9, 10] && batch.map(\.timestamp) == [12, -1, 13])
        #expect(batch.map(\.keyBytes) == [Array("k".utf8), nil, []])
        #expect(batch.map(\.valueBytes) == [Array("v".utf8), nil, []])
        #expect(batch.map(\.isTombstone) == [false, true, false] && batch.map(\.hasKey) == [true, false, true])
        #expect(batch.map(\.hasHeaders) == [true, false, false])
        #expect(batch[0].headers.map(\.name) == ["a", "b", "c"])
        #expect(batch[0].headers.map(\.value) == [Array("1".utf8), nil, []])
    }
}
