import PluginKit
import ProjectionStore

/// The rows of one handler call: what `reads` named, as the open transaction sees it.
///
/// Changes that wait for the same owner are written first, so that the store alone answers, retractions included.
final class TransactionRows: RowProvider {
    private let tables: [TableDefinition]
    private let owner: Cell
    private var named: [Named] = []

    private struct Named {
        let table: Int
        let prefix: [Cell]
        let rows: [Row]
    }

    init(tables: [TableDefinition], owner: Text) {
        self.tables = tables
        self.owner = .text(owner)
    }

    /// Fetches what `reads` names.
    ///
    /// - Throws: `RowAccessFailure` for a table that is not declared, or another owner's rows of a table that is not
    ///   declared `reference` (rule 14); `StoreError`.
    func fetch(_ reads: [ReadSet.Read], from writer: any StoreWriter, changes: ChangeSet, buffer: ByteBuffer)
        throws
    {
        for read in reads {
            guard let index = tables.firstIndex(where: { $0.name == read.table }) else {
                throw RowAccessFailure("reads names the table \(read.table), which the manifest does not declare")
            }
            let table = tables[index]
            guard let first = read.prefix.first else {
                throw RowAccessFailure("reads names all of \(read.table): name at least an owner")
            }
            guard table.isReference || first == owner else {
                throw RowAccessFailure(
                    "reads names rows of another key in \(read.table): only tables declared reference allow that")
            }
            let key = ByteBuffer(capacity: 128)
            for cell in read.prefix.prefix(table.keyCount) {
                do throws(RowCodec.Failure) {
                    try RowCodec.appendKey(cell, to: key)
                } catch {
                    throw RowAccessFailure("a key of \(read.table) cannot hold this: \(error)")
                }
            }
            let prefix = key.bytes(0..<key.count)
            if changes.mayTouch(table: index, owner: prefix) {
                try changes.drain { table, changes throws(StoreError) in
                    try writer.apply(table: table, changes: changes, bytes: buffer)
                }
            }
            let types = table.columns.prefix(table.keyCount).map(\.type)
            let rows = try writer.rows(table: index, prefix: prefix).map { encoded in
                let key = encoded.key.withUnsafeBufferPointer { RowCodec.decodeKey($0, types: types) }
                let values = encoded.values.withUnsafeBufferPointer {
                    RowCodec.decodeValues($0, count: table.columns.count - table.keyCount)
                }
                return Row(table: table, cells: key + values)
            }
            named.append(Named(table: index, prefix: read.prefix, rows: rows))
        }
    }

    func rows(table: String, prefix: [Cell]) throws -> [Row] {
        for entry in named where tables[entry.table].name == table && prefix.starts(with: entry.prefix) {
            if prefix.count == entry.prefix.count { return entry.rows }
            return entry.rows.filter { Array($0.cells.prefix(prefix.count)) == prefix }
        }
        throw RowAccessFailure("reads did not name these rows of \(table)")
    }
}
