import KafkaClient
import WorkerTesting

extension TestDeployment {
    /// A deployment on a mock cluster: no Kafka is started for it.
    static func onMock(
        _ stem: String, _ cluster: MockCluster, partitions: Int = 2, topics: Topics? = nil,
        _ change: (inout Options) -> Void = { _ in }
    ) throws -> TestDeployment {
        var options = Options()
        change(&options)
        let names = topics ?? Topics(events: "\(stem).events", people: "\(stem).people", notices: "\(stem).notices")
        if topics == nil {
            for topic in [names.events, names.people] { try cluster.createTopic(topic, partitions: partitions) }
            try cluster.createTopic(names.notices, partitions: 2)
        }
        return try TestDeployment(stem, bootstrapServers: cluster.bootstrapServers, topics: names, options: options)
    }
}
