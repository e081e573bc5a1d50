import Bilingual
import Configuration
import KafkaClient
import ProjectionStore
import WorkerRuntime

/// Says of every error with which code of `sysexits.h` a command ends, and what it says.
enum FailureReading {
    static func read(_ error: any Error) -> CommandFailure {
        switch error {
        case let failure as CommandFailure: failure
        case let error as UsageError: CommandFailure(error.exitCode, error.description)
        case let error as ConfigurationError: CommandFailure(error.exitCode, error.description)
        case let error as KafkaError: CommandFailure(code(error), error.description)
        case let error as StoreError: CommandFailure(code(error), error.message)
        case let failure as WorkerFailure: CommandFailure(code(failure), failure.message)
        case let error as BilingualError: CommandFailure(.software, error.description)
        default: CommandFailure(.software, "\(error); this is a defect in Diwan, please report it")
        }
    }

    static func code(_ error: KafkaError) -> ExitCode {
        switch error.code {
        case .unknownOption, .invalidValue, .controlledOption, .secretUnavailable: .config
        case .brokerUnreachable, .topicMissing, .tlsFailure, .timedOut: .unavailable
        case .authentication, .authorization: .noPerm
        case .recordTooLarge: .dataErr
        case .queueFull, .fenced: .tempFail
        case .topicExists, .offsetOutOfRange: .dataErr
        case .fatal, .closed, .other: .ioErr
        }
    }

    static func code(_ error: StoreError) -> ExitCode {
        switch error.code {
        case .held, .retry, .replaced: .tempFail
        case .unavailable, .absent: .unavailable
        case .newer: .config
        case .notWritable: .cantCreat
        case .corrupt: .ioErr
        case .constraint, .query, .schema: .software
        }
    }

    static func code(_ failure: WorkerFailure) -> ExitCode {
        switch failure.kind {
        case .topicMissing: .unavailable
        case .credentials: .noPerm
        case .storeNotWritable: .cantCreat
        case .storeNewer, .configuration: .config
        case .storeHeld: .tempFail
        case .storeCorrupt: .ioErr
        case .software, .drainTimedOut: .software
        case .systemLimits: .osErr
        }
    }
}
