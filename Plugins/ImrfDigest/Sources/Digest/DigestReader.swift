import PluginKit

/// Makes a digest of the results of the document's queries. Pure: it looks at nothing else.
struct DigestReader {
    private let request: DocumentRequest
    private let labels: LabelTable
    private let slug: String

    /// - Throws: `Refusal` where the parameters are wrong, or nothing at all is known of the mechanism.
    static func read(_ request: DocumentRequest) throws -> Digest {
        guard let slug = request.parameters["mechanism"], !slug.isEmpty else {
            throw Refusal(reason: "parameter-missing", detail: "name the mechanism by its short name, such as arcp")
        }
        let given = request.parameters["cycle"] ?? ""
        guard let year = Int(given), String(year) == given, (1...9999).contains(year) else {
            throw Refusal(
                reason: "parameter-invalid", detail: "the cycle is the year of a forum, such as 2026, not '\(given)'")
        }
        let reader = DigestReader(request: request, labels: try LabelTable(request), slug: slug)
        return try reader.digest(Cycle(year: year))
    }

    private func rows(_ query: String) throws -> [ResultRow] { try ResultRow.rows(request, "digest-\(query)") }

    private func digest(_ cycle: Cycle) throws -> Digest {
        let events =
            try ["mechanism", "type", "members", "chair", "secretariat", "mandate", "consents", "submissions"]
            .flatMap { try rows($0) } + rows("relays") + rows("receipts")
        guard !events.isEmpty else {
            throw Refusal(
                reason: "mechanism-unknown",
                detail:
                    "no event tells of a mechanism '\(slug)'; `diwan projection show directory` lists the known ones")
        }
        let mechanism = try self.mechanism()
        let basis = Basis(mechanism: slug)
        let mandateRow = try rows("mandate").first
        let mandate = mandateRow.map { self.mandate($0, of: mechanism) }
        let filed = try rows("submissions")
        let contribution = Contribution(
            items: try items(), stakeholders: stakeholders(filed), basis: basis, kinds: { labels.label(.kind, $0) },
            objectives: { labels.label(.objective, String($0)) })
        let made = ([mandateRow].compactMap { $0 } + filed).count { $0.flag("synthetic") }
        return Digest(
            mechanism: mechanism, cycle: cycle, basis: basis, mandate: mandate, consents: try consents(),
            submissions: try submissions(filed, chair: mechanism.chair), contribution: contribution,
            parkedEvents: request.parkedEvents, sources: events.map(\.event).inOrder(),
            remarks: Remarks.all(mechanism, cycle, mandate, filed.count, contribution, synthetic: made))
    }

    // MARK: Who

    private func mechanism() throws -> Digest.Mechanism {
        let row = try rows("mechanism").first
        let members = try rows("members").filter { $0.text("change") == "joined" }
        let territories = members.count { $0.text("party_kind") == "territory" }
        return Digest.Mechanism(
            slug: slug, name: row?.names("name_ar", "name_en"), acronym: row?.text("acronym"),
            type: try rows("type").first?.text("mech_type"), regions: regions(row),
            states: members.count - territories, territories: territories, statedStates: row?.integer("states_count"),
            chair: try rows("chair").first.map(chair), secretariat: try rows("secretariat").first.map(secretariat))
    }

    private func regions(_ row: ResultRow?) -> [Label] {
        guard let row else { return [] }
        let (arabic, english) = (row.texts("regions_ar"), row.texts("regions_en"))
        return row.texts("regions").enumerated().map { index, code in
            Label(
                code,
                LocalizedText(
                    ar: index < arabic.count ? arabic[index] : code, en: index < english.count ? english[index] : code))
        }
    }

    private func chair(_ row: ResultRow) -> Digest.Chair {
        let code = row.text("chair") ?? ""
        let name = row.names("name_ar", "name_en") ?? labels.label(.state, code).name
        return Digest.Chair(
            chair: Label(code, name), kind: row.text("chair_kind"), from: row.text("term_from"), to: row.text("term_to")
        )
    }

    private func secretariat(_ row: ResultRow) -> Digest.Secretariat {
        let name = row.names("name_ar", "name_en")
        let organisation = row.text("organisation").map { Label($0, name) } ?? name.map { Label($0.en, $0) }
        return Digest.Secretariat(kind: row.text("kind") ?? "", organisation: organisation)
    }

    // MARK: Basis

    private func mandate(_ row: ResultRow, of mechanism: Digest.Mechanism) -> Digest.Mandate {
        let by = row.names("by_ar", "by_en")
        let code = row.text("granted_by")
        return Digest.Mandate(
            date: row.text("effective"), by: code.map { Label($0, by) } ?? by.map { Label($0.en, $0) },
            scope: row.text("scope"), themes: row.texts("themes").map { labels.label(.theme, $0) },
            regions: row.texts("regions").map { code in
                mechanism.regions.first { $0.code == code } ?? Label(code)
            })
    }

    private func consents() throws -> Digest.Consents {
        let answers = try rows("consents").compactMap { $0.text("consent") }
        return Digest.Consents(
            given: answers.count { $0 == "given" }, withheld: answers.count { $0 == "withheld" },
            reserved: answers.count { $0 == "reserved" })
    }

    // MARK: What

    private func items() throws -> [Contribution.Item] {
        let ordered = try rows("items").sorted { left, right in
            let (l, r) = (left.text("submission_id") ?? "", right.text("submission_id") ?? "")
            if !l.utf8.elementsEqual(r.utf8) { return bytesPrecede(l, r) }
            return (left.integer("item_index") ?? 0) < (right.integer("item_index") ?? 0)
        }
        return ordered.map { row in
            let consent = row.text("consent")
            return Contribution.Item(
                submission: row.text("submission_id") ?? "", key: row.text("item_id") ?? "",
                kind: row.text("kind") ?? "", objectives: row.texts("objectives").compactMap { Int64($0) },
                level: row.text("level"), states: row.texts("states").map { labels.label(.state, $0) },
                goals: row.texts("sdg"), title: row.names("title_ar", "title_en"),
                isWithheld: consent != nil && consent != "given")
        }
    }

    private func stakeholders(_ filed: [ResultRow]) -> [Label] {
        Set(filed.flatMap { $0.texts("stakeholders") }).sorted(by: bytesPrecede).map { labels.label(.stakeholder, $0) }
    }

    private func submissions(_ filed: [ResultRow], chair: Digest.Chair?) throws -> [Digest.Submission] {
        let relays = try rows("relays")
        let receipts = try rows("receipts")
        let submissions = filed.map { row in
            let id = row.text("submission_id") ?? ""
            return Digest.Submission(
                id: id, edition: row.integer("edition"), filedByKind: row.text("filed_by_kind"),
                filedBy: row.text("filed_by").map { filer($0, chair) }, date: row.text("effective"),
                route: row.text("route"), channel: row.text("channel"),
                relays: passages(relays, of: id, by: "via", name: "via_name"),
                receipts: passages(receipts, of: id, by: "received_by", name: nil))
        }
        return submissions.sorted { bytesPrecede($0.id, $1.id) }
    }

    /// The chair and States have names; anybody else is shown by code.
    private func filer(_ code: String, _ chair: Digest.Chair?) -> Label {
        if let chair, chair.chair.code == code { return chair.chair }
        return labels.label(.state, code)
    }

    private func passages(_ rows: [ResultRow], of id: String, by: String, name: String?) -> [Digest.Passage] {
        rows.filter { $0.text("submission_id") == id }.sorted { $0.event.precedes($1.event) }.map { row in
            Digest.Passage(
                by: row.text(by) ?? "", name: name.flatMap { row.text($0) }, date: row.text("effective"),
                level: row.text("level"))
        }
    }
}
