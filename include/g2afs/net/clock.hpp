// SPDX-License-Identifier: MIT
// The clock seam: every decision that depends on time asks here, so that tests can turn the hands. Loop thread only
// (all but sleep() from any thread).
//
// TTLs and token ages use now(), which is monotonic and counts time spent in suspend; how long something has been tried
// is told by awake(), which does not, so that a machine that wakes up does not give up at its first fault. wall_now()
// serves only what a calendar needs (time_period, log lines).
#pragma once

#include <chrono>

#include "g2afs/base/calendar.hpp"
#include "g2afs/net/task.hpp"

namespace g2afs {

using Duration = std::chrono::nanoseconds;
/// Monotonic, since an unspecified start.
struct MonotonicTime {
  Duration since_start{};
  auto operator<=>(const MonotonicTime&) const = default;
  MonotonicTime operator+(Duration d) const { return {since_start + d}; }
  Duration operator-(MonotonicTime other) const { return since_start - other.since_start; }
};

class Clock {
 public:
  virtual ~Clock() = default;
  virtual MonotonicTime now() const = 0;
  /// Not to be compared with now().
  virtual MonotonicTime awake() const = 0;
  virtual Time wall_now() const = 0;
  /// Returns when `duration` has passed; cancellable.
  virtual Task<> sleep(Duration duration) = 0;
};

/// The real one: CLOCK_BOOTTIME, CLOCK_MONOTONIC and the system clock.
class SystemClock final : public Clock {
 public:
  MonotonicTime now() const override;
  MonotonicTime awake() const override;
  Time wall_now() const override;
  Task<> sleep(Duration duration) override;
};

}  // namespace g2afs
