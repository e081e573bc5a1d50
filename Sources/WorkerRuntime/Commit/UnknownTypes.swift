import ProjectionStore

/// Under which name an event of an unknown type is counted (rule 8): its own, as long as there are not too many, so that
/// a producer that makes up types does not fill the store. The lane's thread only.
///
/// After a transaction that failed a name may be taken for one that is stored: then there is one less, no more.
struct UnknownTypes {
    static let most = 1000
    static let longest = 256
    static let others = StoreCounter.unknownType("(others)")

    private var names: Set<String>

    init(_ writer: any StoreWriter) throws(StoreError) {
        names = Set(try writer.counterNames(prefix: StoreCounter.unknownType(""), limit: Self.most + 1))
    }

    mutating func counter(_ type: String) -> String {
        let name = StoreCounter.unknownType(type)
        if names.contains(name) { return name }
        guard names.count < Self.most, type.utf8.count <= Self.longest else { return Self.others }
        names.insert(name)
        return name
    }
}
