// SPDX-License-Identifier: MIT
// `urls` for any number of ids: batches of the size the server takes, a few at a time. Loop thread only.
//
// A few workers take batches from the front of one line of ids. A batch that is too long for the server's
// request line (414, 431) goes back to the front, and from then on every batch of the mount is at most half
// as long. A 400 says less: the line may be too long, or an id may be one the server cannot take; a 403, with
// a token that is good, that an id is not ours. Such a batch alone is halved until the parts work, an id that
// is refused on its own is left out, and the size that worked is kept only after a 400 without such an id.
#pragma once

#include <deque>
#include <functional>
#include <optional>
#include <vector>

#include "g2afs/api/types.hpp"
#include "g2afs/base/error.hpp"
#include "g2afs/net/loop.hpp"
#include "g2afs/net/task.hpp"

namespace g2afs {

class WarnOnce;

struct UrlsReply {
  int status = 0;  // 200, 400, 403, 414 or 431
  std::vector<MediaEntry> entries;
};

class UrlsBatches {
 public:
  /// One `urls` query of 1 to kMaxIds ids. `token_is_good`: a 403 is about the ids.
  using Ask = std::function<Task<Result<UrlsReply>>(std::vector<RecordingId> ids, bool token_is_good)>;

  UrlsBatches(Loop& loop, WarnOnce& warnings, std::size_t workers, Ask ask);

  Task<Result<std::vector<MediaEntry>>> run(std::vector<RecordingId> ids);

 private:
  struct Job;
  struct Batch;
  Task<bool> work(Job& job);
  Task<> ask(Job& job, Batch& batch, std::vector<RecordingId> ids);
  void leave_out(Job& job, RecordingId id, int status);
  bool shrink(Job& job, std::size_t refused_size, int status);

  Loop& loop_;
  WarnOnce& warnings_;
  const std::size_t workers_;
  const Ask ask_;
  std::size_t batch_ = kMaxIds;
  bool ever_worked_ = false;
};

}  // namespace g2afs
