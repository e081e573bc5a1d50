import Configuration
import EventCatalogue
import KafkaClient
import Threads
import WorkerRuntime

extension Deployment {
    /// The configuration in the runtime's terms.
    func workerSettings(reachesKafka: Bool = true) throws -> WorkerSettings {
        let configuration = configuration
        let topics = configuration.topics.compactMap { topic -> WorkerSettings.Topic? in
            let role: WorkerSettings.Topic.Role
            switch topic.role {
            case .events: role = .events
            case .people: role = .people
            case .notices, .deadLetters: return nil
            }
            return WorkerSettings.Topic(
                name: topic.name, role: role, isOwn: topic.isOwn, readsHeaderless: topic.headerless == .structured,
                isTrusted: topic.validation == .trusted, isJournaled: topic.isJournaled)
        }
        let plugins = configuration.plugins.filter(\.value.isEnabled).mapValues {
            WorkerSettings.Plugin(
                activatesAtBeginning: $0.activation == .beginning, acceptsGap: $0.start == .earliestAvailable,
                validFor: $0.validFor.map { $0.wholeNanoseconds / 1_000_000 }, attempts: $0.attempts,
                backoff: Int($0.backoff.wholeMilliseconds),
                handlerTimeout: Int($0.handlerTimeout.wholeMilliseconds))
        }
        var settings = WorkerSettings(
            deployment: configuration.deployment,
            kafka: reachesKafka ? try kafka() : KafkaConfiguration(bootstrapServers: []), topics: topics,
            plugins: plugins,
            noticesTopic: configuration.delivery.kafka?.topic,
            maildir: configuration.delivery.maildir.map {
                WorkerSettings.Maildir(folder: $0.folder, sender: $0.sender)
            }, eventBytes: configuration.limits.eventBytes, memoryBytes: configuration.limits.memoryBytes,
            batchEvents: configuration.limits.batchEvents, dedupes: configuration.dedupe.isEnabled,
            dedupeWindow: configuration.dedupe.window.wholeNanoseconds / 1_000_000,
            drain: Int(configuration.worker.drain.wholeMilliseconds),
            commitInterval: Int(configuration.worker.commitInterval.wholeMilliseconds),
            lanes: configuration.worker.lanes,
            staticMember: configuration.worker.isStatic ? configuration.worker.id : nil,
            deadLetterTopic: configuration.topics(.deadLetters).first?.name)
        settings.name = configuration.worker.id
        settings.parkedPerSequence = configuration.limits.parkedPerSequence
        settings.parkedInAll = configuration.limits.parked
        return settings
    }

    var log: WorkerLog {
        let level: WorkerLog.Level =
            switch configuration.log.level {
            case .error: .error
            case .warning: .warning
            case .info: .info
            case .debug: .debug
            }
        return log(from: level)
    }

    /// A log that says nothing below a level.
    func log(from level: WorkerLog.Level) -> WorkerLog {
        WorkerLog(
            level: level,
            sink: configuration.log.format == .json ? WorkerLog.standardErrorJSON : WorkerLog.standardError)
    }

    /// - Parameter reachesKafka: false for work on the store alone, which no absent broker may hinder.
    func worker(reachesKafka: Bool = true) throws -> Worker {
        Worker(
            settings: try workerSettings(reachesKafka: reachesKafka), packages: packages,
            catalogue: try Catalogue.load(), provider: provider,
            log: log)
    }
}
