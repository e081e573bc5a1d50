import Bilingual
public import PluginKit

/// Digests what a mechanism contributes to a cycle of the International Migration Review Forum.
public func makePlugin() throws -> any Plugin { try ImrfDigestPlugin() }

/// Keeps facts of mechanisms, mandates and submissions, and writes the document `digest` from them.
struct ImrfDigestPlugin: Plugin {
    let sources = PluginSources(
        manifest: PluginFiles.manifest, messages: PluginFiles.messages, data: PluginFiles.data)
    private let messages: MessageCatalogue

    /// - Throws: `BilingualError` when the messages that were embedded cannot be used.
    init() throws {
        messages = try MessageCatalogue(files: PluginFiles.messages)
    }

    func handle(_ event: Event, _ rows: Rows, _ effects: Effects) throws {
        guard let data = event.data else { return }
        let hash = EventHash.text(event)
        if event.type == EventTypes.submissionFiled {
            try SubmissionFacts.filed(data, hash, effects)
        } else if event.type == EventTypes.submissionRelayed {
            try SubmissionFacts.relayed(data, hash, effects)
        } else if event.type == EventTypes.submissionReceived {
            try SubmissionFacts.received(data, hash, effects)
        } else if event.type == EventTypes.mandateGranted {
            try MandateFacts.granted(data, hash, effects)
        } else if event.type == EventTypes.consentRecorded {
            try MandateFacts.answered(data, hash, effects)
        } else {
            try MechanismFacts.keep(event, data, hash, effects)
        }
    }

    func render(_ request: DocumentRequest) throws -> String {
        guard request.document == "digest" else {
            throw Refusal(reason: "document-unknown", detail: "this plugin renders `digest`, not \(request.document)")
        }
        let digest = try DigestReader.read(request)
        switch request.format {
        case .json: return DigestJSON.text(digest)
        case .text: return try DigestText(messages, request.language == .arabic ? .arabic : .english).text(digest)
        }
    }
}

/// The types that the manifest lists.
enum EventTypes {
    static let mechanismRegistered: StaticString = "org.iscm.mechanism.registered.v1"
    static let mechanismReclassified: StaticString = "org.iscm.mechanism.reclassified.v1"
    static let memberJoined: StaticString = "org.iscm.member.joined.v1"
    static let memberLeft: StaticString = "org.iscm.member.left.v1"
    static let chairAssumed: StaticString = "org.iscm.chair.assumed.v1"
    static let secretariatDesignated: StaticString = "org.iscm.secretariat.designated.v1"
    static let mandateGranted: StaticString = "org.iscm.mandate.granted.v1"
    static let consentRecorded: StaticString = "org.iscm.mandate.consent_recorded.v1"
    static let submissionFiled: StaticString = "org.iscm.submission.filed.v1"
    static let submissionRelayed: StaticString = "org.iscm.submission.relayed.v1"
    static let submissionReceived: StaticString = "org.iscm.submission.received.v1"
}
