// SPDX-License-Identifier: MIT
// Everything at once: all that is under a directory, and many days.
#include <algorithm>

#include "g2afs/catalog/catalog.hpp"
#include "g2afs/catalog/refresh_plan.hpp"

namespace g2afs {

bool Catalog::all_fresh(const Tree& tree, const DateDir& dir) const {
  if (!fresh(knowledge(tree, dir).listed)) return false;
  if (dir.is_day()) return true;
  const auto children = shown_children(tree, dir);
  return std::all_of(children.begin(), children.end(), [&](const DateDir& child) { return all_fresh(tree, child); });
}

Task<Result<void>> Catalog::list_all(DateDir dir) {
  if (all_fresh(*tree(), dir)) co_return Outcome{};
  if (!dir.is_root()) co_return co_await enumerate(dir.span());
  // A year at a time, so that an enumeration of everything is never in memory as a whole.
  if (!fresh(tree()->listed)) {
    const auto listed = co_await refresh(dir);
    if (!listed) co_return listed;
  }
  const auto known = tree();
  for (const DateDir& year : shown_children(*known, dir)) {
    const auto listed = co_await list_all(year);
    if (!listed) co_return listed;
  }
  co_return Outcome{};
}

Task<Result<void>> Catalog::refresh_days(std::vector<Day> days) {
  const auto before = tree();
  std::set<DateDir> by_itself;
  for (const Day day : days) {
    const DateDir dir = DateDir::of(day);
    const Listed listed = knowledge(*tree(), dir).listed;
    if (listed != knowledge(*before, dir).listed) continue;  // it came along with one before it
    if (!listed || listed->how != ListedInfo::How::Small) {
      by_itself.insert(dir);
      continue;
    }
    const auto refreshed = co_await refresh(dir);
    if (!refreshed) co_return refreshed;
  }
  const RefreshPlan plan = plan_refresh(*tree(), by_itself);
  for (const DaySpan& span : plan.spans) {
    const auto refreshed = co_await enumerate(span);
    if (!refreshed) co_return refreshed;
  }
  co_return Outcome{};
}

}  // namespace g2afs
