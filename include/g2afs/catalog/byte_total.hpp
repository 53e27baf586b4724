// SPDX-License-Identifier: MIT
// A sum of sizes, exact although each may be as large as a file can be. The loop thread adds, any thread looks.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <limits>

namespace g2afs {

class ByteTotal {
 public:
  void add(std::uint64_t bytes) {
    low_ += bytes;
    if (low_ < bytes) ++high_;
    show();
  }
  /// What was added before.
  void subtract(std::uint64_t bytes) {
    if (low_ < bytes) --high_;
    low_ -= bytes;
    show();
  }
  /// Where it is larger than a file can be, that: whoever asks counts in off_t.
  std::uint64_t shown() const { return shown_.load(std::memory_order_relaxed); }

 private:
  static constexpr std::uint64_t kMost = std::numeric_limits<std::int64_t>::max();

  void show() { shown_.store(high_ == 0 ? std::min(low_, kMost) : kMost, std::memory_order_relaxed); }

  std::uint64_t low_ = 0, high_ = 0;
  std::atomic<std::uint64_t> shown_{0};
};

}  // namespace g2afs
