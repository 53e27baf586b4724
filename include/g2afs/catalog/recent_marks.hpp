// SPDX-License-Identifier: MIT
// RecentMarks: what the server has accepted a moment ago, and its lists need not show yet. Loop thread only.
//
// A listing that was asked for before the server accepted a change says how things were before; and one that is asked
// for just after it may come from a part of the server that has not heard of it. So what was marked holds against every
// listing asked for until kMarkLasts later; then the lists are believed again, whatever they say.
//
// A listing that was asked for in time may be complete much later, so marks are kept for longer than they last; in two
// halves by age, of which the older is dropped whole, so no mark needs a timer of its own.
#pragma once

#include <chrono>
#include <unordered_map>
#include <utility>

#include "g2afs/base/ids.hpp"
#include "g2afs/net/clock.hpp"

namespace g2afs {

/// Longer than any server known to agree with itself late; short for who undoes a change elsewhere and wants to see it.
inline constexpr std::chrono::minutes kMarkLasts{5};

class RecentMarks {
 public:
  /// For the largest accounts' largest year to be enumerated. A mark takes some 40 bytes.
  static constexpr std::chrono::minutes kKept{30};

  void add(RecordingId id, MonotonicTime now) {
    forget(now);
    newer_.insert_or_assign(id, now);
  }
  /// Drops what is older than twice kKept, and keeps what is younger than kKept.
  void forget(MonotonicTime now) {
    if (now - turned_ <= kKept) return;
    older_ = now - turned_ > 2 * kKept ? Marks{} : std::move(newer_);
    newer_ = {};
    turned_ = now;
  }
  /// Whether the mark holds against a listing that was asked for then.
  bool holds(RecordingId id, MonotonicTime asked) const { return holds(newer_, id, asked) || holds(older_, id, asked); }
  bool empty() const { return newer_.empty() && older_.empty(); }

 private:
  using Marks = std::unordered_map<RecordingId, MonotonicTime>;
  static bool holds(const Marks& marks, RecordingId id, MonotonicTime asked) {
    const auto found = marks.find(id);
    return found != marks.end() && asked < found->second + kMarkLasts;
  }

  Marks newer_, older_;
  MonotonicTime turned_;  // when the newer half was begun
};

}  // namespace g2afs
