import Bilingual
import Configuration
import EventCatalogue
import Foundation
import PluginKit
import ProjectionStore

/// The value that an operator puts in a dead letter's place.
enum EditedValue {
    private static let limit = 16 << 20

    /// - Parameter file: `-` for standard input.
    static func read(_ file: String) throws -> [UInt8] {
        let handle = file == "-" ? FileHandle.standardInput : FileHandle(forReadingAtPath: file)
        guard let handle, let data = try? handle.read(upToCount: limit + 1) else {
            throw CommandFailure(.noInput, "\(file) cannot be read: is it there, and may you read it?")
        }
        guard data.count <= limit else { throw CommandFailure(.dataErr, "\(file) is longer than any event") }
        // Editors end a file with a line break; an event does not.
        return Array(data.last == UInt8(ascii: "\n") ? data.dropLast() : data)
    }

    /// Checks it as the worker would check the record with this value.
    static func check(_ value: [UInt8], in letter: DeadLetterDraft, _ deployment: Deployment) throws {
        guard !value.isEmpty else { throw refusal("empty-value", "the new value is empty; discard the letter instead") }
        guard value != letter.value else {
            throw refusal("unchanged", "the new value is the one that the record has; redrive it instead")
        }
        let catalogue = try Catalogue.load()
        switch decode(value, letter, catalogue, settings(letter.partition.topic, deployment)) {
        case .event: return
        case .unknownType(let name):
            let near = NearestName.find(String(name), among: catalogue.types.map(\.name)).map { "did you mean \($0)?" }
            throw refusal("unknown-type", "no type \(String(name)) is known; \(near ?? "see 'diwan events list'")")
        case .tombstone: throw refusal("empty-value", "an event has a value")
        case .refused(let found): throw refusal(found.reason.rawValue, found.detail)
        }
    }

    private static func refusal(_ reason: String, _ detail: String) -> CommandFailure {
        CommandFailure(.dataErr, "the new value is not taken: \(reason): \(detail)")
    }

    private static func settings(_ topic: String, _ deployment: Deployment) -> TopicSettings {
        let limit = deployment.configuration.limits.eventBytes
        guard let topic = deployment.configuration.topics.first(where: { $0.name == topic }) else {
            return TopicSettings(eventBytes: limit)
        }
        // Checked in full whatever the topic says: a person wrote this.
        return TopicSettings(
            ownTopic: topic.isOwn, headerless: topic.headerless == .structured ? .structured : .refused,
            validation: .full, eventBytes: limit)
    }

    private static func decode(
        _ value: [UInt8], _ letter: DeadLetterDraft, _ catalogue: EventCatalogue, _ settings: TopicSettings
    ) -> DecodeOutcome {
        // The decoder borrows: everything lies in one buffer while it reads.
        var bytes: [UInt8] = []
        var ranges: [(name: Range<Int>, value: Range<Int>?)] = []
        func put(_ part: [UInt8]) -> Range<Int> {
            bytes += part
            return bytes.count - part.count..<bytes.count
        }
        for header in letter.headers { ranges.append((put(Array(header.name.utf8)), header.value.map(put))) }
        let key = letter.key.map(put)
        let whole = put(value)
        let arena = EventDecoder.makeArena(byteCapacity: value.count * 2 + 64, nodeCapacity: 256)
        var decoder = EventDecoder(catalogue: catalogue)
        return bytes.withUnsafeBytes { all in
            let headers = ranges.map { range in
                BorrowedHeader(
                    name: UnsafeRawBufferPointer(rebasing: all[range.name]),
                    value: range.value.map { UnsafeRawBufferPointer(rebasing: all[$0]) })
            }
            return headers.withUnsafeBufferPointer { headers in
                decoder.decode(
                    RecordInput(
                        key: key.map { UnsafeRawBufferPointer(rebasing: all[$0]) },
                        value: UnsafeRawBufferPointer(rebasing: all[whole]), headers: headers,
                        position: RecordPosition(
                            topic: letter.partition.topic, partition: letter.partition.partition,
                            offset: letter.offset, timestamp: letter.timestamp), settings: settings), into: arena)
            }
        }
    }

    /// Lines to compare: JSON with its members in order, anything else as it is.
    static func pretty(_ bytes: [UInt8]) -> [String] {
        let options: JSONSerialization.WritingOptions = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        let data = Data(bytes)
        if let object = try? JSONSerialization.jsonObject(with: data),
            let text = try? JSONSerialization.data(withJSONObject: object, options: options)
        {
            return String(decoding: text, as: UTF8.self).split(separator: "\n").map { TerminalText.escaped(String($0)) }
        }
        return ByteView.lines(bytes).split(separator: "\n", omittingEmptySubsequences: false).map { String($0) }
    }
}

/// What goes and what comes between two texts.
enum TextDifference {
    /// Lines that differ, with `- ` and `+ ` before them, and with the lines about them.
    static func lines(_ old: [String], _ new: [String]) -> [String] {
        let difference = new.difference(from: old)
        var removed: Set<Int> = []
        var inserted: Set<Int> = []
        for change in difference {
            switch change {
            case .remove(let offset, _, _): removed.insert(offset)
            case .insert(let offset, _, _): inserted.insert(offset)
            }
        }
        var all: [(mark: String, text: String)] = []
        var (left, right) = (0, 0)
        while left < old.count || right < new.count {
            if left < old.count, removed.contains(left) {
                all.append(("- ", old[left]))
                left += 1
            } else if right < new.count, inserted.contains(right) {
                all.append(("+ ", new[right]))
                right += 1
            } else {
                all.append(("  ", left < old.count ? old[left] : new[right]))
                left += 1
                right += 1
            }
        }
        let changed = all.indices.filter { all[$0].mark != "  " }
        return all.indices.filter { index in changed.contains { abs($0 - index) <= 2 } }
            .map { all[$0].mark + all[$0].text }
    }
}
