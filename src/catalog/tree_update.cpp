// SPDX-License-Identifier: MIT
#include "g2afs/catalog/tree_update.hpp"

#include <algorithm>
#include <set>

namespace g2afs {
namespace {

template <class Node>
bool any_occupied(const std::vector<std::shared_ptr<const Node>>& nodes) {
  return std::any_of(nodes.begin(), nodes.end(), [](const auto& node) { return node->occupied; });
}

/// Replaces or inserts the node with this key.
template <class Node, class Key, class KeyOf>
void put(std::vector<std::shared_ptr<const Node>>& nodes, const Key& key, KeyOf key_of,
         std::shared_ptr<const Node> node) {
  const auto at = std::lower_bound(nodes.begin(), nodes.end(), key,
                                   [&](const auto& other, const Key& wanted) { return key_of(*other) < wanted; });
  if (at != nodes.end() && key_of(**at) == key) {
    *at = std::move(node);
  } else {
    nodes.insert(at, std::move(node));
  }
}

constexpr auto kDayOf = [](const DayNode& node) { return node.day; };
constexpr auto kMonthOf = [](const MonthNode& node) { return node.month; };
constexpr auto kYearOf = [](const YearNode& node) { return node.year; };

/// The node to change. Where there is none that is shown, what a listing of its parent said of it holds on: that it is
/// empty, so all of its children are known.
MonthNode copy_month(const Tree& tree, int year, int month) {
  const MonthNode* old = tree.find(year, month);
  MonthNode copy = old == nullptr ? MonthNode{year, month, false, false, nullptr, {}} : *old;
  if (!copy.occupied) copy.listed = knowledge(tree, {year, month, 0}).listed;
  return copy;
}

YearNode copy_year(const Tree& tree, int year) {
  const YearNode* old = tree.find(year);
  YearNode copy = old == nullptr ? YearNode{year, false, false, nullptr, {}} : *old;
  if (!copy.occupied) copy.listed = knowledge(tree, {year, 0, 0}).listed;
  return copy;
}

/// A month or a year is shown if a child is, or if it was said to hold recordings without its children being listed.
template <class Node, class Child>
void settle_occupied(Node& node, const std::vector<std::shared_ptr<const Child>>& children) {
  node.claimed = node.claimed && !node.listed;
  node.occupied = node.claimed || any_occupied(children);
}

void put_month(Tree& tree, MonthNode month) {
  settle_occupied(month, month.days);
  YearNode year = copy_year(tree, month.year);
  put(year.months, month.month, kMonthOf, std::make_shared<const MonthNode>(std::move(month)));
  settle_occupied(year, year.months);
  put(tree.years, year.year, kYearOf, std::make_shared<const YearNode>(std::move(year)));
}

void put_year(Tree& tree, YearNode year) {
  settle_occupied(year, year.months);
  put(tree.years, year.year, kYearOf, std::make_shared<const YearNode>(std::move(year)));
}

/// Whether a recording is known in it, not only that there are some.
bool holds_known(const DayNode& day) { return !day.recordings.empty(); }
template <class Child>
bool any_known(const std::vector<std::shared_ptr<const Child>>& children);
bool holds_known(const MonthNode& month) { return any_known(month.days); }
bool holds_known(const YearNode& year) { return any_known(year.months); }
template <class Child>
bool any_known(const std::vector<std::shared_ptr<const Child>>& children) {
  return std::any_of(children.begin(), children.end(), [](const auto& child) { return holds_known(*child); });
}

/// It was said to hold recordings: an earlier listing that found none is void.
template <class Node, class Child>
void claim(Node& node, const std::vector<std::shared_ptr<const Child>>& children) {
  if (!any_occupied(children)) node.listed = nullptr;
  node.claimed = !node.listed;
  node.occupied = true;
}

/// The months of the span that have a node or get one: those that hold recordings, and, where the year itself is not
/// listed with them, those that turned out to be empty.
std::set<std::pair<int, int>> touched_months(const Tree& old, const DaySpan& span, const DayNodes& days) {
  std::set<std::pair<int, int>> months;
  for (const auto& entry : days) {
    const auto ymd = ymd_of(entry.first);
    months.emplace(ymd.year, ymd.month);
  }
  for (const auto& year : old.years) {
    for (const auto& month : year->months) {
      if (span.overlaps(DaySpan::of_month(month->year, month->month))) months.emplace(month->year, month->month);
    }
  }
  for (const Day end : {span.begin, Day{span.end.number - 1}}) {
    const int year = ymd_of(end).year;
    if (span.contains(DaySpan::of_year(year))) continue;
    for (int month = 1; month <= 12; ++month) {
      if (span.overlaps(DaySpan::of_month(year, month))) months.emplace(year, month);
    }
  }
  return months;
}

/// The span's years that are listed with it and have a node or get one.
std::set<int> listed_years(const Tree& tree, const DaySpan& span) {
  std::set<int> years;
  for (const auto& year : tree.years) years.insert(year->year);
  if (span != DaySpan::all()) {
    for (int year = ymd_of(span.begin).year; year <= ymd_of(Day{span.end.number - 1}).year; ++year) years.insert(year);
  }
  std::erase_if(years, [&](int year) { return !span.contains(DaySpan::of_year(year)); });
  return years;
}

/// Puts what is known of the month's days that lie in the span.
void put_days(MonthNode& month, const DaySpan& month_span, const Listed& info, const DayNodes& days) {
  const DaySpan& span = info->span;
  std::erase_if(month.days, [&](const auto& node) { return span.contains(node->day); });
  for (auto at = days.lower_bound(month_span.begin); at != days.end() && at->first < month_span.end; ++at) {
    put(month.days, at->first, kDayOf, at->second);
  }
  if (span.contains(month_span)) {
    month.listed = info;
    return;
  }
  const int end = std::min(span.end, month_span.end).number;
  for (Day day = std::max(span.begin, month_span.begin); day.number < end; ++day.number) {
    if (days.count(day) == 0)
      put(month.days, day, kDayOf, std::make_shared<const DayNode>(DayNode{day, false, info, {}}));
  }
}

std::vector<Recording> sorted(std::vector<Recording> recordings) {
  std::sort(recordings.begin(), recordings.end(), [](const Recording& a, const Recording& b) {
    return std::pair(inode_bits(a.id), a.id) < std::pair(inode_bits(b.id), b.id);
  });
  return recordings;
}

/// Notes that a complete listing lacks the recording; false if it is gone with that.
bool still_expected(Recording& missing, const MissingPolicy& policy) {
  const auto now =
      static_cast<std::int32_t>(std::chrono::duration_cast<std::chrono::seconds>(policy.now.since_start).count());
  if (missing.misses == 0) missing.missing_since = now;
  if (missing.misses < 255) ++missing.misses;
  if (missing.state == State::Ready && policy.both_archived_values) return missing.misses < 2;
  missing.state = State::Transcoding;
  return std::chrono::seconds{now - missing.missing_since} <= policy.transcoding_limit;
}

}  // namespace

std::shared_ptr<const Tree> with_days(const Tree& old, const Listed& info, const DayNodes& days) {
  auto tree = std::make_shared<Tree>(old);
  for (const auto& [year, number] : touched_months(old, info->span, days)) {
    MonthNode month = copy_month(*tree, year, number);
    put_days(month, DaySpan::of_month(year, number), info, days);
    put_month(*tree, std::move(month));
  }
  for (const int number : listed_years(*tree, info->span)) {
    YearNode year = copy_year(*tree, number);
    year.listed = info;
    put_year(*tree, std::move(year));
  }
  if (info->span == DaySpan::all()) tree->listed = info;
  return tree;
}

std::shared_ptr<const Tree> with_children(const Tree& old, const DateDir& dir, const Listed& info,
                                          const std::vector<DateDir>& occupied) {
  auto tree = std::make_shared<Tree>(old);
  const auto is_occupied = [&](const DateDir& child) {
    return std::find(occupied.begin(), occupied.end(), child) != occupied.end();
  };
  if (dir.is_root()) {
    std::erase_if(tree->years, [&](const auto& node) {
      return !is_occupied({node->year, 0, 0}) && !holds_known(*node);
    });
    for (const DateDir& child : occupied) {
      YearNode year = copy_year(*tree, child.year);
      claim(year, year.months);
      put(tree->years, year.year, kYearOf, std::make_shared<const YearNode>(std::move(year)));
    }
    tree->listed = info;
  } else if (dir.month == 0) {
    YearNode year = copy_year(*tree, dir.year);
    std::erase_if(year.months, [&](const auto& node) {
      return !is_occupied({dir.year, node->month, 0}) && !holds_known(*node);
    });
    for (const DateDir& child : occupied) {
      MonthNode month = copy_month(*tree, child.year, child.month);
      claim(month, month.days);
      put(year.months, month.month, kMonthOf, std::make_shared<const MonthNode>(std::move(month)));
    }
    year.listed = info;
    put_year(*tree, std::move(year));
  } else {
    MonthNode month = copy_month(*tree, dir.year, dir.month);
    std::erase_if(month.days,
                  [&](const auto& node) { return !is_occupied(DateDir::of(node->day)) && !holds_known(*node); });
    for (const DateDir& child : occupied) {
      const Day date = child.span().begin;
      if (const DayNode* known = month.find(date); known != nullptr && known->occupied) continue;
      DayNode day;
      day.day = date;
      day.occupied = true;
      put(month.days, date, kDayOf, std::make_shared<const DayNode>(std::move(day)));
    }
    month.listed = info;
    put_month(*tree, std::move(month));
  }
  return tree;
}

std::shared_ptr<const Tree> with_located(const Tree& old, const DateDir& dir, const Listed& info, bool occupied) {
  auto tree = std::make_shared<Tree>(old);
  if (knowledge(old, dir).occupied) return tree;  // learnt meanwhile
  // Empty is a complete answer: the directory is listed, and has nothing. Occupied says nothing of its children.
  if (dir.month == 0) {
    YearNode year = copy_year(*tree, dir.year);
    if (occupied) claim(year, year.months);
    if (!occupied) year.listed = info;
    put_year(*tree, std::move(year));
  } else {
    MonthNode month = copy_month(*tree, dir.year, dir.month);
    if (occupied) claim(month, month.days);
    if (!occupied) month.listed = info;
    put_month(*tree, std::move(month));
  }
  return tree;
}

std::shared_ptr<const Tree> with_replaced_days(const Tree& old, const DayNodes& days) {
  auto tree = std::make_shared<Tree>(old);
  for (auto at = days.begin(); at != days.end();) {
    const auto ymd = ymd_of(at->first);
    const Day end = DaySpan::of_month(ymd.year, ymd.month).end;
    MonthNode month = copy_month(*tree, ymd.year, ymd.month);
    for (; at != days.end() && at->first < end; ++at) put(month.days, at->first, kDayOf, at->second);
    put_month(*tree, std::move(month));
  }
  return tree;
}

std::vector<Recording> merge_day(const DayNode* old, std::vector<Recording> found, const ListedIds& listed,
                                 const MissingPolicy& policy) {
  if (old == nullptr) return sorted(std::move(found));
  // Another listing was asked for later and answered first: it knows better.
  const bool outdated = listed_after(*old, policy.asked);
  for (Recording& recording : found) {
    const Recording* before = old->find(recording.id);
    if (before == nullptr) continue;
    if (outdated) {
      recording = *before;
    } else if (before->state == State::Ready && recording.state == State::Ready) {
      for (const auto size : {&Recording::events_size, &Recording::thumbnail_size}) {
        if (!(recording.*size).absent() && (before->*size).bytes()) recording.*size = before->*size;
      }
    }
  }
  for (const Recording& before : old->recordings) {
    if (listed.placed.count(before.id) != 0) continue;
    Recording kept = before;
    const bool still_listed = listed.undated.count(before.id) != 0;
    if (still_listed && !outdated) kept.misses = 0;
    if (still_listed || outdated || still_expected(kept, policy)) found.push_back(std::move(kept));
  }
  return sorted(std::move(found));
}

}  // namespace g2afs
