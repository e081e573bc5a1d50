import Testing
import Threads
import WorkerTesting

@testable import WorkerRuntime

@Suite struct ByteBudgetTests {
    @Test func `what is held counts until nobody refers to it`() {
        let budget = ByteBudget(100)
        var first = budget.hold(60, timeout: .zero)
        #expect(first != nil)
        #expect(budget.hold(41, timeout: .zero) == nil)
        let second = budget.hold(40, timeout: .zero)
        #expect(second != nil)
        first = nil
        #expect(budget.hold(60, timeout: .zero) != nil)
        withExtendedLifetime(second) {}
    }

    @Test func `what is greater than the budget gets it alone`() {
        let budget = ByteBudget(100)
        var small = budget.hold(1, timeout: .zero)
        #expect(budget.hold(500, timeout: .milliseconds(10)) == nil)
        small = nil
        #expect(small == nil && budget.hold(500, timeout: .zero) != nil)
    }

    @Test func `who waits gets its part when it is given back`() async throws {
        try await onOwnThread {
            let budget = ByteBudget(100)
            let held = OneShot<ByteBudget.Hold?>()
            var first = budget.hold(100, timeout: .zero)
            let waiter = try OSThread.start(name: "waiter") { held.give(budget.hold(50, timeout: .seconds(20))) }
            #expect(held.wait(timeout: .milliseconds(50)) == nil)
            #expect(first != nil)
            first = nil
            #expect(held.wait(timeout: .seconds(20)).flatMap { $0 } != nil)
            waiter.join()
        }
    }
}
