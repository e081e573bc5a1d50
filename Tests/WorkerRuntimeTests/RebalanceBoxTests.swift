import Glibc
import KafkaClient
import Testing

@testable import WorkerRuntime

@Suite struct RebalanceBoxTests {
    private static let places = [TopicPartition("t", 0), TopicPartition("t", 1)]

    @Test func `what the group says comes in its order`() {
        let box = RebalanceBox()
        #expect(!box.isPending)
        #expect(box.take() == nil)
        box.add(.assigned(Self.places))
        box.add(.revoked(Self.places))
        #expect(box.isPending)
        #expect(box.take() == .assigned(Self.places))
        #expect(box.take() == .revoked(Self.places))
        #expect(!box.isPending)
    }

    @Test func `a revocation is answered once, by the lane or in its place`() {
        let box = RebalanceBox()
        #expect(!box.answerRevocation())
        box.add(.revoked(Self.places))
        #expect(!box.answerRevocation(olderThan: 60_000_000_000))
        #expect(box.take() == .revoked(Self.places))
        #expect(box.answerRevocation())
        #expect(!box.answerRevocation())
    }

    @Test func `a revocation that was answered in the lane's place comes as a loss`() {
        let box = RebalanceBox()
        box.add(.revoked(Self.places))
        usleep(2_000)
        #expect(box.answerRevocation(olderThan: 1_000_000))
        #expect(box.take() == .lost(Self.places))
        #expect(!box.answerRevocation())
    }
}
