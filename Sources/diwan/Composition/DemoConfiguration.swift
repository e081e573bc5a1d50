import PluginKit
import WorkerRuntime

/// The configuration of the demo: everything on this machine, the embedded broker instead of Kafka.
enum DemoConfiguration {
    /// All plugins of this program.
    static func text() throws -> String {
        let plugins = try Packages.all().map { "  \($0.manifest.name): {activate: beginning}" }
        return """
            # The demo: an embedded broker, a store and a Maildir beside this file. Paths start from its folder.
            deployment: demo
            kafka:
              bootstrap-servers: [embedded]   # the broker that 'diwan dev' runs; elsewhere [HOST:PORT]
            topics:
              - {name: iscm.events, role: events}
              - {name: iscm.people, role: people}
              - {name: iscm.notices, role: notices}
            store:
              sqlite: {folder: store}
            # Notices go out for what is already in the log, too: it is a demo. Elsewhere leave `activate` away.
            plugins:
            \(plugins.joined(separator: "\n"))
            delivery:
              kafka: {}
              maildir: {folder: mail, sender: diwan@example.invalid}

            """
    }
}
