import Foundation
import WorkerTesting

extension ChildProcess {
    /// The most memory that it has held so far, in bytes (`VmHWM`).
    func peakMemory() throws -> Int {
        let status = try String(contentsOfFile: "/proc/\(processID)/status", encoding: .utf8)
        let line = status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") }
        guard
            let kilobytes = line?.split(whereSeparator: { $0 == " " || $0 == "\t" }).dropFirst().first.flatMap({
                Int($0)
            })
        else { throw Diwan.Unexpected("the process \(processID) has no VmHWM") }
        return kilobytes << 10
    }
}
