// SPDX-License-Identifier: MIT
// The directories that processes hold open, each as it was when it was opened, or first read. Any thread.
//
// A table and not a pointer in the kernel's hands: the kernel does not release what is open when its connection ends.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <unordered_map>

#include "g2afs/fs/types.hpp"

namespace g2afs {

class OpenDirectories {
 public:
  /// A handle that is never given out twice. `view`: null where nothing is known yet.
  std::uint64_t add(std::shared_ptr<const DirectoryView> view) {
    const std::lock_guard lock(mutex_);
    views_.emplace(++last_, std::move(view));
    return last_;
  }
  /// Nothing for a handle that is not open.
  std::optional<std::shared_ptr<const DirectoryView>> find(std::uint64_t handle) const {
    const std::lock_guard lock(mutex_);
    const auto found = views_.find(handle);
    return found == views_.end() ? std::nullopt : std::optional(found->second);
  }
  /// What an open handle reads from now on.
  void learn(std::uint64_t handle, std::shared_ptr<const DirectoryView> view) {
    const std::lock_guard lock(mutex_);
    if (const auto found = views_.find(handle); found != views_.end()) found->second = std::move(view);
  }
  void remove(std::uint64_t handle) {
    const std::lock_guard lock(mutex_);
    views_.erase(handle);
  }

 private:
  mutable std::mutex mutex_;
  std::uint64_t last_ = 0;
  std::unordered_map<std::uint64_t, std::shared_ptr<const DirectoryView>> views_;
};

}  // namespace g2afs
