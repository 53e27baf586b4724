// SPDX-License-Identifier: MIT
#include "g2afs/content/disk_health.hpp"

#include <algorithm>

namespace g2afs {
namespace {

constexpr Duration kFirstPause = std::chrono::seconds{30}, kLongestPause = std::chrono::minutes{10};

}  // namespace

bool DiskHealth::worth_trying() const {
  const std::lock_guard lock(mutex_);
  return !failing_ || clock_.now() >= again_at_;
}

void DiskHealth::failed(const Error& error) {
  const std::lock_guard lock(mutex_);
  // Others that were under way when it first failed say nothing new.
  if (failing_ && clock_.now() < again_at_) return;
  pause_ = failing_ ? std::min(pause_ * 2, kLongestPause) : kFirstPause;
  again_at_ = clock_.now() + pause_;
  if (!failing_) log_.warn("{}: {}: going on without, and trying again from time to time", doing_, error.what);
  failing_ = true;
}

void DiskHealth::worked() {
  const std::lock_guard lock(mutex_);
  if (!failing_ || clock_.now() < again_at_) return;
  failing_ = false;
  log_.info("{} works again", doing_);
}

}  // namespace g2afs
