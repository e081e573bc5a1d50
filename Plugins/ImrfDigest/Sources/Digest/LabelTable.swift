import PluginKit

/// What the data files call things, by list and code.
struct LabelTable {
    enum List: String {
        case kind, objective, theme, stakeholder, state
    }

    private var names: [String: LocalizedText] = [:]

    init(_ request: DocumentRequest) throws {
        for row in try ResultRow.rows(request, "digest-labels") {
            guard let list = row.text("list"), let code = row.text("code"), let name = row.names("label_ar", "label_en")
            else { continue }
            names["\(list)/\(code)"] = name
        }
    }

    /// The code itself where the files do not know it.
    func label(_ list: List, _ code: String) -> Label { Label(code, names["\(list.rawValue)/\(code)"]) }
}
