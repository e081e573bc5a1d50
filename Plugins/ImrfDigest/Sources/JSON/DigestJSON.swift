import PluginKit

/// The digest as JSON: one form for both languages, because it carries the names of both.
///
/// Numbers beyond 2^53 (an odd objective may be any integer) are written in full.
enum DigestJSON {
    static func text(_ digest: Digest) -> String {
        let root: [String: JSONText] = [
            "document": "imrf-digest",
            "mechanism": mechanism(digest.mechanism),
            "cycle": .object([
                "year": JSONText(digest.cycle.year), "edition": JSONText(digest.cycle.edition),
                "regionalReview": JSONText(digest.cycle.regionalReview),
            ]),
            "basis": basis(digest),
            "contribution": contribution(digest.contribution),
            "submissions": .array(digest.submissions.map(submission)),
            "parkedEvents": JSONText(digest.parkedEvents),
            "remarks": .array(
                digest.remarks.map { .object(["code": .string($0.kind.rawValue), "count": JSONText($0.count)]) }),
            "sources": .array(
                digest.sources.map {
                    .object(["source": .string($0.source), "id": .string($0.id), "sha256": .string($0.sha256)])
                }),
        ]
        return JSONText.object(root).text + "\n"
    }

    private static func names(_ text: LocalizedText?) -> JSONText {
        guard let text else { return .null }
        return .object(["ar": .string(text.ar), "en": .string(text.en)])
    }

    private static func label(_ label: Label?) -> JSONText {
        guard let label else { return .null }
        return .object(["code": .string(label.code), "name": names(label.name)])
    }

    private static func labels(_ labels: [Label]) -> JSONText { .array(labels.map { label($0) }) }

    private static func mechanism(_ mechanism: Digest.Mechanism) -> JSONText {
        let chair = mechanism.chair.map { chair in
            JSONText.object([
                "chair": label(chair.chair), "kind": JSONText(chair.kind), "from": JSONText(chair.from),
                "to": JSONText(chair.to),
            ])
        }
        let secretariat = mechanism.secretariat.map { secretariat in
            JSONText.object(["kind": .string(secretariat.kind), "organisation": label(secretariat.organisation)])
        }
        return .object([
            "slug": .string(mechanism.slug), "name": names(mechanism.name), "acronym": JSONText(mechanism.acronym),
            "type": JSONText(mechanism.type), "regions": labels(mechanism.regions),
            "states": JSONText(mechanism.states), "territories": JSONText(mechanism.territories),
            "statedStates": JSONText(mechanism.statedStates), "chair": chair ?? .null,
            "secretariat": secretariat ?? .null,
        ])
    }

    private static func basis(_ digest: Digest) -> JSONText {
        let mandate = digest.mandate.map { mandate in
            JSONText.object([
                "date": JSONText(mandate.date), "by": label(mandate.by), "scope": JSONText(mandate.scope),
                "themes": labels(mandate.themes), "regions": labels(mandate.regions),
            ])
        }
        return .object([
            "compactParagraph": JSONText(digest.basis.compactParagraph),
            "resolution": .string(Basis.resolution),
            "resolutionParagraph": JSONText(digest.basis.resolutionParagraph),
            "kindsCompactParagraph": JSONText(digest.basis.kindsCompactParagraph),
            "kindsResolutionParagraph": JSONText(digest.basis.kindsResolutionParagraph),
            "mandate": mandate ?? .null,
            "consents": .object([
                "given": JSONText(digest.consents.given), "withheld": JSONText(digest.consents.withheld),
                "reserved": JSONText(digest.consents.reserved),
            ]),
        ])
    }

    private static func contribution(_ contribution: Contribution) -> JSONText {
        func section(_ section: Contribution.Section) -> JSONText {
            .object([
                "kind": label(section.kind), "count": JSONText(section.items.count),
                "items": .array(section.items.map(item)),
            ])
        }
        func objective(_ objective: Contribution.ObjectiveCount) -> JSONText {
            .object([
                "number": .integer(objective.number), "title": names(objective.title),
                "count": JSONText(objective.count),
            ])
        }
        return .object([
            "items": JSONText(contribution.shown + contribution.withheld), "shown": JSONText(contribution.shown),
            "withheld": JSONText(contribution.withheld),
            "sections": .array(contribution.sections.map(section)),
            "foreignSections": .array(contribution.foreignSections.map(section)),
            "objectives": .array(contribution.objectives.map(objective)),
            "oddObjectives": .array(contribution.oddObjectives.map(objective)),
            "withoutObjective": JSONText(contribution.withoutObjective),
            "levels": .array(
                contribution.levels.map { .object(["level": .string($0.code), "count": JSONText($0.count)]) }),
            "withoutLevel": JSONText(contribution.withoutLevel),
            "stakeholders": labels(contribution.stakeholders),
            "goals": .array(contribution.goals.map { .string($0) }),
        ])
    }

    private static func item(_ item: Contribution.Item) -> JSONText {
        .object([
            "submission": .string(item.submission), "item": .string(item.key), "title": names(item.title),
            "objectives": .array(item.objectives.map { .integer($0) }), "level": JSONText(item.level),
            "states": labels(item.states), "goals": .array(item.goals.map { .string($0) }),
        ])
    }

    private static func submission(_ submission: Digest.Submission) -> JSONText {
        func passages(_ passages: [Digest.Passage]) -> JSONText {
            .array(
                passages.map {
                    .object([
                        "by": .string($0.by), "name": JSONText($0.name), "date": JSONText($0.date),
                        "level": JSONText($0.level),
                    ])
                })
        }
        return .object([
            "id": .string(submission.id), "edition": JSONText(submission.edition),
            "filedByKind": JSONText(submission.filedByKind), "filedBy": label(submission.filedBy),
            "filed": JSONText(submission.date), "route": JSONText(submission.route),
            "channel": JSONText(submission.channel), "relayed": passages(submission.relays),
            "received": passages(submission.receipts),
        ])
    }
}

extension JSONText: ExpressibleByStringLiteral {
    init(stringLiteral value: String) { self = .string(value) }
}
