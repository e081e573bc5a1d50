public import PluginKit

/// All types of events that Diwan knows. Made once, never changed, shared by all threads.
public final class EventCatalogue: Sendable {
    /// By base name, then version.
    public let types: [EventType]
    private let table: TypeTable
    private let newestByBase: [String: EventType]
    /// By `EventTypeCode`: the steps that bring a version to the newest; empty for the newest itself.
    private let chains: [[Upcaster]]

    /// - Parameters:
    ///   - files: schema files by name.
    ///   - upcasters: steps from a version to the next; every version that is not the newest needs its own.
    public init(files: [(name: String, json: String)], upcasters: [Upcaster] = Upcaster.all) throws(CatalogueError) {
        var schemas: [SchemaFile] = []
        for file in files { schemas.append(try SchemaFile(name: file.name, text: file.json)) }
        schemas.sort { ($0.baseName, $0.version) < ($1.baseName, $1.version) }
        var types: [EventType] = []
        var newest: [String: EventType] = [:]
        for file in schemas {
            if types.last?.name == file.type { throw CatalogueError(file: file.name, "\(file.type) is defined twice") }
            let type = try EventType(code: EventTypeCode(rawValue: Int32(types.count)), file: file)
            types.append(type)
            newest[type.baseName] = type
        }
        var chains: [[Upcaster]] = []
        for (type, file) in zip(types, schemas) {
            var chain: [Upcaster] = []
            while let last = newest[type.baseName]?.name, last != chain.last?.to ?? type.name {
                let from = chain.last?.to ?? type.name
                guard let step = upcasters.first(where: { $0.from == from }), chain.count < types.count else {
                    throw CatalogueError(file: file.name, "no upcaster leads from \(from) on to \(last)")
                }
                chain.append(step)
            }
            chains.append(chain)
        }
        self.types = types
        self.chains = chains
        newestByBase = newest
        table = TypeTable(types.map(\.name))
    }

    /// The type of that full name.
    public func type(named name: String) -> EventType? {
        var name = name
        return name.withUTF8 { table.index(of: $0) }.map { types[$0] }
    }

    /// The type of that full name, without making a string of it.
    public func type(named name: Text) -> EventType? { name.withUTF8 { table.index(of: $0) }.map { types[$0] } }

    public subscript(_ code: EventTypeCode) -> EventType? {
        types.indices.contains(Int(code.rawValue)) ? types[Int(code.rawValue)] : nil
    }

    /// The newest version of each type, in order of their names.
    public var newestTypes: [EventType] { types.filter(isNewest) }

    public func isNewest(_ type: EventType) -> Bool { newestByBase[type.baseName] === type }

    /// Nil for a type that is unknown.
    ///
    /// - Throws: `newer-version` for a version of a known type that is above ours.
    func typeForDecoding(_ name: Text) throws(DecodeRefusal) -> EventType? {
        if let type = type(named: name) { return type }
        guard let parts = TypeName(String(name)), let newest = newestByBase[String(parts.base)],
            parts.version > newest.version
        else { return nil }
        throw DecodeRefusal(
            .newerVersion, "/type: \(newest.name) is the newest version known here; upgrade Diwan to read this one")
    }

    /// The data brought to the newest version; nil where it is that already.
    func upcast(
        _ type: EventType, _ data: Value, _ parser: inout JSONParser
    ) throws(DecodeRefusal) -> (type: EventType, name: TextSlot, data: UInt32)? {
        let chain = chains[Int(type.code.rawValue)]
        guard !chain.isEmpty, let newest = newestByBase[type.baseName] else { return nil }
        let arena = data.location.arena
        var value = data
        for step in chain {
            var writer = JSONWriter()
            try step.transform(value, &writer)
            value = Value(arena: arena, node: try parser.parse(writer.bytes, into: arena))
        }
        guard let name = Array(newest.name.utf8).withUnsafeBytes({ arena.append($0) }) else {
            throw DecodeRefusal(.outOfMemory, "the batch has no room for this record")
        }
        return (newest, name, value.location.node)
    }
}
