// SPDX-License-Identifier: MIT
// PollInterval: how long to leave recordings alone before their states are looked at again. Pure; one thread.
//
// Short at first, for what is nearly done; then longer, since a transcode takes minutes; short again when one came
// through, since those requested together come through together.
#pragma once

#include <algorithm>
#include <chrono>

namespace g2afs {

class PollInterval {
 public:
  // A look costs a system call a recording and nothing else, so these are about who waits.
  static constexpr std::chrono::milliseconds kShortest{250};
  static constexpr std::chrono::milliseconds kLongest{10'000};

  /// The interval after a look; `changed`: whether that look saw a recording come through.
  std::chrono::milliseconds next(bool changed) {
    interval_ = changed || interval_.count() == 0 ? kShortest : std::min(interval_ * 3 / 2, kLongest);
    return interval_;
  }

 private:
  std::chrono::milliseconds interval_{0};
};

}  // namespace g2afs
