// SPDX-License-Identifier: MIT
// The archive API seam: the four calls as awaitables. Loop thread only.
//
// Implementations: HttpArchiveApi (the vendor) and the tests' FakeArchiveApi (a model account). Errors of all
// four: Denied (the credentials are refused), Invalid, Unavailable, Throttled, after the retries that retry_for allows.
#pragma once

#include <vector>

#include "g2afs/api/types.hpp"
#include "g2afs/base/error.hpp"
#include "g2afs/net/task.hpp"

namespace g2afs {

class ArchiveApi {
 public:
  virtual ~ArchiveApi() = default;

  virtual Task<Result<Listing>> list(ListQuery query) = 0;
  /// Any number of ids: they travel in calls of at most kMaxIds, fewer where the server's request line is
  /// shorter. Ids that are not available are left out of the answer; the order is the server's.
  virtual Task<Result<std::vector<MediaEntry>>> urls(std::vector<RecordingId> ids) = 0;
  /// One call, of at most kMaxIds ids: all of them or none. Also Forbidden, where the refusal may be about an id, and
  /// TooLong, where fewer at a time may fit.
  virtual Task<Result<void>> transcode(std::vector<RecordingId> ids) = 0;
  virtual Task<Result<void>> archive(std::vector<RecordingId> ids) = 0;
};

}  // namespace g2afs
