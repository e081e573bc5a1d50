import CDecode
public import PluginKit

/// A JSON Schema of draft 7, compiled to a program that checks decoded values. Made once, shared by all threads.
///
/// A keyword that is not supported is refused when the schema is made, never skipped; `x-` keywords are annotations.
// @unchecked Sendable: the program never changes after init, and checking keeps its state on the stack.
public final class JSONSchema: @unchecked Sendable {
    private let program: OpaquePointer

    /// Compiles a schema.
    public init(_ schema: Value) throws(SchemaError) {
        let (arena, node) = schema.location
        var fault = cdecode_fault()
        guard let program = arena.withCNodes({ cdecode_schema_compile(arena.bytes, $0, node, &fault) }) else {
            throw SchemaError(DecodeRefusal(fault).detail)
        }
        self.program = program
    }

    /// Parses and compiles a schema.
    public convenience init(parsing text: String) throws(SchemaError) {
        var parser = JSONParser()
        let schema: Value
        do throws(DecodeRefusal) {
            schema = try parser.parse(text)
        } catch {
            throw SchemaError(error.description)
        }
        try self.init(schema)
    }

    deinit { cdecode_schema_destroy(program) }

    /// - Throws: `schema-violation`, saying where and which keyword.
    public func check(_ value: Value) throws(DecodeRefusal) {
        let (arena, node) = value.location
        try check(arena, node, at: "")
    }

    func check(_ arena: EventArena, _ node: UInt32, at place: StaticString) throws(DecodeRefusal) {
        var fault = cdecode_fault()
        let code = arena.withCNodes { cdecode_schema_check(program, arena.bytes, $0, node, &fault) }
        guard code == 0 else {
            let refusal = DecodeRefusal(fault)
            throw DecodeRefusal(
                refusal.reason,
                refusal.detail.hasPrefix("/") ? "\(place)\(refusal.detail)" : "\(place): \(refusal.detail)")
        }
    }
}

/// A schema that cannot be used: it is no JSON, no draft 7, or uses a keyword that is not supported. The message names
/// the keyword and its JSON pointer.
public struct SchemaError: Error, Hashable, Sendable, CustomStringConvertible {
    public let message: String
    init(_ message: String) { self.message = message }
    public var description: String { message }
}
