// SPDX-License-Identifier: MIT
// WatchSchedule: when to look whether transcodes have ended. Pure policy; loop thread only.
//
// A transcode takes seconds or hours, nobody knows. So the days that hold some are looked at again after a quarter of
// the time that has passed since the server accepted the last of them: who waits learns of the end at most a quarter
// later than it was, and an hour's transcode costs about thirty looks, however many recordings of the day it is about.
#pragma once

#include <algorithm>
#include <chrono>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <vector>

#include "g2afs/catalog/tree.hpp"
#include "g2afs/net/clock.hpp"

namespace g2afs {

class WatchSchedule {
 public:
  static constexpr std::chrono::seconds kShortest{2};
  static constexpr std::chrono::minutes kLongest{5};
  /// As long as the catalogue shows a recording that is in no list.
  static constexpr std::chrono::hours kGivenUpAfter{24};

  /// The server has accepted these.
  void add(std::span<const DatedId> ids, MonotonicTime now) {
    for (const DatedId& one : ids) {
      Watched& day = days_[one.day];
      day.ids.insert(one.id);
      day.since = now;
      day.due = now + kShortest;
    }
  }

  bool empty() const { return days_.empty(); }
  /// When the next look is due. Not where it is empty.
  MonotonicTime next() const {
    return std::min_element(days_.begin(), days_.end(),
                            [](const auto& a, const auto& b) { return a.second.due < b.second.due; })
        ->second.due;
  }
  /// The days to look at now.
  std::vector<Day> due(MonotonicTime now) const {
    std::vector<Day> days;
    for (const auto& [day, watched] : days_) {
      if (watched.due <= now) days.push_back(day);
    }
    return days;
  }

  /// The day was looked at, or could not be; `ended(id)` says which need not be watched any more.
  template <class Ended>
  void looked(Day day, MonotonicTime now, Ended ended) {
    const auto found = days_.find(day);
    if (found == days_.end()) return;
    Watched& watched = found->second;
    std::erase_if(watched.ids, ended);
    const Duration age = now - watched.since;
    if (watched.ids.empty() || age >= kGivenUpAfter) {
      days_.erase(found);
    } else {
      watched.due = now + std::clamp<Duration>(age / 4, kShortest, kLongest);
    }
  }

 private:
  struct Watched {
    std::set<RecordingId> ids;
    MonotonicTime since;  // when the last of them was accepted
    MonotonicTime due;
  };
  std::map<Day, Watched> days_;
};

}  // namespace g2afs
