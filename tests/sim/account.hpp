// SPDX-License-Identifier: MIT
// The truth: every recording of the simulated account, by start time and by id.
//
// Recordings lie in one vector ordered by (start, id); a second one orders their positions by id. A window is
// found by binary search, and BlockIndex lets a list skip what it does not want. Changes of state are done in
// place; adding and removing rebuilds the order by id (about 0.1 s for a million). Transcodes finish by the
// clock, when somebody next looks.
//
// Any thread: one mutex guards everything; no call waits for anything else.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <queue>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "sim/block_index.hpp"
#include "sim/byte_source.hpp"
#include "sim/content.hpp"
#include "sim/recording.hpp"
#include "sim/sim_clock.hpp"
#include "sim/sim_options.hpp"

namespace g2a_sim {

struct ListFilter {
  std::int64_t from_ms = INT64_MIN;  // start >= from
  std::int64_t end_ms = INT64_MAX;   // start < end
  bool archived = false;
  std::optional<bool> unattended;
  std::optional<std::uint16_t> user;
  std::optional<std::uint16_t> company;  // implies unattended
};

// Per array of a list answer, per call of the other three (API.md).
inline constexpr std::size_t kIdCap = 500;

struct IdLists {
  std::vector<std::uint64_t> ready_for_transcode;
  std::vector<std::uint64_t> ready_for_download;
};

// A recording with everything about it; sizes are absent where the file is.
struct RecordingView {
  Recording recording;
  std::uint64_t mp4_size = 0;
  std::optional<std::uint64_t> events_size;
  std::optional<std::uint64_t> thumbnail_size;
  bool real_mp4 = false;
  std::string thumbnail_suffix;
};

struct RecordingPatch {
  std::optional<std::int64_t> start_ms;
  std::optional<State> state;
  std::optional<bool> archived;
  std::optional<std::uint32_t> version;
  std::optional<std::uint64_t> mp4_size;
};

class Account {
 public:
  // Throws StartError (account_files.hpp).
  Account(const SimOptions& options, const SimClock& clock);

  std::size_t size() const;
  IdLists list(const ListFilter& filter);
  std::optional<RecordingView> find(std::uint64_t id);
  // From the `offset`-th of those with from <= start < end.
  std::vector<RecordingView> page(std::int64_t from_ms, std::int64_t end_ms, std::size_t offset, std::size_t limit,
                                  std::size_t& total);
  // One file and the recording it belongs to, of one and the same version. Nothing when there is no such
  // file.
  struct Opened {
    RecordingView view;
    std::shared_ptr<const ByteSource> source;
  };
  std::optional<Opened> open(std::uint64_t id, FileKind kind);

  // All or nothing: false when one of the ids is not this account's. What is already so stays as it is.
  bool transcode(std::span<const std::uint64_t> ids, std::size_t& started);
  bool archive(std::span<const std::uint64_t> ids, std::size_t& changed);

  // The id that already exists, if one does; then nothing was added.
  std::optional<std::uint64_t> add(std::vector<std::pair<Recording, Details>> more);
  bool remove(std::uint64_t id);
  bool patch(std::uint64_t id, const RecordingPatch& patch);
  bool bump_version(std::uint64_t id);

 private:
  struct Due {
    std::int64_t at_ms;
    std::uint64_t id;
    bool operator>(const Due& other) const { return at_ms > other.at_ms; }
  };

  // All with mutex_ held.
  void finish_transcodes();
  void rebuild();
  std::optional<std::size_t> position_of(std::uint64_t id) const;
  std::optional<std::vector<std::size_t>> positions_of(std::span<const std::uint64_t> ids) const;
  std::size_t lower_bound(std::int64_t start_ms) const;
  const Details* details_of(const Recording& recording) const;
  RecordingView view_of(const Recording& recording) const;
  template <typename Change>
  void change_at(std::size_t position, Change change);

  const SimOptions& options_;
  const SimClock& clock_;
  mutable std::mutex mutex_;
  std::vector<Recording> recordings_;
  std::vector<std::uint32_t> by_id_;
  std::vector<Details> details_;
  BlockIndex blocks_;
  std::priority_queue<Due, std::vector<Due>, std::greater<>> due_;
};

}  // namespace g2a_sim
