// SPDX-License-Identifier: MIT
// WindowShares: divides the memory for what is fetched ahead, and the ranges at once, among the readers that go on in
// sequence. Pure policy, time comes from outside; loop thread only.
//
// Each may have the same, so that none starves, and all together never more than there is: what a reader has ahead of it
// is reserved, so one that comes late gets what is left until the others have read down to their smaller shares, which
// takes as long as reading that does. Who only jumps about takes no part, and who has not read for kPaused takes none
// until he reads again: a player that is paused keeps what it has only as long as nobody needs the memory.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <list>
#include <optional>
#include <utility>

#include "g2afs/content/link.hpp"
#include "g2afs/content/prefetcher.hpp"
#include "g2afs/net/clock.hpp"

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
    ~Part() { leave(); }

    /// What it may have of this link now.
    Prefetcher::Share share(const Link& link, MonotonicTime now) {
      shares_.forget_paused(now);
      const std::size_t parts = shares_.parts_.size() + (place_ ? 0 : 1);
      const std::uint64_t others = shares_.reserved_ - reserved_;
      const std::uint64_t left = shares_.memory_ - std::min(shares_.memory_, others);
      return {std::min(shares_.memory_ / parts, left), (link.streams() + parts - 1) / parts, link.request_size()};
    }
    /// It has read, and holds so many bytes; none: it does not go on in sequence.
    void set(std::uint64_t bytes, MonotonicTime now) {
      if (bytes == 0) return leave();
      if (place_) {
        shares_.parts_.splice(shares_.parts_.end(), shares_.parts_, *place_);
      } else {
        place_ = shares_.parts_.insert(shares_.parts_.end(), this);
      }
      shares_.reserved_ = shares_.reserved_ - reserved_ + bytes;
      reserved_ = bytes;
      read_ = now;
    }

   private:
    friend WindowShares;
    void leave() {
      if (!place_) return;
      shares_.parts_.erase(*place_);
      shares_.reserved_ -= std::exchange(reserved_, 0);
      place_.reset();
    }

    WindowShares& shares_;
    std::optional<std::list<Part*>::iterator> place_;  // among those that take part
    std::uint64_t reserved_ = 0;
    MonotonicTime read_{};
  };

 private:
  static constexpr std::chrono::seconds kPaused{5};

  void forget_paused(MonotonicTime now) {
    while (!parts_.empty() && now - parts_.front()->read_ > kPaused) parts_.front()->leave();
  }

  const std::uint64_t memory_;
  std::list<Part*> parts_;  // who has read last comes last
  std::uint64_t reserved_ = 0;
};

}  // namespace g2afs
