// SPDX-License-Identifier: MIT
#include "g2afs/catalog/tree.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

namespace g2afs {
namespace {

/// The node of a sorted vector of pointers whose key (by `key_of`) equals `key`.
template <class Node, class Key, class KeyOf>
const Node* find_node(const std::vector<std::shared_ptr<const Node>>& nodes, const Key& key, KeyOf key_of) {
  const auto at = std::lower_bound(nodes.begin(), nodes.end(), key,
                                   [&](const auto& node, const Key& wanted) { return key_of(*node) < wanted; });
  return at != nodes.end() && key_of(**at) == key ? at->get() : nullptr;
}

constexpr std::array<std::string_view, 5> kSuffixes{"jpg", "jpeg", "png", "gif", "webp"};

}  // namespace

std::string_view to_string(State state) {
  switch (state) {
    case State::Untranscoded: return "untranscoded";
    case State::Transcoding: return "transcoding";
    case State::Ready: return "ready";
  }
  return "unknown";
}

std::string_view to_string(Suffix suffix) { return kSuffixes[static_cast<std::size_t>(suffix)]; }

Suffix suffix_of(std::string_view url_path) {
  const auto dot = url_path.find_last_of("./");
  if (dot == std::string_view::npos || url_path[dot] != '.') return Suffix::Jpg;
  std::string suffix(url_path.substr(dot + 1));
  std::transform(suffix.begin(), suffix.end(), suffix.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  const auto known = std::find(kSuffixes.begin(), kSuffixes.end(), suffix);
  return known == kSuffixes.end() ? Suffix::Jpg : static_cast<Suffix>(known - kSuffixes.begin());
}

bool Recording::has(FileKind kind) const {
  if (state != State::Ready) return false;
  return kind == FileKind::Video || !sidecar_size(kind).absent();
}

std::optional<std::uint64_t> Recording::size(FileKind kind) const {
  return kind == FileKind::Video ? std::optional(video_size) : sidecar_size(kind).bytes();
}

std::string file_name(const Recording& recording, FileKind kind) {
  switch (kind) {
    case FileKind::Video: return fmt::format("{}.mp4", recording.id.value);
    case FileKind::Events: return fmt::format("{}.events", recording.id.value);
    case FileKind::Thumbnail: return fmt::format("{}.{}", recording.id.value, to_string(recording.thumbnail_suffix));
  }
  return {};
}

const Recording* DayNode::find_bits(std::uint64_t bits) const {
  const auto at = std::lower_bound(
      recordings.begin(), recordings.end(), bits,
      [](const Recording& recording, std::uint64_t wanted) { return inode_bits(recording.id) < wanted; });
  return at != recordings.end() && inode_bits(at->id) == bits ? &*at : nullptr;
}

const Recording* DayNode::find(RecordingId id) const {
  const Recording* found = find_bits(inode_bits(id));
  return found != nullptr && found->id == id ? found : nullptr;
}

const DayNode* MonthNode::find(Day day) const {
  return find_node(days, day, [](const DayNode& node) { return node.day; });
}
const MonthNode* YearNode::find(int month) const {
  return find_node(months, month, [](const MonthNode& node) { return node.month; });
}
const YearNode* Tree::find(int year) const {
  return find_node(years, year, [](const YearNode& node) { return node.year; });
}
const MonthNode* Tree::find(int year, int month) const {
  const YearNode* node = find(year);
  return node == nullptr ? nullptr : node->find(month);
}
const DayNode* Tree::find(Day day) const {
  const auto ymd = ymd_of(day);
  const MonthNode* node = find(ymd.year, ymd.month);
  return node == nullptr ? nullptr : node->find(day);
}

DaySpan DateDir::span() const {
  if (is_root()) return DaySpan::all();
  if (month == 0) return DaySpan::of_year(year);
  if (day == 0) return DaySpan::of_month(year, month);
  return DaySpan::of_day(*make_day({year, month, day}));
}

Ino DateDir::ino() const {
  if (is_root()) return kRootIno;
  if (month == 0) return year_ino(year);
  if (day == 0) return month_ino(year, month);
  return day_ino(*make_day({year, month, day}));
}

std::string DateDir::path() const {
  if (is_root()) return "/";
  if (month == 0) return fmt::format("{:04}", year);
  if (day == 0) return fmt::format("{:04}/{:02}", year, month);
  return fmt::format("{:04}/{:02}/{:02}", year, month, day);
}

std::string DateDir::name() const {
  return day ? fmt::format("{:02}", day) : month ? fmt::format("{:02}", month) : fmt::format("{:04}", year);
}

std::optional<DateDir> DateDir::child(std::string_view name) const {
  const std::size_t digits = is_root() ? 4 : 2;
  const auto number = parse_decimal(name);
  if (is_day() || name.size() != digits || !number) return std::nullopt;
  DateDir child = *this;
  const auto value = static_cast<int>(*number);
  (is_root() ? child.year : month == 0 ? child.month : child.day) = value;
  if (value == 0 || !make_day({child.year, std::max(child.month, 1), std::max(child.day, 1)})) return std::nullopt;
  return child;
}

std::vector<DateDir> shown_children(const Tree& tree, const DateDir& dir) {
  std::vector<DateDir> shown;
  const auto add = [&](bool occupied, const DateDir& child) {
    if (occupied) shown.push_back(child);
  };
  if (dir.is_root()) {
    for (const auto& year : tree.years) add(year->occupied, {year->year, 0, 0});
  } else if (dir.month == 0) {
    const YearNode* node = tree.find(dir.year);
    if (node == nullptr) return shown;
    for (const auto& month : node->months) add(month->occupied, {dir.year, month->month, 0});
  } else {
    const MonthNode* node = tree.find(dir.year, dir.month);
    if (node == nullptr) return shown;
    for (const auto& day : node->days) add(day->occupied, DateDir::of(day->day));
  }
  return shown;
}

namespace {

/// The first day that is shown after `day`, in the one order or the other.
template <class Years>
const DayNode* first_shown(const Years& years, bool later, Day day) {
  const auto ymd = ymd_of(day);
  const auto in_order = [later](const auto& nodes, const auto& visit) -> const DayNode* {
    for (std::size_t i = 0; i < nodes.size(); ++i) {
      if (const DayNode* found = visit(*nodes[later ? i : nodes.size() - 1 - i])) return found;
    }
    return nullptr;
  };
  const auto passed = [later](int place, int wanted) { return later ? place < wanted : place > wanted; };
  return in_order(years, [&](const YearNode& year) -> const DayNode* {
    if (!year.occupied || passed(year.year, ymd.year)) return nullptr;
    return in_order(year.months, [&](const MonthNode& month) -> const DayNode* {
      if (!month.occupied || (year.year == ymd.year && passed(month.month, ymd.month))) return nullptr;
      return in_order(month.days, [&](const DayNode& node) -> const DayNode* {
        return node.occupied && node.day != day && !passed(node.day.number, day.number) ? &node : nullptr;
      });
    });
  });
}

}  // namespace

const DayNode* shown_beside(const Tree& tree, Day day, Towards direction) {
  return first_shown(tree.years, direction == Towards::Later, day);
}

std::unordered_map<RecordingId, Day> days_of_untranscoded(const Tree& tree, const DaySpan& span) {
  std::unordered_map<RecordingId, Day> days;
  for (const auto& year : tree.years) {
    if (!span.overlaps(DaySpan::of_year(year->year))) continue;
    for (const auto& month : year->months) {
      if (!span.overlaps(DaySpan::of_month(year->year, month->month))) continue;
      for (const auto& day : month->days) {
        if (!span.contains(day->day)) continue;
        for (const Recording& recording : day->recordings) {
          if (recording.state == State::Untranscoded) days.emplace(recording.id, day->day);
        }
      }
    }
  }
  return days;
}

DirKnowledge knowledge(const Tree& tree, const DateDir& dir) {
  if (dir.is_root()) return {true, true, tree.listed};
  const auto of = [](const auto* node) {
    return node == nullptr ? DirKnowledge{} : DirKnowledge{true, node->occupied, node->listed};
  };
  DirKnowledge here = dir.month == 0 ? of(tree.find(dir.year))
                      : dir.day == 0 ? of(tree.find(dir.year, dir.month))
                                     : of(tree.find(*make_day({dir.year, dir.month, dir.day})));
  if (here.occupied) return here;
  const Listed above = knowledge(tree, dir.parent()).listed;
  if (above && (!here.listed || here.listed->at < above->at)) here.listed = above;
  return here;
}

}  // namespace g2afs
