// SPDX-License-Identifier: MIT
// Mp4Layout: in whatever pieces the bytes of whatever file come, the walk ends soon, and asks for nothing outside the
// file, nothing that is there, nothing twice, and not for more than its header says.
//
// The input is the bytes that the walk looks at, in the order in which it does; its end says how large the file is and in
// which pieces they come. So a file of any size costs no more than its headers.
#include <algorithm>
#include <fuzzer/FuzzedDataProvider.h>
#include <map>
#include <vector>

#include "property.hpp"

#include "g2afs/content/mp4_layout.hpp"

using namespace g2afs;

namespace {

constexpr std::uint64_t kMostFetched = 17 << 20;
constexpr int kMostSteps = 32 * 16 + 8;  // boxes, of headers that may come byte by byte

/// A file whose bytes are made up when they are first looked at.
class MadeUpFile {
 public:
  explicit MadeUpFile(FuzzedDataProvider& input) : input_(input) {}
  bool looked_at(std::uint64_t offset) const { return bytes_.contains(offset); }
  std::vector<std::byte> bytes(ByteRange range) {
    std::vector<std::byte> result;
    for (std::uint64_t at = range.begin; at < range.end; ++at) {
      const auto [place, made] = bytes_.try_emplace(at);
      if (made) {
        const auto next = input_.ConsumeBytes<std::uint8_t>(1);
        place->second = next.empty() ? std::byte{} : std::byte{next[0]};
      }
      result.push_back(place->second);
    }
    return result;
  }

 private:
  FuzzedDataProvider& input_;
  std::map<std::uint64_t, std::byte> bytes_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  FuzzedDataProvider input(data, size);
  const auto file_size = input.ConsumeIntegral<std::uint64_t>();
  const bool whole = input.ConsumeBool();
  MadeUpFile file(input);
  Mp4Layout layout(file_size);
  std::vector<ByteRange> asked;
  std::uint64_t fetched = 0;
  int steps = 0;
  while (const auto wanted = layout.wants()) {
    G2AFS_PROPERTY(++steps <= kMostSteps);
    G2AFS_PROPERTY(wanted->begin < wanted->end && wanted->end <= file_size);
    for (std::uint64_t at = wanted->begin; !asked.empty() && at < wanted->end; ++at) {
      G2AFS_PROPERTY(file.looked_at(at) || std::ranges::any_of(asked, [&](const ByteRange& range) {
                       return range.begin <= at && at < range.end;
                     }));
    }

    // What is not wanted changes nothing.
    G2AFS_PROPERTY(!layout.on_bytes(wanted->end, file.bytes({wanted->end, wanted->end})));
    G2AFS_PROPERTY(layout.wants() == wanted);

    ByteRange given = *wanted;
    if (!whole) {
      given.begin -= std::min<std::uint64_t>(given.begin, input.ConsumeIntegralInRange(0, 9));
      given.end = std::min<std::uint64_t>(file_size, wanted->begin + 1 + input.ConsumeIntegralInRange(0, 40));
    }
    const auto bytes = file.bytes(given);
    for (int ranges = 0; const auto range = layout.on_bytes(given.begin, bytes);) {
      G2AFS_PROPERTY(++ranges <= 8);
      G2AFS_PROPERTY(range->begin < range->end && range->end <= file_size);
      G2AFS_PROPERTY(range->end <= given.begin || given.end <= range->begin);
      for (const ByteRange& before : asked) {
        G2AFS_PROPERTY(range->end <= before.begin || before.end <= range->begin);
      }
      fetched += range->size();
      G2AFS_PROPERTY(fetched <= kMostFetched);
      asked.push_back(*range);
    }
    G2AFS_PROPERTY(!layout.wants() || layout.wants()->begin > wanted->begin);
  }
  G2AFS_PROPERTY(!layout.on_bytes(0, {}));
  return 0;
}
