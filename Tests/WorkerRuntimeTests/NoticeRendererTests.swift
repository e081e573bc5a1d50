import PluginKit
import Testing

@testable import WorkerRuntime

/// A notice that cannot be written is found before it is kept, and one that is kept is written in both languages.
@Suite struct NoticeRendererTests {
    private let rule = NoticeRule(
        name: "issued", subjectMessage: "issued-subject", bodyMessage: "issued-body", validFor: 1000)

    private func renderer() throws -> NoticeRenderer {
        try NoticeRenderer(messages: [
            "en.messages":
                "issued-subject = {title} was issued\nissued-body = On {date, date}, {count, plural, one {# page} other {# pages}}\n",
            "ar.messages":
                "issued-subject = صدر {title}\nissued-body = في {date, date}، {count, plural, zero {لا صفحات} one {صفحة} two {صفحتان} few {# صفحات} many {# صفحة} other {# صفحة}}\n",
        ])
    }

    private func notice(_ arguments: [String: NoticeArgument]) -> Notice {
        Notice(rule: "issued", recipient: "role/synthetic", arguments: arguments)
    }

    @Test func `a rule whose message is not there is found at the start`() throws {
        let renderer = try renderer()
        #expect(renderer.problem(of: rule) == nil)
        let wrong = NoticeRule(
            name: "issued", subjectMessage: "issued-subject", bodyMessage: "issued-bdy", validFor: 1000)
        #expect(renderer.problem(of: wrong)?.contains("issued-bdy") == true)
    }

    @Test func `a notice without a placeholder of its messages is the handler's failure`() throws {
        let renderer = try renderer()
        let whole: [String: NoticeArgument] = [
            "title": .localized(ar: "بيان", en: "Statement"), "date": .date("2026-03-02"), "count": .integer(3),
        ]
        #expect(renderer.problem(of: notice(whole), rule) == nil)
        let problem = renderer.problem(of: notice(["title": .text("x"), "count": .integer(1)]), rule)
        #expect(problem?.contains("date") == true && problem?.contains("issued-body") == true)
        var wrong = whole
        wrong["date"] = .date("the second of March")
        #expect(renderer.problem(of: notice(wrong), rule)?.contains("issued") == true)
    }

    @Test func `each language gets its own text, dates in the UN's style and its plural form`() throws {
        let outgoing = OutgoingNotice(
            rule: "issued", recipient: "role/synthetic", occurrence: "",
            occasion: .init(source: "s", id: "1", type: "t", key: "arcp", hops: 0), subjectMessage: "issued-subject",
            bodyMessage: "issued-body",
            arguments: [
                "title": .localized(ar: "بيان", en: "Statement"), "date": .date("2026-03-02"), "count": .integer(3),
            ])
        let text = try renderer().render(outgoing, digits: nil)
        #expect(text.subject.en == "\u{2068}Statement\u{2069} was issued")
        #expect(text.subject.ar == "صدر \u{2068}بيان\u{2069}")
        #expect(text.body.en == "On \u{2068}2 March 2026\u{2069}, 3 pages")
        #expect(text.body.ar == "في \u{2068}2 آذار/مارس 2026\u{2069}، 3 صفحات")
        let arabic = try renderer().render(outgoing, digits: "arab")
        #expect(arabic.body.ar.contains("٣ صفحات"))
    }
}
