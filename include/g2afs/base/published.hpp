// SPDX-License-Identifier: MIT
// Published<T>: one thread publishes immutable values, any thread reads the newest one.
//
// A mutex held for the copy of one pointer: std::atomic<std::shared_ptr> of g++ 12 spins on the same lock bit and is
// reported as a race by ThreadSanitizer.
#pragma once

#include <memory>
#include <mutex>
#include <utility>

namespace g2afs {

template <class T>
class Published {
 public:
  explicit Published(std::shared_ptr<const T> value) : value_(std::move(value)) {}

  std::shared_ptr<const T> load() const {
    const std::lock_guard lock(mutex_);
    return value_;
  }
  void store(std::shared_ptr<const T> value) {
    {
      const std::lock_guard lock(mutex_);
      value_.swap(value);
    }
    // The old value is destroyed here, outside the lock.
  }

 private:
  mutable std::mutex mutex_;
  std::shared_ptr<const T> value_;
};

}  // namespace g2afs
