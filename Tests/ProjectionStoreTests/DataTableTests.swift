import ProjectionStore
import Testing

@Suite("Data files are read as RFC 4180 says")
struct DataTableTests {
    @Test func quotesAndLineBreaks() throws {
        let text = "\u{FEFF}slug,label\r\nreturn,\"a, b\"\r\nnext,\"says \"\"yes\"\"\r\nand more\"\r\nlast,"
        let table = try DataTable(csv: text, file: "x.csv")
        #expect(table.columns == ["slug", "label"])
        #expect(table.rows == [["return", "a, b"], ["next", "says \"yes\"\r\nand more"], ["last", ""]])
    }

    @Test("A message names the line on which the record began, after quoted line breaks too")
    func lines() throws {
        let error = #expect(throws: StoreError.self) {
            try DataTable(csv: "a,b\n\"x\ny\",2\n1\n", file: "themes.csv")
        }
        #expect(error?.message.contains("themes.csv, line 4") == true, "\(error?.message ?? "")")
    }
}
