import Foundation

/// Reads the files of a folder as text.
enum Folder {
    /// The texts of the files whose names end with `suffix`, by name; none where there is no such folder. Hidden files
    /// are left out.
    static func texts(_ folder: URL, suffix: String) throws -> [String: String] {
        let path = folder.path(percentEncoded: false)
        guard FileManager.default.fileExists(atPath: path) else { return [:] }
        var texts: [String: String] = [:]
        for name in try FileManager.default.contentsOfDirectory(atPath: path) {
            guard name.hasSuffix(suffix), !name.hasPrefix(".") else { continue }
            texts[name] = try text(folder.appending(path: name))
        }
        return texts
    }

    static func text(_ file: URL) throws -> String {
        let path = file.path(percentEncoded: false)
        let data: Data
        do {
            data = try Data(contentsOf: file)
        } catch {
            throw EmbedFailure(lines: ["\(path):1: error: the file cannot be read: \(error.localizedDescription)"])
        }
        guard let text = String(validating: data, as: UTF8.self) else {
            let line = Self.firstBadLine(data)
            throw EmbedFailure(lines: ["\(path):\(line): error: this line is not UTF-8: save the file as UTF-8"])
        }
        return text
    }

    private static func firstBadLine(_ data: Data) -> Int {
        let lines = data.split(separator: 0x0A, omittingEmptySubsequences: false)
        return (lines.firstIndex { String(validating: $0, as: UTF8.self) == nil } ?? 0) + 1
    }
}
