extension CanonicalJSON {
    /// The form that `Event.eventHash` is taken over: one object of all attributes and `data`.
    ///
    /// So that both content modes give the same bytes, every attribute is written as text (binary mode knows no other),
    /// and a missing `datacontenttype` as the `application/json` that it stands for.
    mutating func append(wholeEvent event: Event) {
        var members: [(name: Text, value: Value?)] = []
        var hasContentType = false
        for (name, value) in event.attributes.members where !value.isNull && name != "data" {
            if name == "datacontenttype" { hasContentType = true }
            members.append((name, value))
        }
        if !hasContentType { members.append((Text("datacontenttype"), nil)) }
        if event.sentData != nil { members.append((Text("data"), event.sentData)) }
        // Attribute names are ASCII, so the order of their bytes is RFC 8785's.
        members.sort { $0.name < $1.name }
        append(raw: "{")
        for (position, member) in members.enumerated() {
            if position > 0 { append(raw: ",") }
            append(string: member.name)
            append(raw: ":")
            switch member.value {
            case nil: append(raw: "\"application/json\"")
            case let value? where member.name == "data": append(value)
            case let value?: append(string: value.text ?? Text(value.canonicalJSON()))
            }
        }
        append(raw: "}")
    }
}
