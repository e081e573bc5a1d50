import Testing

@Suite struct `A manifest's query` {
    @Test(
        arguments: [
            "SELECT meeting_id FROM meeting WHERE mechanism = :mechanism",
            "SELECT 1 FROM meeting_latest, theme WHERE :mechanism = ''",
            "SELECT 1 FROM (SELECT 1 AS one FROM meeting_undated) AS x JOIN meeting_all y ON 1 = 1 WHERE '' = :mechanism",
            "WITH own AS (SELECT * FROM meeting) SELECT COUNT(*) FROM own WHERE mechanism = :mechanism",
            "WITH own (a, b) AS (SELECT 1, 2) SELECT COUNT(*) FROM own AS o, theme WHERE o.a = :mechanism",
            "SELECT 'it''s; DELETE FROM nothing -- no' FROM contribution WHERE mechanism = :mechanism",
            "SELECT \"select\" FROM \"meeting\" WHERE mechanism IS NOT DISTINCT FROM :mechanism",
            "SELECT 1 FROM (meeting JOIN person ON 1 = 1) WHERE mechanism IN (SELECT slug FROM theme) AND '' = :mechanism",
            "SELECT COALESCE(SUM(CASE WHEN (1 = 1) THEN 1 END), 0)\nFROM meeting\nWHERE mechanism = :mechanism",
            "SELECT 1 -- the mechanism's\nFROM meeting /* FROM nobody;\n */ WHERE '' = :mechanism",
            "SELECT ROW_NUMBER() OVER (PARTITION BY mechanism ORDER BY meeting_id) FROM meeting WHERE '' = :mechanism",
        ])
    func `in the subset of both stores is taken`(select: String) {
        #expect(Sample.problems(select: select) == [])
    }

    @Test(
        arguments: [
            ("DELETE FROM meeting", "must be one SELECT"),
            ("WITH x AS (DELETE FROM meeting RETURNING 1) SELECT :mechanism FROM x", "must only read, and says DELETE"),
            ("SELECT :mechanism INTO other FROM meeting", "says INTO"),
            ("SELECT :mechanism FROM meeting; SELECT 1", "without a semicolon"),
            ("SELECT :mechanism FROM meetings", "did you mean \"meeting\"?"),
            ("SELECT :mechanism FROM Meeting", "did you mean \"meeting\"?"),
            ("SELECT :mechanism FROM meeting, persons", "did you mean \"person\"?"),
            ("SELECT :mechanism FROM meeting__facts", "does not declare"),
            ("SELECT :mechanism FROM person_latest", "does not declare"),
            ("SELECT 1 FROM meeting WHERE EXISTS (SELECT 1 FROM _retraction) AND '' = :mechanism", "does not declare"),
            ("SELECT 1 FROM (meeting JOIN nobody ON 1 = 1) WHERE '' = :mechanism", "\"nobody\""),
            ("SELECT meeting_id::text FROM meeting WHERE '' = :mechanism", "write CAST(x AS type)"),
            ("SELECT group_concat(meeting_id) FROM meeting WHERE '' = :mechanism", "calls GROUP_CONCAT"),
            ("SELECT string_agg(meeting_id, ',') FROM meeting WHERE '' = :mechanism", "calls STRING_AGG"),
            ("SELECT 1 FROM meeting WHERE meeting_id ILIKE :mechanism", "use LOWER(...) LIKE"),
            ("SELECT 1 FROM meeting WHERE mechanism = :mechanisme", "did you mean \"mechanism\"?"),
            ("SELECT 1 FROM meeting", "declares the parameter \"mechanism\" and does not use it"),
            ("SELECT :mechanism, 'open FROM meeting", "quote that never ends"),
            ("SELECT ? FROM meeting WHERE '' = :mechanism", "parameters are written :name"),
        ])
    func `outside the subset is refused with what to do`(select: String, expected: String) {
        let problems = Sample.problems(select: select)
        #expect(problems.contains { $0.contains(expected) }, "\(problems)")
    }

    @Test func `is told the line within its own text`() throws {
        let first = try #require(
            Sample.whole.split(separator: "\n", omittingEmptySubsequences: false).firstIndex {
                $0.contains("select: |")
            }
        )
        let problems = Sample.problems(select: "SELECT 1\nFROM meeting\nJOIN nobody ON 1 = 1\nWHERE '' = :mechanism")
        #expect(problems.count == 1)
        #expect(problems.first?.hasPrefix("plugin.yaml:\(first + 4):1: ") == true, "\(problems)")
    }

    @Test func `that is wrong is not reported again by the document that needs it`() {
        let problems = Sample.problems(Sample.replacing("visibility: public", "visibility: all"))
        #expect(problems.count == 1, "\(problems)")
    }
}
