import Foundation

/// Times in milliseconds, as the benchmarks print them.
enum Latencies {
    /// Median, percentiles and the longest, as a JSON object.
    static func text(_ times: [Double]) -> String {
        let sorted = times.sorted()
        func at(_ share: Double) -> String {
            sorted.isEmpty ? "null" : short(sorted[min(sorted.count - 1, Int(Double(sorted.count) * share))])
        }
        return """
            {"events": \(times.count), "median_ms": \(at(0.5)), "p95_ms": \(at(0.95)), "p99_ms": \(at(0.99)), \
            "max_ms": \(at(1))}
            """
    }

    static func short(_ value: Double) -> String { String(format: "%.1f", value) }
}
