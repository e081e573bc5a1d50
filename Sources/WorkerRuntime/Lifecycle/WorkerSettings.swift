public import KafkaClient
import PluginKit
import Threads

/// What a worker needs to run, in the runtime's own terms; the command line makes it from the configuration.
public struct WorkerSettings: Sendable {
    public struct Topic: Sendable {
        public enum Role: Sendable { case events, people }

        public let name: String
        public let role: Role
        /// Our own topic: keys are checked (rule 1).
        public let isOwn: Bool
        /// Records without content-type and `ce_` headers are read as structured (rule 2).
        public let readsHeaderless: Bool
        /// `validate: trusted`: no schema check.
        public let isTrusted: Bool
        /// `journal: true`: the store keeps the records (rule 9).
        public let isJournaled: Bool

        public init(
            name: String, role: Role, isOwn: Bool, readsHeaderless: Bool, isTrusted: Bool, isJournaled: Bool = false
        ) {
            self.name = name
            self.role = role
            self.isOwn = isOwn
            self.readsHeaderless = readsHeaderless
            self.isTrusted = isTrusted
            self.isJournaled = isJournaled
        }
    }

    public struct Plugin: Sendable {
        public let activatesAtBeginning: Bool
        public let acceptsGap: Bool
        /// In place of what each rule says (rule 30), in milliseconds; nil leaves them their own.
        public let validFor: Int64?
        let handling: HandlingSettings

        /// - Parameters:
        ///   - attempts: how often a handler that throws is run in all before its event becomes a dead letter.
        ///   - backoff: milliseconds before the second attempt; doubled for each further one.
        ///   - handlerTimeout: milliseconds that one call of a handler may take before the worker ends itself.
        public init(
            activatesAtBeginning: Bool, acceptsGap: Bool, validFor: Int64? = nil, attempts: Int = 1, backoff: Int = 200,
            handlerTimeout: Int = 30_000
        ) {
            handling = HandlingSettings(attempts: attempts, backoff: backoff, timeout: handlerTimeout)
            self.activatesAtBeginning = activatesAtBeginning
            self.acceptsGap = acceptsGap
            self.validFor = validFor
        }
    }

    public struct Maildir: Sendable {
        public let folder: String
        public let sender: String

        public init(folder: String, sender: String) {
            self.folder = folder
            self.sender = sender
        }
    }

    public var deployment: String
    public var kafka: KafkaConfiguration
    public var topics: [Topic]
    /// By plugin name; only those named run.
    public var plugins: [String: Plugin]
    /// The topic for notices and emitted events; nil for none.
    public var noticesTopic: String?
    public var maildir: Maildir?
    public var eventBytes: Int
    /// The memory budget of the whole process in bytes, divided over lanes.
    public var memoryBytes: Int
    public var batchEvents: Int
    public var dedupes: Bool
    /// Milliseconds.
    public var dedupeWindow: Int64
    /// How many events may wait for an operator before a partition is paused: in one sequence, and in all partitions
    /// of a plugin that this worker reads.
    public var parkedPerSequence = 10_000
    public var parkedInAll = 100_000
    /// Milliseconds until a stopping worker gives up.
    public var drain: Int
    /// Milliseconds between two lag reports to the group.
    public var commitInterval: Int
    /// The operator's name for this worker, in its reports.
    public var name = "worker"
    /// How many lanes work on each plugin where the store can be shared; each is a member of the plugin's group.
    public var lanes: Int
    /// The name under which the group keeps this worker's partitions over a restart; nil for dynamic membership, which
    /// gives them up at once when the worker leaves.
    public var staticMember: String?
    /// The topic for copies of dead letters; nil for none.
    public var deadLetterTopic: String?
    /// Set where a generation beside the live one is filled (rule 32).
    public var latched: LatchedRun?

    public init(
        deployment: String, kafka: KafkaConfiguration, topics: [Topic], plugins: [String: Plugin],
        noticesTopic: String?, maildir: Maildir?, eventBytes: Int = 256 << 10, memoryBytes: Int = 150 << 20,
        batchEvents: Int = 200_000, dedupes: Bool = true, dedupeWindow: Int64 = 30 * 86_400_000, drain: Int = 25_000,
        commitInterval: Int = 1000, lanes: Int = 1, staticMember: String? = nil, deadLetterTopic: String? = nil
    ) {
        self.deadLetterTopic = deadLetterTopic
        self.deployment = deployment
        self.kafka = kafka
        self.topics = topics
        self.plugins = plugins
        self.noticesTopic = noticesTopic
        self.maildir = maildir
        self.eventBytes = eventBytes
        self.memoryBytes = memoryBytes
        self.batchEvents = batchEvents
        self.dedupes = dedupes
        self.dedupeWindow = dedupeWindow
        self.drain = drain
        self.commitInterval = commitInterval
        self.lanes = lanes
        self.staticMember = staticMember
    }

    /// How long a lane may take to give partitions back, in nanoseconds: well below the time after which the group takes
    /// them away.
    var revocationPatience: Int64 { kafka.sessionTimeout.wholeNanoseconds / 2 }

    /// The topics that a plugin's events come on.
    func topics(of manifest: Manifest) -> [Topic] {
        let wantsPeople = manifest.events.contains { $0.fromPeopleTopic }
        let wantsEvents = manifest.events.contains { !$0.fromPeopleTopic }
        return topics.filter { $0.role == .people ? wantsPeople : wantsEvents }
    }

    /// The number in the name of a store's consumer group (rule 1): its generation, which no other store of the plugin
    /// has. A first generation is called by its plugin's version, as stores were before there were generations.
    public static func groupNumber(generation: Int, pluginVersion: Int) -> Int {
        generation == 1 ? pluginVersion : generation
    }

    /// The consumer group of a plugin (rule 1).
    public func group(plugin: String, generation: Int) -> String { "diwan.\(deployment).\(plugin).\(generation)" }
}

/// Why a worker cannot go on, so that the command can end with the exit code of `sysexits.h`.
public struct WorkerFailure: Error, Sendable, Equatable, CustomStringConvertible {
    public enum Kind: String, Sendable {
        case topicMissing, credentials, storeNotWritable, storeNewer, storeHeld, storeCorrupt, configuration, software
        case drainTimedOut
        /// The operating system allows this process too little.
        case systemLimits
    }

    public let kind: Kind
    /// What happened and what to do.
    public let message: String

    public init(_ kind: Kind, _ message: String) {
        self.kind = kind
        self.message = message
    }

    public var description: String { message }
}
