// SPDX-License-Identifier: MIT
// Whose URLs are worth resolving along with those that a walk over days has missed. Any thread; pure.
//
// Days of a recording or two would take a call each; what a walk that ends here has asked for in vain is an answer of some
// 40 KB at most.
#pragma once

#include <cstddef>
#include <vector>

#include "g2afs/catalog/tree.hpp"

namespace g2afs {

inline constexpr std::size_t kUrlsAheadOfWalk = 100;

/// Adds the recordings of `day` (null: none) and of the days behind it that have files, until there are enough.
inline void add_urls_ahead(std::vector<RecordingId>& ids, const Tree& tree, const DayNode* day, Towards direction) {
  while (day != nullptr && !day->recordings.empty() && ids.size() < kUrlsAheadOfWalk) {
    for (const Recording& recording : day->recordings) {
      if (recording.state == State::Ready && ids.size() < kUrlsAheadOfWalk) ids.push_back(recording.id);
    }
    day = shown_beside(tree, day->day, direction);
  }
}

}  // namespace g2afs
