// SPDX-License-Identifier: MIT
// FailedReads: what a reader's reads have just failed with, after a while. Loop thread only.
//
// Where a readahead failed, Linux asks once more for the page that its caller waits for, before it tells him. That would
// be tried for `retry_for` once more, so that a caller waited twice as long as he is promised. So what has just failed
// fails again at once; but not what failed soon, which is as soon tried once more, and may then be well.
#pragma once

#include <chrono>
#include <vector>

#include "g2afs/base/error.hpp"
#include "g2afs/net/clock.hpp"
#include "g2afs/net/http.hpp"

namespace g2afs {

class FailedReads {
 public:
  /// The kernel comes at once; this is for a machine that is busy. Who tries by himself meanwhile would hardly be served
  /// by a server that has been failing for `retry_for`.
  static constexpr Duration kJustNow = std::chrono::seconds{3};

  void add(ByteRange range, const Error& error, MonotonicTime began, MonotonicTime now);
  /// Null: none that held all of `range` has failed just now.
  const Error* find(ByteRange range, MonotonicTime now) const;

 private:
  struct Failure {
    ByteRange range;
    Error error;
    MonotonicTime at;
  };
  std::vector<Failure> failures_;  // oldest first
};

}  // namespace g2afs
