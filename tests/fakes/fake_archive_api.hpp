// SPDX-License-Identifier: MIT
// A model account behind the ArchiveApi seam, as API.md describes the vendor's. Loop thread only.
//
// The account is the truth a test compares with: it can be changed at any time, also between two calls. What
// the vendor leaves open (is toTime inclusive?) is a switch, and so is what a server may do wrong.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <random>
#include <unordered_map>
#include <vector>

#include "g2afs/api/archive_api.hpp"
#include "g2afs/catalog/tree.hpp"
#include "g2afs/net/clock.hpp"
#include "g2afs/net/loop.hpp"

namespace g2afs::test {

struct FakeRecording {
  RecordingId id;
  Time start;
  bool archived = false;
  State state = State::Ready;  // Transcoding: in neither list
  bool available = true;       // `urls` has an entry once it is ready
  bool events = true, thumbnail = true;
  std::uint64_t video_size = 1000;
};

class FakeArchiveApi final : public ArchiveApi {
 public:
  enum class Call { List, Urls, Transcode, Archive };

  Task<Result<Listing>> list(ListQuery query) override;
  Task<Result<std::vector<MediaEntry>>> urls(std::vector<RecordingId> ids) override;
  Task<Result<void>> transcode(std::vector<RecordingId> ids) override;
  Task<Result<void>> archive(std::vector<RecordingId> ids) override;

  // The account.

  void add(FakeRecording recording);
  void remove(RecordingId id);
  /// Null where there is none. Valid until it is removed; its id and start must not be changed.
  FakeRecording* find(RecordingId id);
  /// By start time, then id.
  template <class Fn>
  void for_each(Fn&& fn) const {
    for (const auto& entry : recordings_) fn(entry.second);
  }
  std::size_t size() const { return recordings_.size(); }

  // How it answers.

  bool to_inclusive = false;
  bool ignores_from = false;
  /// Every window returns all that are ready for transcode.
  bool ignores_times_of_untranscoded = false;
  /// A full array of downloadable ones has an element that is no id, which the parser leaves out
  /// (Listing::filled).
  bool one_bad_element = false;
  /// The next calls fail with this code.
  void fail_next(int calls, Errc code) { failing_ = calls, failure_ = code; }
  /// Asked before every call; an answer is the call's failure.
  std::function<std::optional<Errc>(Call)> fault;
  /// Each call takes up to this long on the clock (none: it answers at once). In the middle it looks at the
  /// account.
  void delay(Clock& clock, Duration most) { clock_ = &clock, longest_ = most; }
  /// Called after each answer of `list` or `urls` was made.
  std::function<void(Call)> answered;

  // What was asked.

  int calls() const { return lists + urls_calls; }
  void reset_calls() {
    lists = urls_calls = changes = 0;
    queries.clear();
  }
  int lists = 0, urls_calls = 0;
  int changes = 0;  // transcode and archive
  std::vector<ListQuery> queries;

 private:
  using Key = std::pair<Time, RecordingId>;

  Task<> take_time();
  std::optional<Errc> failure(Call call);
  Listing answer(const ListQuery& query) const;

  std::map<Key, FakeRecording> recordings_;
  std::unordered_map<RecordingId, Key> keys_;
  int failing_ = 0;
  Errc failure_ = Errc::Unavailable;
  Clock* clock_ = nullptr;
  Duration longest_{};
  std::minstd_rand random_{1};
};

}  // namespace g2afs::test
