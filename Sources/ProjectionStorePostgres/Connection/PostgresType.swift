/// The object ids of the types we send and receive; PostgreSQL never changes those of its own types.
enum PostgresType {
    static let boolean: UInt32 = 16
    static let bytes: UInt32 = 17
    static let big: UInt32 = 20
    static let small: UInt32 = 21
    static let medium: UInt32 = 23
    static let text: UInt32 = 25
    static let single: UInt32 = 700
    static let double: UInt32 = 701
    static let numeric: UInt32 = 1700
    static let uuid: UInt32 = 2950

    /// The type of an array of `element`.
    static func array(of element: UInt32) -> UInt32 {
        switch element {
        case small: 1005
        case big: 1016
        case double: 1022
        case uuid: 2951
        case bytes: 1001
        default: 1009
        }
    }
}
