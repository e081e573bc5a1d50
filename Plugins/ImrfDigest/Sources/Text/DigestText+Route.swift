import Bilingual
import PluginKit

extension DigestText {
    func route(_ digest: Digest, _ page: inout Page) throws {
        try page.heading(Messages.routeHeading)
        if digest.submissions.isEmpty { try page.line(Messages.routeNone, depth: 1) }
        for submission in digest.submissions { try route(submission, &page) }
    }

    private func route(_ submission: Digest.Submission, _ page: inout Page) throws {
        try page.line(Messages.routeSubmission(submission: .same(submission.id)), depth: 1)
        if let edition = submission.edition.flatMap({ Int(exactly: $0) }) {
            try page.line(Messages.routeEdition(edition: edition), depth: 2)
        }
        try page.line(
            Messages.routeFiled(
                kind: submission.filedByKind ?? "other", named: yes(submission.filedBy != nil),
                name: submission.filedBy.map { own($0) } ?? ""), depth: 2)
        let date = date(submission.date)
        try page.line(Messages.routeFiledOn(dated: yes(date != nil), date: try date ?? Self.noDate()), depth: 2)
        try page.line(Messages.routeWay(route: submission.route ?? "other"), depth: 2)
        try page.line(
            Messages.routeChannel(channel: choice(submission.channel), name: .same(submission.channel ?? "")), depth: 2)
        try relays(submission, &page)
        try receipts(submission, &page)
    }

    private func relays(_ submission: Digest.Submission, _ page: inout Page) throws {
        for relay in submission.relays.map({ $0 as Digest.Passage? }) + (submission.relays.isEmpty ? [nil] : []) {
            let date = date(relay?.date)
            try page.line(
                Messages.routeRelayed(
                    via: choice(relay?.by), code: .same(relay?.by ?? ""), named: yes(relay?.name != nil),
                    name: .same(relay?.name ?? ""), dated: yes(date != nil), date: try date ?? Self.noDate()), depth: 2)
        }
    }

    private func receipts(_ submission: Digest.Submission, _ page: inout Page) throws {
        for receipt in submission.receipts.map({ $0 as Digest.Passage? }) + (submission.receipts.isEmpty ? [nil] : []) {
            let date = date(receipt?.date)
            try page.line(
                Messages.routeReceived(
                    by: choice(receipt?.by), code: .same(receipt?.by ?? ""), dated: yes(date != nil),
                    date: try date ?? Self.noDate()), depth: 2)
        }
    }

    /// An open list of codes as a keyword of a message: what the message does not know is shown as it is. `none` is our
    /// own word for nothing stated, so a code of that name becomes another.
    private func choice(_ code: String?) -> String {
        guard let code else { return "none" }
        return code == "none" ? "other" : code
    }
}
