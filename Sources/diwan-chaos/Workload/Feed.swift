import Foundation
import KafkaClient
import Synchronization
import Threads

/// Publishes the workload, in order, as fast as it is allowed to: on a thread of its own, through an idempotent producer.
final class Feed: Sendable {
    private struct State {
        var allowed = 0
        var trickles = false
        /// Records to be published at once, beyond what is allowed.
        var flood = 0
        /// How often all keys are to be cured, and were.
        var cures = (wanted: 0, done: 0)
        var isStopped = false
        var sent = 0
        var delivered = 0
        var failure: String?
        /// By partition: when records arrived there (monotonic), and where.
        var newest: [Int32: [(at: Int64, offset: Int64)]] = [:]
        var oracle: Oracle
    }

    private let state: Mutex<State>
    private let ended = Gate()
    private let rate: Int

    /// In reports: a record of the topic of people.
    private static let ofPeople: UInt64 = 1

    init(_ site: Site, _ options: ChaosOptions, source: String) throws {
        rate = options.rate
        state = Mutex(State(oracle: Oracle(source: source)))
        var kafka = site.kafkaConfiguration
        // A producer that ends because a broker died would leave it open what was taken, and in which order.
        kafka.maximumInFlight = 1
        let producer = try Producer(kafka)
        let workload = Workload(seed: options.seed, repeats: options.dedupes, now: Self.clock)
        let (events, people) = (site.events, site.people)
        _ = try OSThread.start(name: "feed", stackSize: 4 << 20) { [self] in
            run(producer, workload, source: source, events: events, people: people)
            producer.close(timeout: .seconds(5))
            ended.open()
        }
    }

    // MARK: What others ask

    /// Lets the feed go on up to so many records of the topic of events in all.
    func allow(_ count: Int) { state.withLock { $0.allowed = max($0.allowed, count) } }

    /// Lets a few records flow beyond what is allowed, so that it shows when they flow again.
    func trickle(_ on: Bool) { state.withLock { $0.trickles = on } }

    /// Publishes so many records as fast as it can, none of whose handlers reads anything.
    func flood(_ count: Int) { state.withLock { $0.flood += count } }

    var isFlooding: Bool { state.withLock { $0.flood > 0 } }

    /// Ends what makes events fail: they can be handled from then on.
    func cure() { state.withLock { $0.cures.wanted += 1 } }

    var sent: Int { state.withLock { $0.sent } }
    var failure: String? { state.withLock { $0.failure } }
    var oracle: Oracle { state.withLock { $0.oracle } }

    /// Whether all that is allowed lies in the log.
    var isSettled: Bool {
        state.withLock { state in
            state.delivered == state.sent + Workload.persons.count && state.sent >= state.allowed && !state.trickles
                && state.flood == 0 && state.cures.done == state.cures.wanted
        }
    }

    /// By partition, the first offset that arrived after a moment.
    func arrived(after moment: Int64) -> [Int32: Int64] {
        state.withLock { state in
            state.newest.compactMapValues { list in list.first { $0.at > moment }?.offset }
        }
    }

    func stop() {
        state.withLock { $0.isStopped = true }
        _ = ended.wait(timeout: .seconds(20))
    }

    // MARK: On its thread

    private func run(_ producer: Producer, _ workload: Workload, source: String, events: String, people: String) {
        var workload = workload
        for person in Workload.persons { send(.person(person), false, source, people, producer) }
        while failure == nil {
            let order = state.withLock { state in
                (
                    allowance: state.allowed - state.sent, trickles: state.trickles, flood: state.flood,
                    isToCure: state.cures.done < state.cures.wanted, isStopped: state.isStopped
                )
            }
            if order.isStopped { return }
            func next(isBlind: Bool = false) {
                let (act, isRepeat) = workload.next(isBlind: isBlind, now: Self.clock)
                send(act, isRepeat, source, events, producer)
            }
            // Behind everything that is poisoned.
            if order.isToCure, order.allowance <= 0, order.flood == 0 {
                for key in Workload.keys { send(workload.cure(key), false, source, events, producer) }
                state.withLock { $0.cures.done += 1 }
            }
            for _ in 0..<order.flood where failure == nil { next(isBlind: true) }
            state.withLock { $0.flood -= order.flood }
            // In pieces of 20 ms.
            let pace = order.allowance > 0 ? min(order.allowance, max(1, rate / 50)) : order.trickles ? 1 : 0
            for _ in 0..<pace where failure == nil { next() }
            let until = MonotonicClock.now + 20_000_000
            repeat { takeReports(producer, .milliseconds(5)) } while MonotonicClock.now < until
        }
    }

    /// The wall clock, milliseconds since 1970.
    private static var clock: Int64 { Int64(Date().timeIntervalSince1970 * 1000) }

    private func send(_ act: Act, _ isRepeat: Bool, _ source: String, _ topic: String, _ producer: Producer) {
        let value = act.value(source: source).map { Array($0.utf8) }
        let headers = value == nil ? [] : [RecordHeader("content-type", "application/cloudevents+json")]
        var isPerson = false
        if case .person = act { isPerson = true }
        var refused: KafkaError?
        repeat {
            refused = produce(topic, act.key, value, headers, isPerson, producer)
            if let refused {
                guard refused.code == .queueFull else { return fail("the trial's own producer failed: \(refused)") }
                takeReports(producer, .milliseconds(100))
            }
        } while refused != nil && failure == nil
        state.withLock { state in
            if !isPerson { state.sent += 1 }
            state.oracle.take(act, isRepeat: isRepeat)
        }
    }

    private func produce(
        _ topic: String, _ key: String, _ value: [UInt8]?, _ headers: [RecordHeader], _ isPerson: Bool,
        _ producer: Producer
    ) -> KafkaError? {
        do throws(KafkaError) {
            try producer.produce(
                topic: topic, key: Array(key.utf8), value: value, headers: headers,
                token: isPerson ? Self.ofPeople : 0)
            return nil
        } catch {
            return error
        }
    }

    private func takeReports(_ producer: Producer, _ patience: Duration) {
        switch producer.next(timeout: patience) {
        case .delivered(let reports):
            let now = MonotonicClock.now
            state.withLock { state in
                for report in reports {
                    if let error = report.error {
                        state.failure = state.failure ?? "the trial's own producer lost a record: \(error)"
                        continue
                    }
                    state.delivered += 1
                    guard let offset = report.offset, report.token != Self.ofPeople else { continue }
                    var list = state.newest[report.partition] ?? []
                    list.append((now, offset))
                    if list.count > 4000 { list.removeFirst(2000) }
                    state.newest[report.partition] = list
                }
            }
        case .error(let error) where error.fatal: fail("the trial's own producer cannot go on: \(error)")
        default: break
        }
    }

    private func fail(_ reason: String) { state.withLock { $0.failure = $0.failure ?? reason } }
}
