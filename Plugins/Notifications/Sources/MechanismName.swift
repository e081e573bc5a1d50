import PluginKit

/// What a notice calls the mechanism: its names in both languages, or its slug while they are not known yet.
enum MechanismName {
    static func argument(_ key: Text, _ rows: Rows) throws -> NoticeArgument {
        let facts = try rows.rows("mechanism", .text(key))
        // Whatever its date: a mechanism that is founded later still has its name.
        let last = facts.max(by: FactOrder.precedes)
        guard let last, let ar = last["name_ar"].string, let en = last["name_en"].string else {
            return .text(String(key))
        }
        return .localized(ar: ar, en: en)
    }
}

/// A text of which one or both languages may be missing.
enum BothLanguages {
    /// Nil where neither is there; the one that is there stands for the other.
    static func argument(_ ar: String?, _ en: String?) -> NoticeArgument? {
        guard let some = ar ?? en else { return nil }
        return .localized(ar: ar ?? some, en: en ?? some)
    }
}
