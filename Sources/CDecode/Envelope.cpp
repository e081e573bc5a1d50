// The attributes of a CloudEvent: found and checked by CloudEvents 1.0.2, the same for both content modes.
#include "Internal.hpp"

using namespace cdecode;

namespace {

/// CloudEvents' String: no control characters, no noncharacters (surrogates cannot be there any more).
bool isCloudEventsString(std::string_view text) {
    size_t at = 0;
    // Eight printable ASCII characters at a time, as nearly all attributes consist of.
    for (; at + 8 <= text.size(); at += 8) {
        uint64_t word;
        std::memcpy(&word, text.data() + at, 8);
        const uint64_t ones = 0x0101010101010101ull, highs = 0x8080808080808080ull;
        uint64_t deletes = word ^ (ones * 0x7F);
        if ((word | ((word - ones * 0x20) & ~word) | ((deletes - ones) & ~deletes)) & highs) break;
    }
    for (; at < text.size(); at++) {
        uint8_t byte = uint8_t(text[at]);
        if (byte < 0x20 || byte == 0x7F) return false;
        if (byte < 0xC2) continue;
        auto follow = [&](size_t ahead) { return at + ahead < text.size() ? uint8_t(text[at + ahead]) : uint8_t(0); };
        if (byte == 0xC2 && follow(1) < 0xA0) return false;  // U+0080 to U+009F
        if (byte == 0xEF && follow(1) == 0xB7 && follow(2) >= 0x90 && follow(2) <= 0xAF) return false;
        if (byte == 0xEF && follow(1) == 0xBF && follow(2) >= 0xBE) return false;  // U+FFFE, U+FFFF
        if (byte >= 0xF0 && (follow(1) & 0x0F) == 0x0F && follow(2) == 0xBF && follow(3) >= 0xBE) return false;
    }
    return true;
}

bool isAttributeName(std::string_view name) {
    if (name.empty()) return false;
    for (char byte : name)
        if (!((byte >= 'a' && byte <= 'z') || (byte >= '0' && byte <= '9'))) return false;
    return true;
}

/// The slot of an attribute that CloudEvents or Diwan knows; null for other extensions.
uint32_t *slotFor(std::string_view name, cdecode_envelope &envelope, uint32_t &specversion) {
    switch (name.size()) {
    case 2: return name == "id" ? &envelope.id : nullptr;
    case 4: return name == "type" ? &envelope.type : name == "time" ? &envelope.time : name == "data" ? &envelope.data : name == "hops" ? &envelope.hops : nullptr;
    case 6: return name == "source" ? &envelope.source : nullptr;
    case 7: return name == "subject" ? &envelope.subject : nullptr;
    case 8: return name == "backfill" ? &envelope.backfill : nullptr;
    case 10: return name == "dataschema" ? &envelope.dataschema : nullptr;
    case 11: return name == "specversion" ? &specversion : name == "data_base64" ? &envelope.data_base64 : nullptr;
    case 12: return name == "partitionkey" ? &envelope.partitionkey : nullptr;
    case 15: return name == "datacontenttype" ? &envelope.datacontenttype : nullptr;
    default: return nullptr;
    }
}

class Reader {
public:
    View view;
    cdecode_fault *fault;

    int32_t invalid(std::string_view name, const char *why) {
        std::string place;
        appendStep(place, name);
        return fail(fault, CDECODE_ATTRIBUTE_INVALID, place, why);
    }

    int32_t missing(const char *name) {
        std::string place = std::string("/") + name;
        return fail(fault, CDECODE_ATTRIBUTE_MISSING, place, "this attribute is required");
    }

    /// Attributes are strings, integers of 32 bits or booleans.
    int32_t checkValue(std::string_view name, const cdecode_node &node) {
        if (!isAttributeName(name)) return invalid(name, "attribute names are lower-case letters and digits");
        switch (node.kind) {
        case String:
            return isCloudEventsString(view.text(node))
                       ? CDECODE_OK
                       : invalid(name, "an attribute holds a control character or a noncharacter");
        case Integer: {
            int64_t value = int64_t(node.payload);
            return value == int32_t(value) ? CDECODE_OK : invalid(name, "an integer attribute has 32 bits");
        }
        case True:
        case False: return CDECODE_OK;
        default: return invalid(name, "an attribute is a string, an integer or a boolean");
        }
    }

    /// A core attribute that is there: a string that is not empty.
    int32_t checkText(uint32_t index, const char *name, std::string_view &text) {
        text = {};
        if (index == CDECODE_ABSENT) return CDECODE_OK;
        if (view.nodes[index].kind != String) return invalid(name, "this attribute is a string");
        text = view.text(view.nodes[index]);
        return text.empty() ? invalid(name, "this attribute is empty; leave it out instead") : CDECODE_OK;
    }
};

int32_t checkAttributes(Reader &reader, const cdecode_envelope &envelope, uint32_t specversion) {
    std::string_view text;
    if (specversion == CDECODE_ABSENT) return reader.missing("specversion");
    const auto &version = reader.view.nodes[specversion];
    if (version.kind != String || reader.view.text(version) != "1.0")
        return fail(reader.fault, CDECODE_SPECVERSION_UNSUPPORTED, "/specversion", "only specversion \"1.0\" is read");
    if (envelope.id == CDECODE_ABSENT) return reader.missing("id");
    if (int32_t code = reader.checkText(envelope.id, "id", text)) return code;
    if (envelope.source == CDECODE_ABSENT) return reader.missing("source");
    if (int32_t code = reader.checkText(envelope.source, "source", text)) return code;
    if (!isURIReference(text)) return reader.invalid("source", "source is a URI reference (RFC 3986)");
    if (envelope.type == CDECODE_ABSENT) return reader.missing("type");
    if (int32_t code = reader.checkText(envelope.type, "type", text)) return code;
    if (int32_t code = reader.checkText(envelope.subject, "subject", text)) return code;
    if (int32_t code = reader.checkText(envelope.time, "time", text)) return code;
    if (!text.empty() && !isDateTime(text))
        return reader.invalid("time", "time is RFC 3339, such as 2024-05-01T09:30:00Z");
    if (int32_t code = reader.checkText(envelope.dataschema, "dataschema", text)) return code;
    if (!text.empty() && !isAbsoluteURI(text)) return reader.invalid("dataschema", "dataschema is a URI with its scheme");
    if (int32_t code = reader.checkText(envelope.datacontenttype, "datacontenttype", text)) return code;
    if (!text.empty() && cdecode_media_type(reinterpret_cast<const uint8_t *>(text.data()), text.size()) == 0)
        return reader.invalid("datacontenttype", "datacontenttype is a media type in UTF-8, such as application/json");
    if (int32_t code = reader.checkText(envelope.partitionkey, "partitionkey", text)) return code;
    if (envelope.data != CDECODE_ABSENT && envelope.data_base64 != CDECODE_ABSENT)
        return reader.invalid("data_base64", "data and data_base64 exclude each other");
    if (envelope.data_base64 != CDECODE_ABSENT && reader.view.nodes[envelope.data_base64].kind != String)
        return reader.invalid("data_base64", "data_base64 is a string");
    return CDECODE_OK;
}

}  // namespace

extern "C" int32_t cdecode_read_envelope(const uint8_t *bytes, const cdecode_node *nodes, uint32_t root,
                                         cdecode_envelope *envelope, cdecode_fault *fault) try {
    Reader reader{{bytes, nodes}, fault};
    std::memset(envelope, 0xFF, sizeof *envelope);
    uint32_t specversion = CDECODE_ABSENT;
    if (nodes[root].kind != Object)
        return fail(fault, CDECODE_NOT_AN_OBJECT, "", "a CloudEvent is one JSON object, not an array or a bare value");
    uint32_t at = root + 1;
    for (uint64_t i = 0; i < nodes[root].payload; i++) {
        const auto &node = nodes[at];
        auto name = reader.view.key(node);
        uint32_t *slot = slotFor(name, *envelope, specversion);
        // JSON null means that an attribute is not set; as data it is a value.
        if (node.kind != Null || slot == &envelope->data) {
            if (slot != &envelope->data && slot != &envelope->data_base64) {
                if (int32_t code = reader.checkValue(name, node)) return code;
            }
            if (slot && *slot == CDECODE_ABSENT) *slot = at;
        }
        at += node.skip;
    }
    return checkAttributes(reader, *envelope, specversion);
} catch (...) { return fail(fault, CDECODE_NO_MEMORY, "", "memory is short"); }
