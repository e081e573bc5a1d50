import Foundation
import Testing

@testable import WorkerRuntime

/// Times are read and written without Foundation; here Foundation checks that.
struct UTCTimeTests {

    @Test func `random times are written as Foundation writes them, and read back`() throws {
        let formatter = ISO8601DateFormatter()
        formatter.formatOptions = [.withInternetDateTime]
        var generator = SystemRandomNumberGenerator()
        for _ in 0..<3000 {
            // From 1900 to 2200; Foundation rounds milliseconds, so they are looked at apart.
            let seconds = Int64.random(in: -2_208_988_800...7_258_118_400, using: &generator)
            let milliseconds = Int64.random(in: 0...999, using: &generator)
            let text = UTCTime.text(seconds * 1000 + milliseconds)
            let expected = formatter.string(from: Date(timeIntervalSince1970: TimeInterval(seconds)))
            #expect(text.dropLast(5) == expected.dropLast(1), "\(seconds)")
            #expect(text.suffix(5) == "." + String(1000 + milliseconds).dropFirst() + "Z")
            #expect(UTCTime.milliseconds(text) == seconds * 1000 + milliseconds, "\(text)")
        }
    }

    @Test(arguments: [
        ("1970-01-01T00:00:00Z", 0), ("1969-12-31T23:59:59.999Z", -1), ("2000-02-29T12:00:00+02:00", 951_818_400_000),
        ("2026-11-21T10:00:00.123456789-05:30", 1_795_275_000_123), ("2016-12-31T23:59:60Z", 1_483_228_800_000),
        ("2026-01-01t00:00:00z", 1_767_225_600_000), ("2026-01-01T00:00:00.5Z", 1_767_225_600_500),
    ]) func `times of RFC 3339 are read`(_ text: String, _ milliseconds: Int64) {
        #expect(UTCTime.milliseconds(text) == milliseconds)
    }

    @Test(arguments: [
        "", "2026", "2026-01-01", "2026-01-01T00:00:00", "2026-13-01T00:00:00Z", "2026-00-01T00:00:00Z",
        "2026-02-29T00:00:00Z", "2026-04-31T00:00:00Z", "1900-02-29T00:00:00Z", "2026-01-00T00:00:00Z",
        "2026-01-01T24:00:00Z", "2026-01-01T00:60:00Z", "2026-01-01T00:00:61Z", "2026-01-01 00:00:00Z",
        "2026/01/01T00:00:00Z", "2026-01-01T00.00.00Z", "2026-01-01T00:00:00.Z", "2026-01-01T00:00:00+0200",
        "2026-01-01T00:00:00+02:0", "2026-01-01T00:00:00+24:00", "2026-01-01T00:00:00+02:60",
        "2026-01-01T00:00:00+02-00", "2026-01-01T00:00:00Z ", "+026-01-01T00:00:00Z", "2026-01-01T00:00:00.1",
        "٢٠٢٦-01-01T00:00:00Z",
    ]) func `anything else is no time`(_ text: String) {
        #expect(UTCTime.milliseconds(text) == nil)
    }

    @Test func `the clock is the machine's`() {
        let difference = UTCTime.now - Int64(Date().timeIntervalSince1970 * 1000)
        #expect(abs(difference) < 60_000)
    }
}
