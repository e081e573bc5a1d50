import Foundation

/// The environment of this process.
enum ProcessEnvironment {
    /// Those with our prefix that override no field of the configuration, and are no misspelling of one.
    static let ownVariables: Set<String> = [
        "DIWAN_CONFIG", "DIWAN_CRASH_AT", "DIWAN_HANG_AT", "DIWAN_BREAK", "DIWAN_TEST_PLUGINS", "DIWAN_SKIP_PACKAGES",
    ]

    static var variables: [String: String] { ProcessInfo.processInfo.environment }
}
