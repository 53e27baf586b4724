// SPDX-License-Identifier: MIT
// Rate: how fast something goes at present, and so how long the rest takes. Pure, time comes from outside; one thread.
//
// A mean over about the last ten seconds: one over all the time would keep promising what was true an hour ago, one over
// the last second would jump.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

namespace g2afs {

class Rate {
 public:
  using Instant = std::chrono::steady_clock::time_point;

  /// `done`: in all, at that time; it never falls.
  void update(std::uint64_t done, Instant now);
  /// A second; 0 until two updates have seen some time pass.
  double per_second() const { return per_second_; }
  /// Nothing while there is no rate, or it would take longer than a hundred days.
  std::optional<std::chrono::seconds> time_for(std::uint64_t rest) const;

 private:
  struct Point {
    std::uint64_t done;
    Instant at;
  };
  std::optional<Point> first_;
  std::optional<Point> last_;
  double per_second_ = 0;
};

}  // namespace g2afs
