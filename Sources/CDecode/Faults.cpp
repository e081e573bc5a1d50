#include "Internal.hpp"

namespace cdecode {

static void copy(char *to, size_t capacity, std::string_view from) {
    size_t count = from.size();
    if (count >= capacity) {
        count = capacity - 1;
        while (count > 0 && (uint8_t(from[count]) & 0xC0) == 0x80) count--;  // no half character
    }
    std::memcpy(to, from.data(), count);
    to[count] = 0;
}

int32_t fail(cdecode_fault *fault, int32_t code, std::string_view pointer, std::string_view detail) {
    if (fault) {
        fault->code = code;
        copy(fault->pointer, sizeof fault->pointer, pointer);
        copy(fault->detail, sizeof fault->detail, detail);
    }
    return code;
}

void appendStep(std::string &pointer, std::string_view step) {
    if (pointer.size() > 200) return;
    pointer += '/';
    const size_t limit = 48;
    size_t end = step.size();
    if (end > limit) {
        end = limit;
        while (end > 0 && (uint8_t(step[end]) & 0xC0) == 0x80) end--;
    }
    for (char byte : step.substr(0, end)) {
        if (byte == '~') pointer += "~0";
        else if (byte == '/') pointer += "~1";
        else if (uint8_t(byte) < 0x20 || byte == 0x7F) pointer += '?';
        else pointer += byte;
    }
    if (end < step.size()) pointer += "...";
}

std::string pointerTo(const View &view, uint32_t root, uint32_t target) {
    std::string pointer;
    uint32_t at = root;
    while (at != target) {
        const auto &node = view.nodes[at];
        if (node.kind < Array) break;
        uint32_t child = at + 1;
        uint64_t position = 0;
        while (position < node.payload && target >= child + view.nodes[child].skip) {
            child += view.nodes[child].skip;
            position++;
        }
        if (position == node.payload) break;
        if (node.kind == Object) appendStep(pointer, view.key(view.nodes[child]));
        else appendStep(pointer, std::to_string(position));
        at = child;
    }
    return pointer;
}

}  // namespace cdecode
