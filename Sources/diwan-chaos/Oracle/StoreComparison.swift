import ProjectionStore

/// Timers, meetings and what the store says of itself.
extension Comparison {
    // MARK: What was redriven

    mutating func compareMeetings() throws {
        var found: [String: [String: [String]]] = [:]
        for row in try rows("chaos-meetings") where row.count == 5 { found[row[0], default: [:]][row[1]] = row }
        for (key, meetings) in oracle.meetings.sorted(by: { $0.key < $1.key }) {
            for (meeting, expected) in meetings.sorted(by: { $0.key < $1.key }) {
                let row = found[key]?.removeValue(forKey: meeting) ?? [key, meeting, "0", "0", "0"]
                verdict.compare("events of \(meeting)", found: Int(row[3]) ?? 0, expected: Int(expected))
                verdict.reorder(Int(row[4]) ?? 0, "\(meeting) took events out of turn (\(row.joined(separator: ",")))")
            }
        }
        let strange = found.values.flatMap(\.keys).sorted()
        verdict.double(strange.count, "meetings that had no event: \(strange)")
    }

    mutating func compareLetters(_ watch: Watch) throws {
        let found: [DeadLetter]? = watch.ask { store in
            var letters: [DeadLetter] = []
            while true {
                let page = try store.deadLetters(limit: 1000, after: letters.last?.number ?? 0)
                if page.isEmpty { return letters }
                letters += page
            }
        }
        guard let found else { throw ChaosFailure("the store cannot be read") }
        letters = found.count
        var staying: [String: Int] = [:]
        for letter in found {
            let id = letter.content.id ?? ""
            if letter.state == .redriven, oracle.meetingIDs.contains(id) {
                redriven += 1
            } else if oracle.meetingIDs.contains(id) {
                verdict.lose(
                    1, "\(id) is still \(letter.state.rawValue) among the dead letters: \(letter.content.detail)")
            } else {
                staying[id, default: 0] += 1
            }
        }
        for id in Set(staying.keys).union(oracle.letters.keys).sorted() {
            let name = id.isEmpty ? "records that are no event" : id
            verdict.compare("dead letters of \(name)", found: staying[id] ?? 0, expected: oracle.letters[id] ?? 0)
        }
    }

    // MARK: Timers

    /// What the firings wrote: each timer that is due has rung once, at the right place, for what set it last.
    mutating func compareAlarms() throws {
        var found: [String: [String: [String]]] = [:]
        for row in try rows("chaos-alarms") where row.count == 6 { found[row[0], default: [:]][row[1]] = row }
        for (key, expected) in oracle.alarms.sorted(by: { $0.key < $1.key }) {
            for (name, alarm) in expected.sorted(by: { $0.key < $1.key }) {
                let row = found[key]?.removeValue(forKey: name) ?? [key, name, "0", "", "", ""]
                let text = row.joined(separator: ",")
                let count = Int(row[2]) ?? 0
                alarms += count
                verdict.compare("\(name) of \(key) rang (\(text))", found: count, expected: 1)
                guard count == 1 else { continue }
                let step = Int64(row[4]) ?? -1
                let isInTurn = alarm.isAtOnce ? step == alarm.setter : step >= alarm.setter
                if Int64(row[3]) != alarm.setter || row[5] != alarm.due || !isInTurn {
                    verdict.reorder(1, "\(name) of \(key) is \(text) instead of \(alarm)")
                }
            }
        }
        let strange = found.flatMap { key, names in names.keys.map { "\($0) of \(key)" } }.sorted()
        verdict.double(strange.count, "timers rang that were moved or cancelled: \(strange.prefix(5))")
    }

    /// What the store keeps of them: those that are not due, and one entry of the log for each that fired.
    mutating func compareTimers(_ watch: Watch) throws {
        let found: (waiting: [TimerDraft], fired: [LoggedFiring])? = watch.ask { store in
            var waiting: [TimerDraft] = []
            while true {
                let page = try store.timers(limit: 1000, after: waiting.last)
                if page.isEmpty { break }
                waiting += page
            }
            var fired: [LoggedFiring] = []
            while true {
                let page = try store.firings(limit: 1000, after: fired.last?.number ?? 0)
                if page.isEmpty { return (waiting, fired) }
                fired += page
            }
        }
        guard let found else { throw ChaosFailure("the store cannot be read") }
        let waiting = Set(found.waiting.map { "\($0.name) of \($0.owner)" })
        let expected = Set(oracle.silent.flatMap { key, names in names.keys.map { "\($0) of \(key)" } })
        verdict.compare("timers that wait", found: waiting, expected: expected)
        var counts: [String: Int] = [:]
        for firing in found.fired { counts["\(firing.content.name) of \(firing.content.owner)", default: 0] += 1 }
        let rung = Set(oracle.alarms.flatMap { key, names in names.keys.map { "\($0) of \(key)" } })
        verdict.compare("timers in the log of firings", found: Set(counts.keys), expected: rung)
        for (name, count) in counts.sorted(by: { $0.key < $1.key }) {
            verdict.double(count - 1, "\(name) is in the log of firings \(count) times")
        }
    }

    // MARK: Counters

    /// - Parameter repeats: nil where the worker does not look for them.
    mutating func compareCounters(_ watch: Watch, _ repeats: Int?) throws {
        guard let counters = watch.ask({ try $0.counters() }) else { throw ChaosFailure("the store cannot be read") }
        if let repeats {
            verdict.compare("counted repeats", found: Int(counters[StoreCounter.duplicates] ?? 0), expected: repeats)
        }
        verdict.compare("tombstones", found: Int(counters[StoreCounter.tombstones] ?? 0), expected: oracle.tombstones)
        verdict.compare(
            "events of a type that nobody knows", found: Int(counters[StoreCounter.unknownType(Act.unknownType)] ?? 0),
            expected: oracle.unknown)
    }
}
