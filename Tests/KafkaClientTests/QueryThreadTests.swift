import Testing
import Threads

@testable import KafkaClient

@Suite(.timeLimit(.minutes(1))) struct QueryThreadTests {
    @Test func `a question that never ends is left behind, and those after it are answered`() async throws {
        try await blocking {
            let queries = QueryThread(name: "questions")
            let back = Gate()
            let hanging: @Sendable (Duration) -> Result<Int, KafkaError> = { _ in
                _ = back.wait()
                return .success(0)
            }
            for _ in 0..<3 {
                let result = Result { () throws(KafkaError) in
                    try queries.ask("hanging", timeout: .milliseconds(50), hanging)
                }
                #expect(throws: KafkaError.self) { try result.get() }
                let answer = try queries.ask("asked", timeout: .seconds(10)) { _ in .success(7) }
                #expect(answer == 7)
            }
            back.open()
            let answer = try queries.ask("asked", timeout: .seconds(10)) { _ in .success(8) }
            #expect(answer == 8)
            queries.close()
        }
    }
}
