/// Where notices go.
public struct DeliverySection: Sendable {
    /// Publishes each notice as a CloudEvent; nil where nobody asked for it.
    public let kafka: KafkaDelivery?
    /// Writes each notice as a mail file; nil where nobody asked for it.
    public let maildir: MaildirDelivery?

    static let fields: [FieldSpec] = [
        FieldSpec(
            "kafka", .object(KafkaDelivery.fields), .optional, summary: "Publish notices to a topic, as CloudEvents"),
        FieldSpec(
            "maildir", .object(MaildirDelivery.fields), .optional, summary: "Write notices as mails into a Maildir"),
    ]

    init(
        _ settings: Settings, topics: [TopicSection], _ problems: inout [ConfigurationProblem]
    ) throws(ConfigurationError) {
        if let kafka: Settings = try settings.optional("kafka") {
            self.kafka = try KafkaDelivery(kafka, topics: topics, &problems)
        } else {
            kafka = nil
        }
        maildir = try settings.optional("maildir", as: Settings.self).map { (maildir) throws(ConfigurationError) in
            try MaildirDelivery(maildir)
        }
    }
}

/// Notices as CloudEvents on a topic.
public struct KafkaDelivery: Sendable {
    public let topic: String

    static let fields: [FieldSpec] = [
        FieldSpec(
            "topic", .text(.topic), .optional,
            summary: "The topic, which `topics` lists with the role notices; that one if not said",
            example: "iscm.notices")
    ]

    init(
        _ settings: Settings, topics: [TopicSection], _ problems: inout [ConfigurationProblem]
    ) throws(ConfigurationError) {
        let named: String? = try settings.optional("topic")
        let listed = topics.first { $0.role == .notices }?.name
        topic = named ?? listed ?? ""
        guard let listed, listed == topic else {
            let name = named ?? "iscm.notices"
            let cause = listed.map { ", but in topics \($0) has the role notices; name that one or change topics" }
            problems.append(
                ConfigurationProblem(
                    .conflict, at: settings.place(of: "topic"),
                    "delivery.kafka writes to \(name)"
                        + (cause ?? ", which topics does not list; add {name: \(name), role: notices} there")))
            return
        }
    }
}

/// Notices as files of a Maildir.
public struct MaildirDelivery: Sendable {
    public let folder: String
    /// The address in `From:`.
    public let sender: String

    static let fields: [FieldSpec] = [
        FieldSpec(
            "folder", .path, .required, summary: "The Maildir, made if it is not there", example: "/var/lib/diwan/mail"),
        FieldSpec(
            "sender", .text(.address), .defaultValue("diwan@localhost"), summary: "The address that mails come from"),
    ]

    init(_ settings: Settings) throws(ConfigurationError) {
        folder = try settings.value("folder")
        sender = try settings.value("sender")
    }
}

extension TextRule {
    /// A bare mail address in ASCII: no name, no line end that could add a header.
    static let address = TextRule("address") { text in
        let parts = text.split(separator: "@", omittingEmptySubsequences: false)
        let isPrintable = text.utf8.allSatisfy {
            (0x21...0x7E).contains($0) && !Array("<>(),;:\"[]\\".utf8).contains($0)
        }
        return parts.count == 2 && !parts.contains(where: \.isEmpty) && isPrintable
            ? nil : "is no mail address; write NAME@HOST without a display name"
    }
}
