import Bilingual
import PluginKit

/// Writes a notice in both languages from the plugin's messages (rule 33). May be used by many threads.
struct NoticeRenderer: Sendable {
    struct Text: Sendable, Equatable {
        struct Pair: Sendable, Equatable {
            let ar: String
            let en: String
        }

        let subject: Pair
        let body: Pair
    }

    private let catalogue: MessageCatalogue

    /// - Throws: `BilingualError` when a message misses a language or a placeholder.
    init(messages: [String: String]) throws(BilingualError) {
        catalogue = try MessageCatalogue(files: messages)
    }

    /// Why a rule could never be written: its messages are not among the plugin's; nil where they are.
    func problem(of rule: NoticeRule) -> String? {
        for key in [rule.subjectMessage, rule.bodyMessage] where catalogue.placeholders(of: key) == nil {
            return "the notice rule \(rule.name) names the message \(key), which the plugin's messages do not have"
        }
        return nil
    }

    /// Why a notice could not be written from what its handler gave; nil where it can. Asked before the notice is kept,
    /// so that a mistake of the plugin is a dead letter to be looked at, and not a letter that never arrives.
    func problem(of notice: Notice, _ rule: NoticeRule) -> String? {
        for key in [rule.subjectMessage, rule.bodyMessage] {
            let wanted = (catalogue.placeholders(of: key) ?? []).map(\.name)
            let missing = wanted.filter { notice.arguments[$0] == nil }
            if !missing.isEmpty {
                return "the notice rule \(rule.name) gives no \(missing.joined(separator: ", ")), which its message "
                    + "\(key) wants"
            }
        }
        // Written once for nothing: types, choices and dates show only then.
        let trial = OutgoingNotice(
            rule: rule.name, recipient: notice.recipient, occurrence: notice.occurrence,
            occasion: .init(source: "", id: "", type: "", key: "", hops: 0), subjectMessage: rule.subjectMessage,
            bodyMessage: rule.bodyMessage, arguments: notice.arguments.mapValues { OutgoingNotice.Argument($0) })
        do throws(DeliveryFailure) {
            _ = try render(trial, digits: nil)
            return nil
        } catch {
            return "the notice rule \(rule.name): \(error.message)"
        }
    }

    /// - Parameter digits: the recipient's choice, `latn` or `arab`.
    func render(_ notice: OutgoingNotice, digits: String?) throws(DeliveryFailure) -> Text {
        let chosen: Digits = digits == "arab" ? .arabicIndic : .latin
        return Text(
            subject: try pair(notice.subjectMessage, notice, chosen), body: try pair(notice.bodyMessage, notice, chosen)
        )
    }

    private func pair(_ key: String, _ notice: OutgoingNotice, _ digits: Digits) throws(DeliveryFailure) -> Text.Pair {
        Text.Pair(
            ar: try render(key, notice, ReaderLocale(.arabic, digits: digits)),
            en: try render(key, notice, ReaderLocale(.english)))
    }

    private func render(_ key: String, _ notice: OutgoingNotice, _ locale: ReaderLocale) throws(DeliveryFailure)
        -> String
    {
        do throws(BilingualError) {
            var arguments: [String: MessageArgument] = [:]
            for placeholder in catalogue.placeholders(of: key) ?? [] {
                guard let value = notice.arguments[placeholder.name] else { continue }
                arguments[placeholder.name] = try argument(value, placeholder.type, locale.language)
            }
            return try catalogue.render(MessageReference(key: key, arguments: arguments), locale)
        } catch {
            throw DeliveryFailure(.permanent, "the message \(key) cannot be written: \(error)")
        }
    }

    private func argument(_ value: OutgoingNotice.Argument, _ type: PlaceholderType, _ language: Language)
        throws(BilingualError) -> MessageArgument
    {
        switch value {
        case .integer(let integer): type == .number ? .number(Double(integer)) : .integer(integer)
        case .date(let date):
            .date(date.utf8.count > 10 ? try PartialDateString(dateOf: date) : try PartialDateString(date))
        case .localized(let ar, let en): .text(language == .arabic ? ar : en)
        case .text(let text): type == .choice ? .choice(text) : .text(text)
        }
    }
}
