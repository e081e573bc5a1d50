import Foundation
import ProjectionStore

/// Writes each notice as a file of a Maildir, named by the notice's id: a repeat is the same file (rule 25).
///
/// The text is UTF-8 in both languages; header fields are UTF-8 too (RFC 6532).
final class MaildirDestination: Destination {
    let name = DestinationName.maildir
    private let folder: String
    private let sender: String
    private let renderer: NoticeRenderer
    private let recipients: any RecipientDirectory

    /// - Throws: `DeliveryFailure` when the folder cannot be made.
    init(folder: String, sender: String, renderer: NoticeRenderer, recipients: any RecipientDirectory)
        throws(DeliveryFailure)
    {
        self.folder = folder
        self.sender = sender
        self.renderer = renderer
        self.recipients = recipients
        for part in ["tmp", "new", "cur"] {
            do {
                try FileManager.default.createDirectory(
                    atPath: "\(folder)/\(part)", withIntermediateDirectories: true,
                    attributes: [.posixPermissions: 0o700])
            } catch {
                throw DeliveryFailure(.unavailable, "cannot make the Maildir \(folder): \(error)")
            }
        }
    }

    func close() { recipients.close() }

    func deliver(_ messages: [OutboxMessage]) -> [DeliveryOutcome] {
        var outcomes: [DeliveryOutcome] = []
        for message in messages {
            let outcome = deliver(message)
            outcomes.append(outcome)
            if case .failed = outcome { break }
        }
        return outcomes
    }

    private func deliver(_ message: OutboxMessage) -> DeliveryOutcome {
        do {
            let notice = try PayloadJSON.value(OutgoingNotice.self, message.content.payload)
            if let limit = message.content.validUntil, UTCTime.now > limit { return .closed("expired") }
            switch try recipients.recipient(notice.recipient) {
            case .erased: return .closed("recipient-erased")
            case .unknown: return .waiting("recipient-unknown")
            case .known(let recipient):
                guard let address = recipient.address(channel: "email") else { return .waiting("address-unknown") }
                let mail = try mail(message, notice, recipient, address)
                try write(mail, id: message.content.id)
                return .sent
            }
        } catch {
            return error.code == .permanent ? .held(error.message) : .failed(error.message)
        }
    }

    private func mail(
        _ message: OutboxMessage, _ notice: OutgoingNotice, _ recipient: Recipient, _ address: String
    ) throws(DeliveryFailure) -> String {
        let text = try renderer.render(notice, digits: recipient.digits)
        let subject = "\(text.subject.ar) / \(text.subject.en)"
        let name = [recipient.nameArabic, recipient.nameEnglish].compactMap { $0 }.joined(separator: " / ")
        let fields = [
            ("From", sender),
            ("To", name.isEmpty ? "<\(address)>" : "\"\(Self.quotable(name))\" <\(address)>"),
            ("Subject", subject),
            ("Date", MailDate.text(message.content.created)),
            ("Message-ID", "<\(message.content.id)@diwan.invalid>"),
            ("X-Diwan-Notice", message.content.id),
            ("X-Diwan-Rule", notice.rule),
            ("MIME-Version", "1.0"),
            ("Content-Type", "text/plain; charset=utf-8"),
            ("Content-Transfer-Encoding", "8bit"),
        ]
        let header = fields.map { "\($0.0): \(Self.headerSafe($0.1))\n" }.joined()
        return "\(header)\n\(text.body.ar)\n\n\(text.body.en)\n"
    }

    /// Written beside and moved into place, so that a reader never sees half a mail; a mail that was moved to `cur`
    /// by a reader is left there.
    private func write(_ mail: String, id: String) throws(DeliveryFailure) {
        let manager = FileManager.default
        do {
            let read = try manager.contentsOfDirectory(atPath: "\(folder)/cur")
            if read.contains(where: { $0.hasPrefix(id) }) { return }
            let temporary = "\(folder)/tmp/\(id)"
            let descriptor = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
            guard descriptor >= 0 else { throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO) }
            defer { _ = Glibc.close(descriptor) }
            let bytes = Array(mail.utf8)
            var written = 0
            while written < bytes.count {
                let count = bytes[written...].withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
                guard count > 0 else { throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO) }
                written += count
            }
            CrashPoint.reach(.mailWritten)
            guard fsync(descriptor) == 0, rename(temporary, "\(folder)/new/\(id)") == 0 else {
                throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO)
            }
        } catch {
            throw DeliveryFailure(.unavailable, "cannot write to the Maildir \(folder): \(error)")
        }
    }

    /// A header field ends at a line break: none may come from a name or an address.
    static func headerSafe(_ text: String) -> String {
        String(String.UnicodeScalarView(text.unicodeScalars.map { $0.value < 0x20 || $0.value == 0x7f ? " " : $0 }))
    }

    private static func quotable(_ name: String) -> String {
        name.replacingOccurrences(of: "\\", with: "\\\\").replacingOccurrences(of: "\"", with: "\\\"")
    }
}

/// Dates of mail headers (RFC 5322), in UTC.
enum MailDate {
    static func text(_ milliseconds: Int64) -> String {
        var seconds = time_t(milliseconds / 1000)
        var parts = tm()
        gmtime_r(&seconds, &parts)
        let days = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
        let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        func two(_ value: Int32) -> String { value < 10 ? "0\(value)" : String(value) }
        return "\(days[Int(parts.tm_wday)]), \(two(parts.tm_mday)) \(months[Int(parts.tm_mon)]) "
            + "\(1900 + parts.tm_year) \(two(parts.tm_hour)):\(two(parts.tm_min)):\(two(parts.tm_sec)) +0000"
    }
}
