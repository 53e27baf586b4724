// SPDX-License-Identifier: MIT
// Every known day of a span. Any thread.
#pragma once

#include "g2afs/catalog/tree.hpp"

namespace g2afs {

/// Calls fn(day node of `tree`) for each that lies within the span, in order.
template <class Fn>
void for_days(const Tree& tree, const DaySpan& span, Fn&& fn) {
  for (const auto& year : tree.years) {
    if (!span.overlaps(DaySpan::of_year(year->year))) continue;
    for (const auto& month : year->months) {
      if (!span.overlaps(DaySpan::of_month(month->year, month->month))) continue;
      for (const auto& day : month->days) {
        if (span.contains(day->day)) fn(*day);
      }
    }
  }
}

}  // namespace g2afs
