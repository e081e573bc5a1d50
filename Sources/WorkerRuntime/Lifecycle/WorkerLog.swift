import Glibc

/// Where the worker says what it does: lines on standard error, as text or as JSON. May be used by many threads.
public struct WorkerLog: Sendable {
    public enum Level: Int, Sendable, Comparable, CaseIterable {
        case debug, info, warning, error

        public static func < (left: Level, right: Level) -> Bool { left.rawValue < right.rawValue }

        var name: String { "\(self)" }
    }

    private let level: Level
    private let sink: @Sendable (Level, _ component: String, _ message: String) -> Void
    private let component: String

    /// - Parameter sink: takes each line that reaches `level`; `standardError` by default.
    public init(
        level: Level, component: String = "worker",
        sink: @escaping @Sendable (Level, _ component: String, _ message: String) -> Void = WorkerLog.standardError
    ) {
        self.level = level
        self.component = component
        self.sink = sink
    }

    /// The same log under another component's name.
    public func named(_ component: String) -> WorkerLog { WorkerLog(level: level, component: component, sink: sink) }

    public func debug(_ message: @autoclosure () -> String) { write(.debug, message) }
    public func info(_ message: @autoclosure () -> String) { write(.info, message) }
    public func warning(_ message: @autoclosure () -> String) { write(.warning, message) }
    public func error(_ message: @autoclosure () -> String) { write(.error, message) }

    private func write(_ level: Level, _ message: () -> String) {
        if level >= self.level { sink(level, component, message()) }
    }

    /// `2026-03-01T10:00:00.000Z info worker: message`, in one write, with control characters escaped (no line of a
    /// log can be forged by what a record holds).
    public static let standardError: @Sendable (Level, String, String) -> Void = { level, component, message in
        put("\(UTCTime.text(UTCTime.now)) \(level.name) \(component): \(escaped(message))\n")
    }

    /// One JSON object a line with `time`, `level`, `component` and `message`.
    public static let standardErrorJSON: @Sendable (Level, String, String) -> Void = { level, component, message in
        struct Line: Encodable { let time, level, component, message: String }
        put(
            PayloadJSON.text(
                Line(
                    time: UTCTime.text(UTCTime.now), level: level.name, component: component, message: escaped(message))
            )
                + "\n")
    }

    private static func put(_ line: String) {
        var line = line
        line.withUTF8 { bytes in _ = Glibc.write(2, bytes.baseAddress, bytes.count) }
    }

    private static func escaped(_ message: String) -> String {
        var result = ""
        for scalar in message.unicodeScalars {
            switch scalar.value {
            case 0x0a: result += "\\n"
            case 0..<0x20, 0x7f..<0xa0, 0x200e, 0x200f, 0x202a...0x202e, 0x2066...0x2069, 0x061c, 0xfeff:
                result += "\\u{\(String(scalar.value, radix: 16))}"
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }
}
