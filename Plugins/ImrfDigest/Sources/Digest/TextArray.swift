import Bilingual
import Foundation

/// JSON arrays of texts, as the handler wrote them into columns.
enum TextArray {
    /// The texts; none where the column holds something else.
    static func read(_ json: String) -> [String] {
        (try? JSONDecoder().decode([String].self, from: Data(json.utf8))) ?? []
    }
}

/// Text from events without the characters that steer direction.
func clean(_ text: String) -> String { BidiText.stripControls(text) }
