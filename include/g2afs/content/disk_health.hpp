// SPDX-License-Identifier: MIT
// DiskHealth: whether the cache's disk is worth trying, for reading or for writing. Any thread.
//
// After a failure (full, read-only, broken, gone) nothing is tried for 30 s, then again; each failure in a row doubles
// the pause, up to ten minutes. The first of a row is one warning, the end of the row one line.
#pragma once

#include <mutex>
#include <string>

#include "g2afs/base/error.hpp"
#include "g2afs/base/log.hpp"
#include "g2afs/net/clock.hpp"

namespace g2afs {

class DiskHealth {
 public:
  /// `doing`: what is tried, for the log: "writing to the disk cache".
  DiskHealth(std::string doing, const Clock& clock, Log& log) : doing_(std::move(doing)), clock_(clock), log_(log) {}

  bool worth_trying() const;
  void failed(const Error& error);
  void worked();

 private:
  const std::string doing_;
  const Clock& clock_;
  Log& log_;
  mutable std::mutex mutex_;
  bool failing_ = false;
  Duration pause_{};
  MonotonicTime again_at_{};
};

}  // namespace g2afs
