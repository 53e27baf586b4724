// SPDX-License-Identifier: MIT
#include "g2afs/catalog/refresh_plan.hpp"

#include <algorithm>

#include "g2afs/api/types.hpp"
#include "g2afs/catalog/tree_days.hpp"

namespace g2afs {
namespace {

/// A way to bring a directory and what is stale in it up to date.
struct Way {
  RefreshPlan plan;
  std::size_t calls = 0;
  std::size_t wanted = 0;  // stale directories
};

/// Pages of ids, as many questions for their times and sizes, and one for the other `archived` value.
std::size_t calls_to_enumerate(std::size_t recordings) { return 2 * (recordings / kMaxIds + 1) + 1; }

class Planner {
 public:
  Planner(const Tree& tree, const std::set<DateDir>& stale) : tree_(tree), stale_(stale) {}

  Way plan(const DateDir& dir) const {
    if (dir.is_day()) return {{{dir.span()}, {}}, calls_to_enumerate(recordings(dir)), 1};
    Way way;
    if (stale_.contains(dir)) {
      way.plan.children.push_back(dir);
      way.calls = calls_to_ask_for_children(dir);
      way.wanted = 1;
    }
    // The stale ones that lie within it stand behind it, in the order of dates.
    for (auto next = stale_.upper_bound(dir); next != stale_.end() && dir.span().contains(next->span());) {
      const DateDir child = child_towards(dir, *next);
      add(way, plan(child));
      next =
          std::find_if(next, stale_.end(), [&](const DateDir& other) { return !child.span().contains(other.span()); });
    }
    const std::size_t whole = calls_to_enumerate(recordings(dir));
    if (way.wanted > 1 && whole <= 2 * way.calls) return {{{dir.span()}, {}}, whole, way.wanted};
    return way;
  }

 private:
  /// The child of `dir` that is, or holds, `target`.
  static DateDir child_towards(const DateDir& dir, const DateDir& target) {
    if (dir.is_root()) return {target.year, 0, 0};
    if (dir.month == 0) return {target.year, target.month, 0};
    return target;
  }

  /// One that is known to hold recordings is answered by the first `archived` value, others need both.
  std::size_t calls_to_ask_for_children(const DateDir& dir) const {
    const std::size_t shown = shown_children(tree_, dir).size();
    const std::size_t all = dir.is_root() ? shown + 3 : dir.month == 0 ? 12 : 31;
    return shown + 2 * (std::max(all, shown) - shown);
  }

  std::size_t recordings(const DateDir& dir) const {
    std::size_t sum = 0;
    for_days(tree_, dir.span(), [&](const DayNode& day) { sum += day.recordings.size(); });
    return sum;
  }

  /// Adds what comes later; enumerations that adjoin become one, which saves the half-empty page between them.
  void add(Way& way, Way later) const {
    for (const DaySpan& span : later.plan.spans) {
      if (!way.plan.spans.empty() && way.plan.spans.back().end == span.begin) {
        way.plan.spans.back().end = span.end;
        way.calls -= 2;
      } else {
        way.plan.spans.push_back(span);
      }
    }
    way.plan.children.insert(way.plan.children.end(), later.plan.children.begin(), later.plan.children.end());
    way.calls += later.calls;
    way.wanted += later.wanted;
  }

  const Tree& tree_;
  const std::set<DateDir>& stale_;
};

}  // namespace

RefreshPlan plan_refresh(const Tree& tree, const std::set<DateDir>& stale) {
  return Planner(tree, stale).plan(DateDir::root()).plan;
}

}  // namespace g2afs
