public import PluginKit

/// One step from a version of a type to the next: a pure function from data to data.
public struct Upcaster: Sendable {
    /// The full names of the versions, such as `org.iscm.focal_point.designated.v1`.
    public let from: String
    public let to: String
    /// Writes the new data. What it writes is checked against the newest schema.
    public let transform: @Sendable (Value, inout JSONWriter) throws(DecodeRefusal) -> Void

    public init(
        from: String, to: String, transform: @escaping @Sendable (Value, inout JSONWriter) throws(DecodeRefusal) -> Void
    ) {
        self.from = from
        self.to = to
        self.transform = transform
    }

    /// Every step that the catalogue's types need.
    public static let all: [Upcaster] = [.focalPointDesignatedV1]
}

extension Upcaster {
    /// Version 1 named the role person `person_id`; every other type says `person`, and so does version 2.
    static let focalPointDesignatedV1 = Upcaster(
        from: "org.iscm.focal_point.designated.v1", to: "org.iscm.focal_point.designated.v2"
    ) { (data, writer) throws(DecodeRefusal) in
        writer.object { writer in
            for (name, value) in data.members {
                writer.member(name == "person_id" ? "person" : String(name), value)
            }
        }
    }
}
