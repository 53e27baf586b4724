// SPDX-License-Identifier: MIT
// WindowShares: divides the memory for what is fetched ahead, and the ranges at once, among the readers that go on in sequence.
// Loop thread only.
//
// Each may have the same, so that none starves, and all together never more than there is: what a reader has ahead of it
// is reserved, so one that comes late gets what is left until the others have read down to their smaller shares, which
// takes as long as reading that does. Who only jumps about takes no part.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>

#include "g2afs/content/link.hpp"
#include "g2afs/content/prefetcher.hpp"

namespace g2afs {

class WindowShares {
 public:
  /// `memory` for all windows, in bytes.
  explicit WindowShares(std::uint64_t memory) : memory_(memory) {}

  /// One reader's part in it, for as long as it lives.
  class Part {
   public:
    explicit Part(WindowShares& shares) : shares_(shares) {}
    Part(const Part&) = delete;
    Part& operator=(const Part&) = delete;
    ~Part() { set(0); }

    /// What it may have of this link now.
    Prefetcher::Share share(const Link& link) const {
      const std::size_t parts = shares_.parts_ + (reserved_ > 0 ? 0 : 1);
      const std::uint64_t others = shares_.reserved_ - reserved_;
      const std::uint64_t left = shares_.memory_ - std::min(shares_.memory_, others);
      return {std::min(shares_.memory_ / parts, left), (link.streams() + parts - 1) / parts, link.request_size()};
    }
    /// It holds so many bytes; none: it does not go on in sequence.
    void set(std::uint64_t bytes) {
      shares_.parts_ = shares_.parts_ + (bytes > 0) - (reserved_ > 0);
      shares_.reserved_ = shares_.reserved_ + bytes - reserved_;
      reserved_ = bytes;
    }

   private:
    WindowShares& shares_;
    std::uint64_t reserved_ = 0;
  };

 private:
  const std::uint64_t memory_;
  std::size_t parts_ = 0;
  std::uint64_t reserved_ = 0;
};

}  // namespace g2afs
