import Configuration
import KafkaClient
import Threads

/// What the doctor asks Kafka.
struct KafkaChecks {
    let deployment: Deployment
    let timeout: Duration

    func run() -> [DoctorFinding] {
        let admin: Admin
        do {
            admin = try Admin(try deployment.kafka())
        } catch {
            return [DoctorFinding("brokers", failing: error)] + skipped(["credentials", "topics", "retention"])
        }
        defer { admin.close(timeout: .seconds(1)) }
        let metadata: ClusterMetadata
        do throws(KafkaError) {
            metadata = try admin.metadata(timeout: timeout)
        } catch {
            return unreachable(error)
        }
        let brokers = metadata.brokers.map { "\($0.host):\($0.port)" }.joined(separator: ", ")
        let answering = Plural.of(metadata.brokers.count, "broker answers", "brokers answer")
        return [
            DoctorFinding("brokers", .ok, "\(answering): \(brokers)"),
            DoctorFinding("credentials", .ok, credentials),
        ] + topics(metadata, admin) + retention(metadata, admin)
    }

    private func unreachable(_ error: KafkaError) -> [DoctorFinding] {
        let failure = DoctorFinding(
            "brokers", .fail, "\(servers): \(error)", exit: FailureReading.code(error))
        if failure.exit == .noPerm {
            return [
                DoctorFinding("brokers", .ok, "\(servers) can be reached"),
                DoctorFinding("credentials", .fail, error.description, exit: .noPerm),
            ] + skipped(["topics", "retention"])
        }
        return [failure] + skipped(["credentials", "topics", "retention"])
    }

    private func skipped(_ checks: [String]) -> [DoctorFinding] {
        checks.map { DoctorFinding($0, .skip, "not looked at: Kafka has to answer first") }
    }

    private var servers: String { deployment.configuration.kafka.bootstrapServers.joined(separator: ", ") }

    private var credentials: String {
        let section = deployment.configuration.kafka
        let kind = section.options["security.protocol"]?.uppercased() ?? "PLAINTEXT"
        return kind == "PLAINTEXT" ? "none are used (PLAINTEXT)" : "accepted (\(kind))"
    }

    // MARK: Topics

    private func topics(_ metadata: ClusterMetadata, _ admin: Admin) -> [DoctorFinding] {
        deployment.configuration.topics.map { topic in
            let check = "topic \(topic.name)"
            let found = metadata.topic(topic.name)
            if found?.error?.code == .authorization || (found == nil && isHidden(topic.name, admin)) {
                return DoctorFinding(
                    check, .fail, "this user may not see it; let an administrator grant it (Kafka ACLs)", exit: .noPerm)
            }
            guard let found, !found.partitions.isEmpty else {
                let advice =
                    topic.isOwn
                    ? "create it with 'diwan topics create --config \(deployment.file)'"
                    : "whoever owns it has to create it, or correct its name"
                return DoctorFinding(check, .fail, "is not there; \(advice)", exit: .unavailable)
            }
            let leaderless = found.partitions.filter { $0.leader < 0 }
            if !leaderless.isEmpty {
                return DoctorFinding(
                    check, .fail, "\(leaderless.count) of its partitions have no leader: a broker is down",
                    exit: .unavailable)
            }
            let partitions = Plural.of(found.partitions.count, "partition")
            if let wanted = topic.partitions, wanted != found.partitions.count {
                return DoctorFinding(
                    check, .warn,
                    "has \(partitions), the configuration says \(wanted); what is there counts, so "
                        + "correct the configuration")
            }
            return DoctorFinding(check, .ok, partitions)
        }
    }

    /// Whether the topic may be there, and this user not see it: a list of topics leaves out what one may not see, the
    /// question for one topic is refused. Asking for its configuration creates nothing.
    private func isHidden(_ topic: String, _ admin: Admin) -> Bool {
        do throws(KafkaError) {
            _ = try admin.topicConfiguration(topic, timeout: timeout)
            return false
        } catch {
            return error.code == .authorization
        }
    }

    // MARK: Retention

    private func retention(_ metadata: ClusterMetadata, _ admin: Admin) -> [DoctorFinding] {
        if deployment.usesEmbeddedBroker {
            return [DoctorFinding("retention", .ok, "the embedded broker keeps what it has until it ends")]
        }
        return deployment.configuration.topics.filter { metadata.topic($0.name)?.partitions.isEmpty == false }
            .map { topic in
                let check = "retention of \(topic.name)"
                do throws(KafkaError) {
                    return judge(check, topic, try admin.topicConfiguration(topic.name, timeout: timeout))
                } catch {
                    return DoctorFinding(check, .warn, "cannot be asked: \(error)")
                }
            }
    }

    private func judge(_ check: String, _ topic: TopicSection, _ options: [String: TopicOption]) -> DoctorFinding {
        let policy = options["cleanup.policy"]?.value ?? "delete"
        let time = options["retention.ms"]?.value.flatMap { Int64($0) } ?? -1
        let bytes = options["retention.bytes"]?.value.flatMap { Int64($0) } ?? -1
        if topic.role == .deadLetters { return DoctorFinding(check, .ok, "copies of dead letters need not be kept") }
        if topic.role == .notices { return DoctorFinding(check, .ok, "notices need not be kept for us") }
        if topic.role == .people, !policy.contains("compact") {
            return DoctorFinding(
                check, .warn,
                "is not compacted (cleanup.policy=\(policy)); a topic of people is: set cleanup.policy=compact")
        }
        guard policy.contains("delete") else {
            return DoctorFinding(check, .ok, "compacted, keeps the last of each key")
        }
        if topic.role == .events, policy.contains("compact") {
            return DoctorFinding(
                check, .warn, "is compacted, so that events of a key get lost: set cleanup.policy=delete")
        }
        guard time < 0, bytes < 0 else {
            if topic.isJournaled {
                return DoctorFinding(check, .ok, "older records are deleted; stores keep them in their journals")
            }
            let limit = time >= 0 ? DurationText.format(.milliseconds(time)) : ByteText.format(Int(bytes))
            return DoctorFinding(
                check, .warn,
                "older records are deleted (\(limit)), and then no plugin can be rebuilt from them: set "
                    + "retention.ms=-1 and retention.bytes=-1, or 'journal: true' for the topic in the configuration")
        }
        return DoctorFinding(check, .ok, "kept for ever")
    }
}
