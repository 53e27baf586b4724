// SPDX-License-Identifier: MIT
// FailureStreak: whether a server that fails is dead: what it fails has gone on for too long, with no success between, to
// be a hiccup. Pure; times by Clock::awake().
#pragma once

#include <algorithm>
#include <chrono>

#include "g2afs/net/clock.hpp"

namespace g2afs {

class FailureStreak {
 public:
  /// A request that `began` then has failed now. Returns whether the server is to be taken for dead: after eight failures,
  /// as many as a single caller has in a few seconds, and many at once; or after ten seconds of them, as one that hangs
  /// fails once in `timeout`. One alone is none of those, however long it took.
  bool failed(MonotonicTime began, MonotonicTime now) {
    if (failures_++ == 0) since_ = std::max(began, last_success_);
    return failures_ >= kMost || (failures_ > 1 && now - since_ >= kLongest);
  }
  void succeeded(MonotonicTime now) {
    failures_ = 0;
    last_success_ = now;
  }
  /// Nothing has failed since the last success.
  bool none() const { return failures_ == 0; }

 private:
  static constexpr int kMost = 8;
  static constexpr Duration kLongest = std::chrono::seconds{10};

  int failures_ = 0;
  MonotonicTime since_{}, last_success_{};
};

}  // namespace g2afs
