import Foundation
import Testing
import Threads

@Suite(.timeLimit(.minutes(1))) struct ThreadsTests {
    @Test func `a thread carries its name and is waited for`() throws {
        let name = OneShot<String>()
        let thread = try OSThread.start(name: "a-name-longer-than-fifteen") {
            name.give((try? String(contentsOfFile: "/proc/thread-self/comm", encoding: .utf8)) ?? "")
        }
        thread.join()
        thread.join()
        #expect(name.wait(timeout: .zero) == "a-name-longer-t\n")
    }

    @Test func `every element put by many threads is taken once, and each thread's in order`() throws {
        let queue = BlockingQueue<(thread: Int, number: Int)>(capacity: 3)
        let threads = try (0..<4).map { thread in
            try OSThread.start(name: "put") {
                for number in 0..<500 { queue.put((thread, number)) }
            }
        }
        var next = [0, 0, 0, 0]
        for _ in 0..<2_000 {
            let element = try #require(queue.take(timeout: .seconds(10)))
            #expect(element.number == next[element.thread])
            next[element.thread] += 1
            #expect(queue.count <= 3)
        }
        for thread in threads { thread.join() }
        #expect(queue.tryTake() == nil)
    }

    @Test func `a full queue refuses, a closed one is drained and then gives nothing`() {
        let queue = BlockingQueue<Int>(capacity: 2)
        #expect(queue.tryPut(1) && queue.tryPut(2) && !queue.tryPut(3))
        #expect(!queue.put(3, timeout: .milliseconds(20)))
        queue.close()
        #expect(!queue.put(4))
        #expect(queue.take() == 1 && queue.take() == 2 && queue.take() == nil)
    }

    @Test func `closing wakes those who wait to put and to take`() throws {
        let full = BlockingQueue<Int>(capacity: 1)
        full.put(1)
        let empty = BlockingQueue<Int>(capacity: 1)
        let refused = OneShot<Bool>()
        let nothing = OneShot<Bool>()
        let putter = try OSThread.start(name: "put") { refused.give(!full.put(2)) }
        let taker = try OSThread.start(name: "take") { nothing.give(empty.take() == nil) }
        #expect(refused.wait(timeout: .milliseconds(50)) == nil && nothing.wait(timeout: .milliseconds(50)) == nil)
        full.close()
        empty.close()
        putter.join()
        taker.join()
        #expect(refused.wait(timeout: .zero) == true && nothing.wait(timeout: .zero) == true)
    }

    @Test func `taking all leaves an empty queue with room`() {
        let queue = BlockingQueue<Int>(capacity: 3)
        for number in 0..<3 { queue.put(number) }
        #expect(queue.take() == 0)
        #expect(queue.takeAll() == [1, 2] && queue.takeAll().isEmpty && queue.count == 0)
        #expect(queue.tryPut(9) && queue.take() == 9)
    }

    @Test func `a wait ends at its deadline, and a gate opens once for all`() throws {
        let gate = Gate()
        let start = MonotonicClock.now
        #expect(!gate.wait(timeout: .milliseconds(30)))
        #expect(MonotonicClock.now - start >= 30_000_000)
        let thread = try OSThread.start(name: "open") { gate.open() }
        #expect(gate.wait(timeout: .seconds(10)) && gate.isOpen && gate.wait())
        thread.join()
    }

    @Test func `the first value given counts, and one caller sets a flag`() {
        let value = OneShot<Int>()
        #expect(value.give(1) && !value.give(2) && value.wait() == 1)
        let flag = Flag()
        #expect(!flag.isSet && flag.set() && !flag.set() && flag.isSet)
    }

    @Test func `waits are rounded up and clamped, never overflowing`() {
        #expect(Duration.microseconds(1).wholeMilliseconds == 1)
        #expect(Duration.milliseconds(-5).wholeMilliseconds == 0)
        #expect(Duration.seconds(Int64.max).wholeMilliseconds == .max)
        #expect(Duration.seconds(Int64.max).wholeNanoseconds == .max)
        #expect(MonotonicClock.deadline(after: .seconds(Int64.max)) == nil)
        #expect(MonotonicClock.remaining(until: 0) == .zero)
    }
}
