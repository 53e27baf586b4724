// SPDX-License-Identifier: MIT
#include "g2afs/app/rate.hpp"

#include <algorithm>
#include <cmath>

namespace g2afs {
namespace {

constexpr double kMemory = 10;  // seconds
constexpr double kLongest = 100 * 86'400.0;

double seconds(Rate::Instant::duration duration) { return std::chrono::duration<double>(duration).count(); }

}  // namespace

void Rate::update(std::uint64_t done, Instant now) {
  if (!first_) {
    first_ = last_ = Point{done, now};
    return;
  }
  const double passed = seconds(now - last_->at);
  if (passed <= 0) return;
  const double current = static_cast<double>(done - last_->done) / passed;
  // While there is less than the memory to remember, all of it counts the same.
  const double known = seconds(last_->at - first_->at);
  const double weight = std::max(passed / (known + passed), 1 - std::exp(-passed / kMemory));
  per_second_ += weight * (current - per_second_);
  last_ = Point{done, now};
}

std::optional<std::chrono::seconds> Rate::time_for(std::uint64_t rest) const {
  const double needed = static_cast<double>(rest) / per_second_;
  if (per_second_ <= 0 || needed > kLongest) return std::nullopt;
  return std::chrono::seconds(static_cast<std::int64_t>(std::ceil(needed)));
}

}  // namespace g2afs
