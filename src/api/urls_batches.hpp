// SPDX-License-Identifier: MIT
// `urls` for any number of ids: batches of the size the server takes, a few at a time. Loop thread only.
//
// A few workers take batches from the front of one line of ids. A batch that is too long for the server's
// request line (414, 431) goes back to the front, and from then on every batch of the mount is at most half
// as long. A 400 says less: the line may be too long, or an id may be one the server cannot take; a 403, with
// a token that is good, that an id is not ours; or the server is ill for a while. Such a batch alone is halved
// until the parts work. The size that worked is kept if all ids were answered in it and the whole batch is
// refused once more.
//
// An id that is refused on its own is left out, but not at once, since what is left out is gone from the tree.
// It is asked for again after a pause, and the refusal is about the id only if it is refused then, too, while
// an id that was answered before is answered just before and just after. If more than a few ids stay refused,
// or every one of a batch, the trouble is not with them, and the whole run fails.
#pragma once

#include <functional>
#include <vector>

#include "g2afs/api/types.hpp"
#include "g2afs/base/error.hpp"
#include "g2afs/net/loop.hpp"
#include "g2afs/net/retry.hpp"
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

  UrlsBatches(Loop& loop, Clock& clock, WarnOnce& warnings, RetryPolicy retry, std::size_t workers, Ask ask);

  Task<Result<std::vector<MediaEntry>>> run(std::vector<RecordingId> ids);

 private:
  struct Job;
  struct Batch;
  Task<> round(Job& job);
  Task<bool> work(Job& job);
  Task<> ask(Job& job, Batch& batch, std::vector<RecordingId> ids);
  Task<> ask_again(Job& job);
  Task<> check(Job& job);
  void leave_out(Job& job);
  bool shrink(Job& job, std::size_t refused_size, int status);

  Loop& loop_;
  Clock& clock_;
  WarnOnce& warnings_;
  const RetryPolicy retry_;
  const std::size_t workers_;
  const Ask ask_;
  std::size_t batch_ = kMaxIds;
};

}  // namespace g2afs
