import Testing

@Suite struct `A member` {
    @Test func `who left is none from that date on`() throws {
        let directory = try Directory([
            registered("a"), joined("a", "DZ", "j1", from: "2002"), left("a", "DZ", "l1", from: "2015-03"),
        ])
        #expect(try directory.rows("seats", "party") == [])
        #expect(try directory.rows("seats", "party", "since", asOf: "2015-02-28") == ["DZ|2002"])
        #expect(try directory.rows("seats", "party", asOf: "2015-03-01") == [])
        #expect(try directory.rows("seats", "party", asOf: "2001-12-31") == [])
    }

    @Test func `who came back is one again, whatever arrived first`() throws {
        let events = [
            joined("a", "DZ", "j2", from: "2018"), left("a", "DZ", "l1", from: "2015"), registered("a"),
            joined("a", "DZ", "j1", from: "2002"),
        ]
        for events in [events, events.reversed()] {
            #expect(try Directory(events).rows("seats", "party", "since") == ["DZ|2018"])
        }
    }

    @Test func `whose joining is taken back is none, whatever date is asked`() throws {
        let join = joined("a", "DZ", "j1", from: "2002")
        for events in [[registered("a"), join, retracted("a", "j1")], [retracted("a", "j1"), join, registered("a")]] {
            let directory = try Directory(events)
            #expect(try directory.rows("seats", "party") == [])
            #expect(try directory.rows("seats", "party", asOf: "2010-01-01") == [])
            #expect(try directory.rows("distinct-states", "mech_type", "seats").first == "rcp|0")
        }
    }

    @Test func `whose leaving is taken back is one still`() throws {
        let directory = try Directory([
            registered("a"), joined("a", "DZ", "j1", from: "2002"), left("a", "DZ", "l1", from: "2015"),
            retracted("a", "l1"),
        ])
        #expect(try directory.rows("seats", "party", "since") == ["DZ|2002"])
    }

    @Test func `of unknown date is before every dated statement`() throws {
        let directory = try Directory([registered("a"), joined("a", "DZ", "j1"), left("a", "DZ", "l1", from: "2015")])
        #expect(try directory.rows("seats", "party") == [])
        #expect(try directory.rows("seats", "party", "status_en", asOf: "2010-01-01") == ["DZ|Member, date unknown"])
        #expect(try directory.rows("seats", "party", asOf: "2016-01-01") == [])
    }

    @Test func `of a mechanism that nobody registered is counted, and the answer says what is missing`() throws {
        let directory = try Directory([joined("b", "DZ", "j1")])
        #expect(
            try directory.rows("distinct-states", "mech_type", "states") == [
                "rcp|0", "irf|0", "global|0", "any|1", "unregistered|1",
            ])
        #expect(
            try directory.rows("directory", "mechanism", "status_en", "status_ar", "members") == [
                "b|Not yet registered|لم تسجل بعد|1"
            ])
    }

    @Test func `that is a territory is no State`() throws {
        let directory = try Directory([
            registered("a"), joined("a", "DZ", "j1"),
            event("member.joined", "j2", key: "a", "{\"party\":\"FR-NC\",\"party_kind\":\"territory\"}"),
        ])
        #expect(
            try directory.rows("distinct-states", "mech_type", "states", "territories", "seats").first == "rcp|1|1|2")
    }
}

@Suite struct `A mechanism` {
    @Test func `counts under the type it had at the date`() throws {
        let directory = try Directory([
            event("mechanism.reclassified", "c", key: "a", "{\"to_type\":\"irf\",\"from\":\"2017\"}"),
            registered("a", ",\"founded_year\":1993,\"themes\":[\"asylum\"]"),
        ])
        #expect(try directory.rows("mechanisms-by-type", "mechanisms") == ["0", "1", "0", "1"])
        #expect(try directory.rows("mechanisms-by-type", "mechanisms", asOf: "2016-12-31") == ["1", "0", "0", "1"])
        #expect(try directory.rows("mechanisms-by-type", "mechanisms", asOf: "1992-12-31") == ["0", "0", "0", "0"])
        #expect(try directory.rows("mechanisms-by-theme", "theme", "rcp", "irf").first == "asylum|0|1")
        #expect(try directory.rows("mechanisms-by-decade", "decade", "rcp", "irf") == ["1990s|0|1"])
    }

    @Test func `without a year of founding is listed apart`() throws {
        let directory = try Directory([registered("a"), registered("b", ",\"founded_year\":2001")])
        #expect(try directory.rows("mechanisms-by-type", "mechanisms", "undated").first == "2|0")
        #expect(
            try directory.rows("mechanisms-by-type", "mechanisms", "undated", asOf: "2004-12-31").first == "1|1")
        for date in [nil, "2004-12-31"] {
            #expect(
                try directory.rows("mechanisms-by-decade", "decade", "mechanisms", asOf: date) == [
                    "2000s|1", "undated|1",
                ])
        }
        #expect(
            try directory.rows("directory", "mechanism", "status_en", asOf: "2004-12-31") == [
                "a|Date of founding unknown", "b|Active",
            ])
    }

    @Test func `that ended counts as concluded from then on`() throws {
        let directory = try Directory([
            registered("a", ",\"founded_year\":1993,\"themes\":[\"asylum\"]"), joined("a", "DZ", "j"),
            event("mechanism.concluded", "c", key: "a", "{\"reason\":\"taken_over\",\"date\":\"2018-06\"}"),
        ])
        #expect(try directory.rows("mechanisms-by-type", "mechanisms", "concluded").first == "0|1")
        #expect(try directory.rows("mechanisms-by-type", "mechanisms", "concluded", asOf: "2018-05-31").first == "1|0")
        #expect(try directory.rows("mechanisms-by-decade", "decade", "mechanisms") == ["1990s|1"])
        #expect(try directory.rows("distinct-states", "mech_type", "states").first == "rcp|0")
        #expect(try directory.rows("mechanisms-by-theme", "theme", "mechanisms").contains("asylum|0"))
        #expect(try directory.rows("directory", "status_en") == ["Concluded"])
    }

    @Test func `changed at an unknown date is listed apart when an earlier date is asked`() throws {
        let directory = try Directory([
            registered("a", ",\"founded_year\":1993"),
            event("mechanism.reclassified", "c", key: "a", "{\"to_type\":\"irf\",\"document\":\"x\",\"lines\":\"7\"}"),
        ])
        #expect(try directory.rows("mechanisms-by-type", "mechanisms") == ["0", "1", "0", "1"])
        #expect(try directory.rows("undated-changes", "mechanism") == [])
        #expect(try directory.rows("mechanisms-by-type", "mechanisms", asOf: "2010-12-31") == ["1", "0", "0", "1"])
        #expect(
            try directory.rows(
                "undated-changes", "mechanism", "change_en", "to_en", "to_ar", "stated", asOf: "2010-12-31")
                == ["a|Reclassified|Inter-regional forum|منتدى أقاليمي|x 7"])
    }

    @Test func `registered again has the later registration's themes, and both years side by side`() throws {
        let events = [
            registered(
                "a", id: "r1", ",\"founded_year\":1991,\"themes\":[\"asylum\"],\"document\":\"x\",\"lines\":\"1\""),
            registered("a", id: "r2", ",\"founded_year\":1993,\"themes\":[\"return\"],\"document\":\"y\""),
        ]
        for events in [events, events.reversed()] {
            let directory = try Directory(events)
            #expect(
                try directory.rows("directory", "founded_year", "years_stated", "themes_en") == [
                    "1993|1991 (x 1); 1993 (y)|Return"
                ])
            #expect(try directory.rows("mechanisms-by-type", "mechanisms").last == "1")
        }
    }

    @Test func `whose registration is taken back is not there`() throws {
        let directory = try Directory([registered("a", ",\"themes\":[\"asylum\"]"), retracted("a", "r-a")])
        #expect(try directory.rows("directory", "mechanism") == [])
        #expect(try directory.rows("mechanisms-by-type", "mechanisms").last == "0")
        #expect(try directory.rows("mechanisms-by-theme", "mechanisms").allSatisfy { $0 == "0" })
    }

    @Test func `has the chair of the date, by name where it is a State`() throws {
        let directory = try Directory([
            registered("a", ",\"founded_year\":1993"),
            event("chair.assumed", "c2", key: "a", "{\"chair\":\"TN\",\"term_from\":\"2026\"}"),
            event("chair.assumed", "c1", key: "a", "{\"chair\":\"MA\",\"term_from\":\"2024\"}"),
        ])
        #expect(try directory.rows("directory", "chair_en", "chair_ar") == ["Tunisia|تونس"])
        #expect(try directory.rows("directory", "chair_en", asOf: "2025-12-31") == ["Morocco"])
        #expect(try directory.rows("directory", "chair_en", asOf: "2023-12-31") == [""])
    }
}

@Suite struct `A theme` {
    @Test func `that documents count within another counts there, once a mechanism`() throws {
        let directory = try Directory([
            registered("a", ",\"themes\":[\"return\",\"readmission\"]"),
            registered("b", ",\"themes\":[\"readmission\"]"),
            registered("g", type: "global", ",\"themes\":[\"return\"]"),
        ])
        let rows = try directory.rows("mechanisms-by-theme", "theme", "mechanisms")
        #expect(rows.first == "return|2")
        #expect(!rows.contains { $0.hasPrefix("readmission") })
    }

    @Test func `that the list does not know is shown by its short name`() throws {
        let directory = try Directory([registered("a", ",\"themes\":[\"sea-rescue\"]")])
        #expect(
            try directory.rows("mechanisms-by-theme", "theme", "label_ar", "label_en", "mechanisms").first
                == "sea-rescue|sea-rescue|sea-rescue|1")
    }
}

@Suite struct `A stated figure` {
    private func figure(_ id: String, _ subject: String, _ value: String, _ document: String, asOf: String? = nil)
        -> String
    {
        event(
            "figure.stated", id, key: "global",
            "{\"figure\":\"\(id)\",\"subject\":\"\(subject)\",\"value\":\(value),\"unit\":\"mechanisms\","
                + "\"document\":\"\(document)\"\(asOf.map { ",\"as_of\":\"\($0)\"" } ?? "")}")
    }

    @Test func `stands beside others in the order of their dates, whatever date is asked`() throws {
        let directory = try Directory([
            figure("later", "rcp", "20", "z", asOf: "2024"), figure("earlier", "rcp", "\"17+\"", "a", asOf: "2019"),
            figure("undated", "rcp", "15", "m"),
        ])
        for date in [nil, "2000-01-01"] {
            #expect(
                try directory.rows("mechanisms-by-type", "stated", asOf: date).first == "15 (m); 17+ (a); 20 (z)")
        }
    }

    @Test func `that is taken back is not shown`() throws {
        let directory = try Directory([figure("one", "rcp", "15", "m"), retracted("global", "one")])
        #expect(try directory.rows("mechanisms-by-type", "stated").first == "")
        #expect(try directory.rows("statements", "value") == [])
    }

    @Test func `that is a list or an object is kept as it was stated`() throws {
        let directory = try Directory([
            figure("list", "x", "[2013, 2016]", "m"), figure("object", "y", "{\"from\": 2022, \"every\": 4}", "m"),
        ])
        #expect(
            try directory.rows("statements", "subject", "value", "document") == [
                "x|[2013,2016]|m", "y|{\"every\":4,\"from\":2022}|m",
            ])
    }
}
