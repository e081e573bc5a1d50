public import ProjectionStore

/// What every store promises, as cases that any `StoreProvider` has to pass.
///
/// A test target runs them all, each on a provider whose store is empty:
/// ```swift
/// @Test(arguments: StoreConformance.cases)
/// func conforms(_ promise: StoreConformance.Case) throws { try promise.run(makeEmptyProvider()) }
/// ```
public enum StoreConformance {
    public struct Case: Sendable, CustomStringConvertible {
        /// What is promised, as a sentence.
        public let name: String
        /// - Throws: `Failure`, or what the store threw where it should not.
        public let run: @Sendable (any StoreProvider) throws -> Void

        public var description: String { name }
    }

    /// A promise that was not kept.
    public struct Failure: Error, CustomStringConvertible {
        public let description: String
    }

    public static let cases: [Case] =
        transactionCases + partitionCases + rowCases + tallyCases + factCases + appliedCases + besideCases
        + deadLetterCases + queryCases + schemaCases + readerCases + timerCases + controlCases + ownershipCases
        + generationCases + carryingCases + journalCases + manyCases + lookupCases

    /// A case that is given a fixture with an open writer.
    static func promise(_ name: String, _ body: @escaping @Sendable (StoreFixture) throws -> Void) -> Case {
        Case(name: name) { provider in
            let fixture = try StoreFixture(provider)
            defer { fixture.close() }
            try body(fixture)
        }
    }

    static func expect<Value: Equatable>(
        _ found: Value, _ wanted: Value, _ what: String, line: Int = #line, file: String = #fileID
    ) throws {
        guard found != wanted else { return }
        throw Failure(description: "\(what): \(found), not \(wanted) (\(file):\(line))")
    }

    static func expect(_ holds: Bool, _ what: String, line: Int = #line, file: String = #fileID) throws {
        guard !holds else { return }
        throw Failure(description: "\(what) (\(file):\(line))")
    }

    /// - Returns: the error, so that its message can be looked at.
    @discardableResult
    static func expect(
        _ code: StoreError.Code, _ what: String, line: Int = #line, file: String = #fileID,
        from body: () throws -> Void
    ) throws -> StoreError {
        do {
            try body()
        } catch let error as StoreError {
            try expect(error.code, code, "\(what): \(error.message)", line: line, file: file)
            return error
        }
        throw Failure(description: "\(what): nothing was thrown, not \(code) (\(file):\(line))")
    }
}
