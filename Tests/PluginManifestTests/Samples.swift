import Configuration
import PluginKit
import PluginManifest

/// A manifest that uses everything.
enum Sample {
    static let whole = """
        name: sample-plugin
        version: 3
        summary: {en: A sample, ar: مثال}
        events:
          - org.iscm.meeting.held.v1
          - {type: org.iscm.person.described.v1, topic: people}
        tables:
          - name: meeting
            kind: facts
            owner: mechanism
            identity: [meeting_id]
            columns:
              - {name: meeting_id, type: text, required: true}
              - participants: integer
          - name: person
            kind: rows
            owner: person
            key: [person]
            reference: true
            columns: {name_ar: text, name_en: text, languages: json, channels: json}
          - name: contribution
            kind: tally
            owner: mechanism
            key: [mechanism, cycle]
            key-types: {cycle: integer}
            columns: {items: {type: integer, merge: sum}}
        data:
          - {file: themes.csv, table: theme}
        people: person
        queries:
          - name: meetings
            title: {en: Meetings, ar: الاجتماعات}
            visibility: public
            parameters: [mechanism]
            columns:
              - {name: meeting_id, en: Meeting, ar: الاجتماع}
              - {name: label_ar, en: Name (Arabic), ar: الاسم, language: ar}
            select: |
              SELECT m.meeting_id, t.label_ar
              FROM meeting AS m LEFT JOIN theme AS t ON t.slug = m.meeting_id
              WHERE m.mechanism = :mechanism AND m.effective_start <= :as_of
              ORDER BY m.meeting_id
        documents:
          - {name: digest, title: {en: Digest, ar: الموجز}, parameters: [mechanism], queries: [meetings]}
        notices:
          - {name: meeting-held, subject: meeting-held-subject, body: meeting-held-body, valid-for: 12h}
          - {name: other, subject: other-subject, body: other-body}

        """

    /// The whole sample with a piece of its text replaced.
    static func replacing(_ old: String, _ new: String) -> String {
        guard let range = whole.range(of: old) else { return "the sample has no \(old)" }
        return whole.replacingCharacters(in: range, with: new)
    }

    /// The problems of a manifest, one text each.
    static func problems(_ yaml: String) -> [String] {
        do throws(ConfigurationError) {
            _ = try ManifestReader.read(yaml, file: "plugin.yaml")
            return []
        } catch {
            return error.problems.map(\.description)
        }
    }

    /// The problems of the sample with its query's SELECT replaced.
    static func problems(select: String) -> [String] {
        let lines = select.split(separator: "\n", omittingEmptySubsequences: false).map { "      \($0)" }
        let old = whole.components(from: "      SELECT m.meeting_id", to: "documents:")
        return problems(replacing(old, lines.joined(separator: "\n") + "\n"))
    }
}

extension String {
    /// From the first text up to, without it, the second.
    fileprivate func components(from start: String, to end: String) -> String {
        guard let first = range(of: start), let last = range(of: end) else { return "nothing" }
        return String(self[first.lowerBound..<last.lowerBound])
    }

    fileprivate func range(of other: String) -> Range<Index>? { ranges(of: other).first }

    fileprivate func replacingCharacters(in range: Range<Index>, with new: String) -> String {
        String(self[..<range.lowerBound]) + new + String(self[range.upperBound...])
    }
}
