import Foundation

/// What has to be mended before the build can go on; one line for each problem.
struct EmbedFailure: Error {
    let lines: [String]
}

/// One call of the program.
enum EmbedCommand {
    case plugin(folder: URL, files: URL, messages: URL)
    case schemas(folder: URL, output: URL)
    case registry(plugins: [RegistrySource.PluginModule], output: URL)

    init(_ arguments: [String]) throws {
        let urls = arguments.map { URL(filePath: $0) }
        switch arguments.first {
        case "plugin" where arguments.count == 4:
            self = .plugin(folder: urls[1], files: urls[2], messages: urls[3])
        case "schemas" where arguments.count == 3:
            self = .schemas(folder: urls[1], output: urls[2])
        case "registry":
            guard arguments.count > 2, let count = Int(arguments[1]), arguments.count == 3 + 2 * count else {
                fallthrough
            }
            let plugins = (0..<count).map {
                RegistrySource.PluginModule(name: arguments[2 + 2 * $0], sources: urls[3 + 2 * $0])
            }
            self = .registry(plugins: plugins, output: urls[2 + 2 * count])
        default:
            throw EmbedFailure(lines: [
                "error: usage: diwan-embed plugin FOLDER PluginFiles.swift Messages.swift | schemas FOLDER OUTPUT"
                    + " | registry COUNT (MODULE SOURCES)... OUTPUT"
            ])
        }
    }

    func run() throws {
        switch self {
        case .plugin(let folder, let files, let messages):
            let source = try PluginSource(folder: folder)
            try write(source.files, to: files)
            try write(source.messages, to: messages)
        case .schemas(let folder, let output):
            try write(try SchemaSource.text(folder), to: output)
        case .registry(let plugins, let output):
            try write(try RegistrySource.text(plugins), to: output)
        }
    }

    private func write(_ text: String, to file: URL) throws {
        try Data(text.utf8).write(to: file, options: .atomic)
    }
}
