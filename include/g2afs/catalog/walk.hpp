// SPDX-License-Identifier: MIT
// Walk: recognises that directories are listed one after the other, in the order of dates, and how far to list ahead.
// Pure policy; loop thread only.
//
// A listing that begins where the one before ended, or after a gap without recordings, is a step. Each step covers twice
// the days of the one before, up to as many as hold kMostRecordings by what the last step found; from half a month on it
// ends with a month, from half a year on with a year, so that the directories themselves are covered and need no
// question of their own. A listing anywhere else begins anew.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "g2afs/base/calendar.hpp"
#include "g2afs/catalog/tree.hpp"

namespace g2afs {

class Walk {
 public:
  /// Whether a month or a year is to be enumerated as the walk's next step instead of asking for its children. A year
  /// takes more evidence: it can cost a hundred calls, and its children a dozen.
  bool reaches(const DateDir& dir) const {
    const DaySpan span = dir.span();
    if (dir.is_root() || !follows(span) || ahead() < span.days()) return false;
    return dir.month != 0 || steps_ >= kStepsToYear;
  }

  /// The days to enumerate for `wanted`; at most up to `horizon` beyond it.
  DaySpan next(const DaySpan& wanted, Day horizon) const {
    const int days = follows(wanted) ? ahead() : wanted.days();
    Day end{wanted.begin.number + std::max(days, wanted.days())};
    const auto last = ymd_of(Day{end.number - 1});
    if (days >= kHalfYear) {
      end = DaySpan::of_year(last.year).end;
    } else if (days >= kHalfMonth) {
      end = DaySpan::of_month(last.year, last.month).end;
    }
    return {wanted.begin, std::max(wanted.end, std::min(end, horizon))};
  }

  void step(const DaySpan& listed) {
    steps_ = follows(listed) ? steps_ + 1 : 1;
    last_ = listed;
  }

  /// The enumeration of a span brought so many recordings.
  void found(const DaySpan& span, std::size_t recordings) {
    const auto most = static_cast<std::int64_t>(kMostRecordings) * span.days();
    limit_ = static_cast<int>(std::clamp<std::int64_t>(most / static_cast<std::int64_t>(recordings + 1), 1, kLongest));
  }

 private:
  static constexpr int kHalfMonth = 15;
  static constexpr int kHalfYear = 182;
  static constexpr int kLongest = 4096;  // days: eleven years
  static constexpr int kGap = 62;        // days without recordings that a walk may pass over
  static constexpr int kStepsToYear = 4;
  // 64 pages. Who walks waits for the whole step, and a step that fails is lost; on the other hand its last page is half
  // empty on average, which is less than a hundredth of this.
  static constexpr int kMostRecordings = 32'000;

  bool follows(const DaySpan& span) const {
    const int gap = span.begin.number - last_.end.number;
    return steps_ > 0 && gap >= 0 && gap <= kGap;
  }

  /// The days of the next step.
  int ahead() const { return std::min(2 * last_.days(), limit_); }

  DaySpan last_{};
  int steps_ = 0;
  int limit_ = kLongest;
};

}  // namespace g2afs
