// SPDX-License-Identifier: MIT
// Computed file contents: every byte is a function of (seed, id, kind, version, offset), so a recording of 4
// GB costs nothing to keep and any range of it can be checked by whoever knows the function.
//
//   key       = hash_of(seed, id, kind, version)
//   word(k)   = mix64(key + k * kGolden), little endian
//   byte at o = byte o % 8 of word(o / 8)
//
// Any thread: pure functions.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>

#include "sim/byte_source.hpp"

namespace g2a_sim {

enum class FileKind : std::uint8_t { kMp4 = 0, kEvents = 1, kThumbnail = 2 };

struct ContentKey {
  std::uint64_t seed = 0;
  std::uint64_t id = 0;
  FileKind kind = FileKind::kMp4;
  std::uint32_t version = 0;

  std::uint64_t value() const;
};

void fill_content(const ContentKey& key, std::uint64_t offset, std::span<char> out);

std::shared_ptr<const ByteSource> computed_source(const ContentKey& key, std::uint64_t size);

// Sizes of files that have no size of their own: the mp4 log-uniform in [min, max], so that small ones are as
// frequent as in a real account; events 0.5 to 60 KB; thumbnails 4 to 40 KB.
std::uint64_t computed_mp4_size(std::uint64_t seed, std::uint64_t id, std::uint64_t min, std::uint64_t max);
std::uint64_t computed_sidecar_size(std::uint64_t seed, std::uint64_t id, FileKind kind);

}  // namespace g2a_sim
