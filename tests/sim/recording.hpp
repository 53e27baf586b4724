// SPDX-License-Identifier: MIT
// One recording as the account keeps it: 32 bytes, so that a million of them are 32 MB. What can be computed
// from the id (sizes, contents) is not here. Plain data, guarded by Account.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <string>

namespace g2a_sim {

enum class State : std::uint8_t { kUntranscoded = 0, kTranscoding = 1, kReady = 2 };

inline constexpr std::uint32_t kNoDetails = std::numeric_limits<std::uint32_t>::max();

struct Recording {
  std::uint64_t id = 0;
  std::int64_t start_ms = 0;
  std::uint32_t version = 0;           // of its content; another one means another ETag and other bytes
  std::uint32_t details = kNoDetails;  // index into Account's table of explicit sizes and files
  std::uint16_t user = 0;              // index into the account's user keys
  std::uint16_t company = 0;           // index into the company ids; unattended recordings only
  State state = State::kReady;
  bool archived : 1 = false;
  bool unattended : 1 = false;
  bool has_events : 1 = true;
  bool has_thumbnail : 1 = true;
};
static_assert(sizeof(Recording) == 32);

inline bool operator<(const Recording& a, const Recording& b) {
  return a.start_ms != b.start_ms ? a.start_ms < b.start_ms : a.id < b.id;
}

// What a recording says for itself instead of leaving it to be computed: sizes, or real files.
struct Details {
  std::optional<std::uint64_t> mp4_size;
  std::optional<std::uint64_t> events_size;
  std::optional<std::uint64_t> thumbnail_size;
  std::string mp4_path;
  std::string events_path;
  std::string thumbnail_path;
};

}  // namespace g2a_sim
