#include "Internal.hpp"
#include <algorithm>
#include <vector>

namespace cdecode {

/// Objects of many members are sorted, so that a hostile one costs n log n.
static uint32_t duplicateByOrder(const View &view, uint32_t object) {
    std::vector<uint32_t> members;
    uint32_t at = object + 1;
    for (uint64_t i = 0; i < view.nodes[object].payload; i++) {
        members.push_back(at);
        at += view.nodes[at].skip;
    }
    auto key = [&](uint32_t member) { return view.key(view.nodes[member]); };
    std::sort(members.begin(), members.end(), [&](uint32_t left, uint32_t right) {
        auto l = key(left), r = key(right);
        if (l.size() != r.size()) return l.size() < r.size();
        int order = std::memcmp(l.data(), r.data(), l.size());
        return order != 0 ? order < 0 : left < right;
    });
    uint32_t found = CDECODE_ABSENT;
    for (size_t i = 1; i < members.size(); i++)
        if (key(members[i - 1]) == key(members[i])) found = std::min(found, members[i]);
    return found;
}

uint32_t duplicateMember(const View &view, uint32_t object) {
    uint64_t count = view.nodes[object].payload;
    if (count > 48) return duplicateByOrder(view, object);
    uint64_t seen = 0;
    uint32_t at = object + 1;
    for (uint64_t i = 0; i < count; i++) {
        auto key = view.key(view.nodes[at]);
        // Six bits are enough that usual objects need next to no comparison.
        uint64_t bit = 1ull << (spread(key) >> 58);
        if (seen & bit) {
            uint32_t earlier = object + 1;
            while (earlier < at) {
                if (view.key(view.nodes[earlier]) == key) return at;
                earlier += view.nodes[earlier].skip;
            }
        }
        seen |= bit;
        at += view.nodes[at].skip;
    }
    return CDECODE_ABSENT;
}

}  // namespace cdecode

extern "C" uint32_t cdecode_duplicate_member(const uint8_t *bytes, const cdecode_node *nodes, uint32_t object) try {
    return cdecode::duplicateMember({bytes, nodes}, object);
} catch (...) { return CDECODE_ABSENT; }
