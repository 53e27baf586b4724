// SPDX-License-Identifier: MIT
// The directories that processes hold open, each as it was when it was opened. Any thread.
//
// A table and not a pointer in the kernel's hands: the kernel does not release what is open when its connection ends.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <unordered_map>

#include "g2afs/fs/types.hpp"

namespace g2afs {

class OpenDirectories {
 public:
  /// A handle that is never given out twice.
  std::uint64_t add(std::shared_ptr<const DirectoryView> view) {
    const std::lock_guard lock(mutex_);
    views_.emplace(++last_, std::move(view));
    return last_;
  }
  /// Null for a handle that is not open.
  std::shared_ptr<const DirectoryView> find(std::uint64_t handle) const {
    const std::lock_guard lock(mutex_);
    const auto found = views_.find(handle);
    return found == views_.end() ? nullptr : found->second;
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
