// SPDX-License-Identifier: MIT
// decode() of a cache file's header, and the names of cache files: what is taken has the right checksum, comes back the
// same, and lays out a file whose every offset lies within it.
//
// A first byte that is odd has the rest sealed with the right checksum, which no mutation would find.
#include <algorithm>
#include <cstring>
#include <limits>

#include <xxhash.h>

#include "input.hpp"
#include "property.hpp"

#include "g2afs/content/disk_format.hpp"

using namespace g2afs;

namespace {

constexpr std::size_t kSummed = kMapHeaderSize - sizeof(std::uint64_t);

std::uint64_t sum_in(const RawMapHeader& raw) {
  std::uint64_t sum = 0;
  std::memcpy(&sum, raw.data() + kSummed, sizeof sum);
  return sum;
}

std::uint64_t right_sum(const RawMapHeader& raw) { return XXH3_64bits(raw.data(), kSummed); }

void check_layout(const DiskLayout& layout) {
  G2AFS_PROPERTY(layout.size <= static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()));
  const std::uint64_t blocks = layout.blocks();
  G2AFS_PROPERTY((blocks == 0) == (layout.size == 0));
  for (const std::uint64_t block : {std::uint64_t{0}, blocks / 2, blocks - 1}) {
    if (block >= blocks) continue;
    const std::uint64_t length = layout.length(block);
    G2AFS_PROPERTY(0 < length && length <= kBlockSize);
    G2AFS_PROPERTY(block * kBlockSize + length <= layout.size);
    G2AFS_PROPERTY(layout.bytes(block, layout.all_pages(block)) == length);
    G2AFS_PROPERTY(layout.entry_offset(block) + sizeof(MapEntry) <= layout.map_size());
    if (layout.in_one_file()) G2AFS_PROPERTY(layout.data_offset() + length <= layout.map_size());
    G2AFS_PROPERTY(layout.room(block, layout.all_pages(block)) <= kBlockSize + kPageSize);
  }
  if (blocks > 0) G2AFS_PROPERTY((blocks - 1) * kBlockSize + layout.length(blocks - 1) == layout.size);
}

void check_header(const RawMapHeader& raw) {
  const auto header = decode(raw);
  if (!header) return;
  G2AFS_PROPERTY(sum_in(raw) == right_sum(raw));
  G2AFS_PROPERTY(header->key.size <= kLargestCached);
  G2AFS_PROPERTY(header->validator.etag.size() + header->validator.last_modified.size() <= kLongestValidator);
  const auto again = encode(*header);
  G2AFS_PROPERTY(again && decode(*again) == header);
  for (std::size_t at = 0; at < raw.size(); ++at) {
    auto damaged = raw;
    damaged[at] ^= std::byte{1};
    G2AFS_PROPERTY(!decode(damaged));
  }
  check_layout({header->key.size});
  G2AFS_PROPERTY(parse_disk_name(disk_map_name(header->key.file))->file == header->key.file);
}

void check_name(std::string_view text) {
  const auto name = parse_disk_name(text);
  if (!name) return;
  G2AFS_PROPERTY(text ==
                 (name->generation ? disk_data_name(name->file, *name->generation) : disk_map_name(name->file)));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view text = test::text_of(data + 1, size - 1);
  check_name(text);
  RawMapHeader raw{};
  std::memcpy(raw.data(), text.data(), std::min(text.size(), raw.size()));
  if ((data[0] & 1U) != 0) {
    const std::uint64_t sum = right_sum(raw);
    std::memcpy(raw.data() + kSummed, &sum, sizeof sum);
  }
  check_header(raw);
  return 0;
}
