import CDecode

/// How a record carries its event, by the Kafka protocol binding of CloudEvents 1.0.2.
enum ContentMode {
    /// The value is the whole event in JSON.
    case structured
    /// The attributes are headers, the value is the data. The media type is that of the data.
    case binary(mediaType: UnsafeRawBufferPointer?)

    /// The content-type decides; without one, `ce_` headers mean binary; without either, the topic's setting decides.
    static func of(_ input: borrowing RecordInput) throws(DecodeRefusal) -> ContentMode {
        guard input.headers.count > 0 else { return try headerless(input.settings) }
        var mediaType: UnsafeRawBufferPointer?
        var hasAttributes = false
        for header in input.headers {
            if isContentType(header.name) {
                if mediaType != nil {
                    throw DecodeRefusal(.contentTypeUnsupported, "the header content-type is given twice")
                }
                mediaType = header.value
            } else if isAttribute(header.name) {
                hasAttributes = true
            }
        }
        guard let mediaType else { return hasAttributes ? .binary(mediaType: nil) : try headerless(input.settings) }
        switch cdecode_media_type(mediaType.baseAddress?.assumingMemoryBound(to: UInt8.self), mediaType.count) {
        case 2: return .structured
        case 3:
            throw DecodeRefusal(
                .contentTypeUnsupported, "a batch of events cannot be a Kafka record; send each as a record of its own")
        case 4:
            throw DecodeRefusal(
                .contentTypeUnsupported, "of structured events only application/cloudevents+json is read")
        case 0:
            throw DecodeRefusal(
                .contentTypeUnsupported, "the header content-type is no media type in UTF-8, such as application/json")
        default: return .binary(mediaType: mediaType)
        }
    }

    /// `ce_` and a name.
    static func isAttribute(_ name: UnsafeRawBufferPointer) -> Bool {
        name.count > 3 && name[0] == UInt8(ascii: "c") && name[1] == UInt8(ascii: "e") && name[2] == UInt8(ascii: "_")
    }

    /// `content-type`, in any case: the binding writes it in lower case, HTTP bridges do not.
    private static func isContentType(_ name: UnsafeRawBufferPointer) -> Bool {
        guard name.count == 12 else { return false }
        let expected: StaticString = "content-type"
        return expected.withUTF8Buffer { expected in
            for (byte, lower) in zip(name, expected) where byte != lower && byte | 0x20 != lower { return false }
            return true
        }
    }

    private static func headerless(_ settings: TopicSettings) throws(DecodeRefusal) -> ContentMode {
        if settings.headerless == .structured { return .structured }
        throw DecodeRefusal(
            .headerless,
            "neither a content-type nor a ce_ header says what this record is; send one, or set headerless: structured")
    }
}
