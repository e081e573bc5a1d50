import Foundation

/// Writes Swift sources from a plugin's files, from schemas, or from the list of plugins. Run by the build; the mode is
/// the first argument, the files to write are the last ones.
///
/// Ends with 1, after one line for each problem in the form `file:line: error: text`, when something has to be mended.
do {
    try EmbedCommand(Array(CommandLine.arguments.dropFirst())).run()
} catch let failure as EmbedFailure {
    FileHandle.standardError.write(Data((failure.lines.joined(separator: "\n") + "\n").utf8))
    exit(1)
} catch {
    FileHandle.standardError.write(Data("error: \(error.localizedDescription)\n".utf8))
    exit(1)
}
