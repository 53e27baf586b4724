// SPDX-License-Identifier: MIT
// What to ask the API to bring stale directories up to date with few calls, by what is known of them. Any thread; pure.
//
// A directory of dates can be brought up to date by itself (a day is enumerated; of others it is asked which children
// hold recordings) or along with all that is in it, by enumerating it whole. The second is chosen where it costs at most
// twice as much and more than one thing in it is wanted: who looks at several is likely to look at the rest, and asking
// for the rest later would cost that much again.
#pragma once

#include <set>
#include <vector>

#include "g2afs/catalog/tree.hpp"

namespace g2afs {

struct RefreshPlan {
  std::vector<DaySpan> spans;     // to enumerate, in order; none touches another
  std::vector<DateDir> children;  // directories (not days) whose children are to be asked for
};

RefreshPlan plan_refresh(const Tree& tree, const std::set<DateDir>& stale);

}  // namespace g2afs
