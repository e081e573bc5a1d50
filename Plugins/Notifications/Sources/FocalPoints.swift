import PluginKit

/// Who acts for a State or body: named under the mechanism, or under `global` where the mechanism has none of its own.
///
/// A designation that is limited to one subject makes nobody a recipient, since an announcement states no subject.
struct FocalPoints {
    private let own: [Post: Row]
    private let worldwide: [Post: Row]

    private struct Post: Hashable {
        let body: String
        let role: String
    }

    static let nationalFocalPoint = "national_focal_point"
    static let arabGroupMission = "arab_group_mission"
    private static let worldwideOwner = "global"

    static func read(_ key: Text, _ keys: inout ReadSet) {
        keys.add("focal_point", .text(key))
        keys.add("focal_point", .string(worldwideOwner))
    }

    /// - Parameter day: those named by then count, `YYYY-MM-DD`; all where nil.
    init(_ key: Text, on day: String?, _ rows: Rows) throws {
        own = Self.posts(try rows.rows("focal_point", .text(key)), day)
        worldwide = Self.posts(try rows.rows("focal_point", .string(Self.worldwideOwner)), day)
    }

    private static func posts(_ rows: [Row], _ day: String?) -> [Post: Row] {
        FactOrder.last(rows.filter { $0["subject"].isNull }, inForceOn: day) {
            Post(body: $0["state_or_body"].string ?? "", role: $0["role"].string ?? "")
        }
    }

    /// The persons in this role, of these States or bodies only where any are given: sorted by bytes, each once.
    func persons(_ role: String, of bodies: Set<String>? = nil) -> [String] {
        let posts = Set(own.keys).union(worldwide.keys).filter { $0.role == role && bodies?.contains($0.body) ?? true }
        let persons = Set(posts.compactMap { (own[$0] ?? worldwide[$0])?["person"].string })
        return persons.sorted(by: FactOrder.precedes)
    }
}
