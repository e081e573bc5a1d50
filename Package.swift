// swift-tools-version:6.3
import PackageDescription

// Own Swift targets: language mode 6, warnings are errors, and no C type leaks through a public signature by accident.
let own: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    // Debug builds, and so the tests, check at run time that accesses to a variable do not overlap; on the hot path the
    // checks of a release build cost as much as decoding.
    .unsafeFlags(["-enforce-exclusivity=unchecked"], .when(configuration: .release)),
]
let ownCXX: [CXXSetting] = [.enableWarning("all"), .enableWarning("extra"), .treatAllWarnings(as: .error)]

func system(_ name: String, _ pkgConfig: String, _ apt: String) -> Target {
    .systemLibrary(name: name, pkgConfig: pkgConfig, providers: [.apt([apt])])
}

/// A library of ours under Sources/.
func library(_ name: String, _ dependencies: [Target.Dependency] = [], exclude: [String] = [], embeds: Bool = false)
    -> Target
{
    .target(
        name: name, dependencies: dependencies, exclude: exclude, swiftSettings: own,
        plugins: embeds ? [.plugin(name: "EmbedFiles")] : [])
}

// One line here adds a plugin of ours to the worker: its folder is Plugins/<name>, and the registry that the worker
// starts from is generated from this list.
let plugins = ["MechanismDirectory", "Notifications", "ImrfDigest"]

/// A plugin: everything it needs lies in its folder, and its manifest and messages are checked when it is built.
func plugin(_ name: String) -> Target {
    .target(
        name: name, dependencies: ["PluginKit", "EventCatalogue", "Bilingual"], path: "Plugins/\(name)",
        exclude: ["plugin.yaml", "messages", "data", "Tests", "fixtures"], sources: ["Sources"], swiftSettings: own,
        plugins: [.plugin(name: "EmbedFiles")])
}

let package = Package(
    name: "diwan",
    products: [
        .executable(name: "diwan", targets: ["diwan"]),
        // For trials: a wall clock that they set, loaded before the program. Not installed.
        .library(name: "TrialClock", type: .dynamic, targets: ["CTrialClock"]),
    ],
    targets: [
        system("CRdKafka", "rdkafka", "librdkafka-dev"),
        system("CSQLite", "sqlite3", "libsqlite3-dev"),
        system("CPQ", "libpq", "libpq-dev"),
        system("CYAML", "yaml-0.1", "libyaml-dev"),
        system("CCrypto", "libcrypto", "libssl-dev"),
        system("CSystemd", "libsystemd", "libsystemd-dev"),

        // libsimdjson-dev. Optimised in debug builds too: a debug simdjson is ten times slower.
        .target(
            name: "CDecode", cxxSettings: ownCXX + [.unsafeFlags(["-O2"], .when(configuration: .debug))],
            linkerSettings: [.linkedLibrary("simdjson")]),
        // libicu-dev. No ICU type in its header: ICU's symbols carry the version, and clash with Foundation's.
        .target(
            name: "CICU", cxxSettings: ownCXX, linkerSettings: [.linkedLibrary("icui18n"), .linkedLibrary("icuuc")]),
        // nlohmann-json3-dev, libvalijson-dev: the reference that tests hold our checker against; not shipped.
        .target(name: "CSchemaReference", cxxSettings: ownCXX + [.define("VALIJSON_USE_EXCEPTIONS", to: "1")]),
        .target(name: "CTrialClock"),

        library("Threads"),
        library("Hashing", ["CCrypto"]),
        library("PluginKit"),
        library("KafkaClient", ["CRdKafka", "Threads"]),
        library("EventCatalogue", ["CDecode", "Hashing", "PluginKit"], exclude: ["Schemas"], embeds: true),
        library("Bilingual", ["CICU"]),
        library("Configuration", ["CYAML"]),
        library("PluginManifest", ["PluginKit", "Configuration"]),
        library("ProjectionStore", ["PluginKit"]),
        library("ProjectionStoreSQLite", ["CSQLite", "ProjectionStore", "PluginKit"]),
        library("ProjectionStorePostgres", ["CPQ", "ProjectionStore", "PluginKit"]),
        library(
            "WorkerRuntime",
            [
                "KafkaClient", "PluginKit", "EventCatalogue", "ProjectionStore", "Bilingual", "Hashing", "Threads",
                "CSystemd",
            ]),
        library(
            "WorkerTesting",
            [
                "PluginKit", "EventCatalogue", "ProjectionStore", "WorkerRuntime", "KafkaClient", "Threads", "Hashing",
                "PluginManifest", "ProjectionStoreSQLite", "ProjectionStorePostgres",
            ]),

        .executableTarget(
            name: "diwan-embed", dependencies: ["Bilingual", "PluginManifest", "Configuration"], swiftSettings: own),
        .plugin(
            name: "EmbedFiles", capability: .buildTool(), dependencies: ["diwan-embed"],
            path: "Sources/BuildPlugins/EmbedFiles"),
        .executableTarget(
            name: "diwan",
            dependencies: [
                "WorkerRuntime", "ProjectionStoreSQLite", "ProjectionStorePostgres", "Configuration", "PluginManifest",
                "Bilingual", "EventCatalogue", "KafkaClient", "PluginKit", "ProjectionStore", "Threads",
                "ChaosLedger",
            ] + plugins.map { .byName(name: $0) }, swiftSettings: own, plugins: [.plugin(name: "EmbedFiles")]),
        // Runs benchmark workloads; not installed.
        .executableTarget(
            name: "diwan-bench",
            dependencies: [
                "WorkerRuntime", "ProjectionStore", "ProjectionStorePostgres", "ProjectionStoreSQLite", "PluginKit",
                "PluginManifest", "EventCatalogue", "KafkaClient", "Threads", "WorkerTesting", "WorkloadW1",
            ], swiftSettings: own),
        // Runs the worker among faults and compares what it made with what the events say; not installed.
        .executableTarget(
            name: "diwan-chaos",
            dependencies: [
                "WorkerTesting", "KafkaClient", "ProjectionStore", "ProjectionStoreSQLite", "ProjectionStorePostgres",
                "PluginKit", "PluginManifest", "WorkerRuntime", "Hashing", "Threads",
            ], swiftSettings: own),
        .testTarget(name: "ConfigurationTests", dependencies: ["Configuration"], swiftSettings: own),
        .testTarget(
            name: "PluginManifestTests", dependencies: ["PluginManifest", "PluginKit", "Configuration"],
            swiftSettings: own),
        .testTarget(
            name: "KafkaClientTests", dependencies: ["KafkaClient", "Threads", "WorkerTesting"], swiftSettings: own),
        .testTarget(name: "WorkerTestingTests", dependencies: ["WorkerTesting", "Threads"], swiftSettings: own),
        .testTarget(name: "BilingualTests", dependencies: ["Bilingual", "diwan-embed"], swiftSettings: own),
        .testTarget(
            name: "EventCatalogueTests", dependencies: ["EventCatalogue", "PluginKit", "Hashing", "CSchemaReference"],
            exclude: ["Lists"], swiftSettings: own),
        .testTarget(
            name: "ProjectionStoreTests",
            dependencies: ["ProjectionStoreSQLite", "ProjectionStore", "PluginKit", "WorkerTesting"],
            swiftSettings: own),
        .testTarget(
            name: "PostgresTests",
            dependencies: [
                "ProjectionStorePostgres", "ProjectionStoreSQLite", "ProjectionStore", "PluginKit", "PluginManifest",
                "EventCatalogue", "WorkerTesting", "MechanismDirectory", "Notifications", "ImrfDigest",
            ], swiftSettings: own),
        .testTarget(
            name: "MechanismDirectoryTests",
            dependencies: [
                "MechanismDirectory", "PluginManifest", "WorkerTesting", "ProjectionStoreSQLite", "EventCatalogue",
                "PluginKit",
            ], path: "Plugins/MechanismDirectory/Tests", swiftSettings: own),
        .testTarget(
            name: "NotificationsTests",
            dependencies: [
                "Notifications", "PluginManifest", "WorkerTesting", "ProjectionStoreSQLite", "EventCatalogue",
                "PluginKit", "Bilingual",
            ], path: "Plugins/Notifications/Tests", swiftSettings: own),
        .testTarget(
            name: "WorkerRuntimeTests",
            dependencies: [
                "WorkerRuntime", "PluginKit", "ProjectionStore", "ProjectionStoreSQLite", "ProjectionStorePostgres",
                "EventCatalogue", "KafkaClient", "Threads", "WorkerTesting",
            ], swiftSettings: own),
        // One incident a file, each through the program itself: depending on it makes it be built beside the tests.
        .testTarget(
            name: "ScenarioTests",
            dependencies: [
                "diwan", "diwan-chaos", "KafkaClient", "PluginKit", "ProjectionStore", "Threads", "WorkerRuntime",
                "WorkerTesting",
            ],
            exclude: ["BadRecords/reasons.csv"], swiftSettings: own),
        // One incident a file, with a worker of one small plugin in the test's own process, on librdkafka's mock cluster.
        .testTarget(
            name: "BrokerTests",
            dependencies: [
                "WorkerRuntime", "PluginKit", "ProjectionStore", "ProjectionStoreSQLite", "ProjectionStorePostgres",
                "EventCatalogue", "KafkaClient", "Threads", "WorkerTesting",
            ], swiftSettings: own),
        .testTarget(
            name: "ImrfDigestTests",
            dependencies: [
                "ImrfDigest", "PluginManifest", "WorkerTesting", "ProjectionStoreSQLite", "EventCatalogue", "PluginKit",
            ], path: "Plugins/ImrfDigest/Tests", swiftSettings: own),
        .testTarget(
            name: "CommandTests",
            dependencies: ["diwan", "Configuration", "PluginKit", "KafkaClient", "WorkerTesting"], swiftSettings: own),
        plugin("WorkloadW1"), plugin("ChaosLedger"),
    ] + plugins.map(plugin),
    swiftLanguageModes: [.v6],
    cxxLanguageStandard: .cxx17
)
