// SPDX-License-Identifier: MIT
// The tree as it is known: immutable snapshots of years, months, days and recordings. Any thread.
//
// The catalogue publishes a new Tree when it has learnt something; nodes that did not change are shared between the old
// and the new one. A node says what is known of it: `occupied` (it holds recordings, so it is shown) and `listed` (all
// of its children are known, since when, and with which span they were asked for). A day can be occupied without being
// listed: its name is known, its recordings are not.
//
// The one thing in a snapshot that changes is a sidecar's size, which nobody knows until it has been asked for (nor once
// the object is found to be another one). It is an atomic in place, since a new snapshot a file would cost too much.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "g2afs/base/calendar.hpp"
#include "g2afs/base/ids.hpp"
#include "g2afs/catalog/inode.hpp"
#include "g2afs/net/clock.hpp"

namespace g2afs {

enum class State : std::uint8_t { Untranscoded, Transcoding, Ready };
std::string_view to_string(State state);

/// The suffixes a thumbnail may have, after its URL path's own; Jpg where that has none of them.
enum class Suffix : std::uint8_t { Jpg, Jpeg, Png, Gif, Webp };
std::string_view to_string(Suffix suffix);
Suffix suffix_of(std::string_view url_path);

/// What is known of a file's size: nothing yet, the bytes, or that there is no such file.
class LearnedSize {
 public:
  static constexpr std::uint64_t kUnknown = ~std::uint64_t{0};
  static constexpr std::uint64_t kAbsent = kUnknown - 1;

  explicit LearnedSize(std::uint64_t value = kUnknown) : value_(value) {}
  LearnedSize(const LearnedSize& other) : value_(other.load()) {}
  LearnedSize& operator=(const LearnedSize& other) {
    store(other.load());
    return *this;
  }

  bool absent() const { return load() == kAbsent; }
  std::optional<std::uint64_t> bytes() const {
    const auto value = load();
    return value < kAbsent ? std::optional(value) : std::nullopt;
  }
  /// Loop thread only.
  void learn(std::uint64_t bytes) const { store(bytes); }
  void learn_absent() const { store(kAbsent); }
  void forget() const { store(kUnknown); }
  bool operator==(const LearnedSize& other) const { return load() == other.load(); }

 private:
  std::uint64_t load() const { return value_.load(std::memory_order_relaxed); }
  void store(std::uint64_t value) const { value_.store(value, std::memory_order_relaxed); }
  mutable std::atomic<std::uint64_t> value_;
};

/// Whether anybody has read what a directory holds in this version of its node; a copy is another version. Any thread.
class ReadMark {
 public:
  ReadMark() = default;
  ReadMark(const ReadMark&) {}
  ReadMark& operator=(const ReadMark&) {
    set(false);
    return *this;
  }
  void set(bool read) const { read_.store(read, std::memory_order_relaxed); }
  bool is_set() const { return read_.load(std::memory_order_relaxed); }

 private:
  mutable std::atomic<bool> read_{false};
};

struct Recording {
  RecordingId id;
  Time start;  // of one that is or was ready; of the others the start of their day
  std::uint64_t video_size = 0;
  LearnedSize events_size, thumbnail_size;
  State state = State::Untranscoded;
  bool archived = false;
  Suffix thumbnail_suffix = Suffix::Jpg;
  std::uint8_t misses = 0;         // complete listings of its day that lacked it, one after the other
  std::int32_t missing_since = 0;  // seconds of MonotonicTime, where misses > 0; before the start of the machine, too
  ReadMark read{};

  /// Whether the recording's directory has this file.
  bool has(FileKind kind) const;
  /// The file's exact size if it is known.
  std::optional<std::uint64_t> size(FileKind kind) const;
  const LearnedSize& sidecar_size(FileKind kind) const {
    return kind == FileKind::Events ? events_size : thumbnail_size;
  }
};

/// A recording and the day it is under.
struct DatedId {
  Day day;
  RecordingId id;
  auto operator<=>(const DatedId&) const = default;
};

/// `18446744.mp4`
std::string file_name(const Recording& recording, FileKind kind);

/// One question about a span, and when its answer was complete. Shared by every directory it listed, which are refreshed
/// together.
struct ListedInfo {
  enum class How {
    Children,  // which children of one directory hold recordings
    Small,     // every recording, in a page an array
    Paged,     // every recording, page by page
  };
  How how = How::Paged;
  DaySpan span;
  MonotonicTime at;
};
using Listed = std::shared_ptr<const ListedInfo>;  // null: not listed
inline Listed make_listed(ListedInfo::How how, const DaySpan& span, MonotonicTime at) {
  return std::make_shared<const ListedInfo>(ListedInfo{how, span, at});
}

struct DayNode {
  Day day;
  bool occupied = false;
  Listed listed;
  std::vector<Recording> recordings;  // by inode_bits(id)
  ReadMark read{};

  const Recording* find(RecordingId id) const;
  const Recording* find_bits(std::uint64_t bits) const;
};

struct MonthNode {
  int year = 0, month = 0;
  bool occupied = false;
  bool claimed = false;  // it was said to hold recordings, and since then not all of its days were listed
  Listed listed;
  std::vector<std::shared_ptr<const DayNode>> days;  // by date; those not occupied are known to be empty
  ReadMark read{};

  const DayNode* find(Day day) const;
};

struct YearNode {
  int year = 0;
  bool occupied = false;
  bool claimed = false;  // likewise
  Listed listed;
  std::vector<std::shared_ptr<const MonthNode>> months;
  ReadMark read{};

  const MonthNode* find(int month) const;
};

struct Tree {
  Listed listed;
  std::vector<std::shared_ptr<const YearNode>> years;
  ReadMark read{};

  const YearNode* find(int year) const;
  const MonthNode* find(int year, int month) const;
  const DayNode* find(Day day) const;
};

/// A directory of dates: the root, a year, a month or a day.
struct DateDir {
  int year = 0, month = 0, day = 0;  // 0 from where it ends
  /// A directory comes before what is in it, and that before what comes later.
  auto operator<=>(const DateDir&) const = default;

  static DateDir root() { return {}; }
  static DateDir of(Day date) {
    const auto ymd = ymd_of(date);
    return {ymd.year, ymd.month, ymd.day};
  }
  bool is_root() const { return year == 0; }
  bool is_day() const { return day != 0; }
  DateDir parent() const { return day ? DateDir{year, month, 0} : month ? DateDir{year, 0, 0} : DateDir{}; }
  DaySpan span() const;
  Ino ino() const;
  /// `2016/11/24`, or "/" for the root.
  std::string path() const;
  /// The child directory a name stands for (`2016`; `11`; `24`): nothing unless it is written exactly as the tree
  /// writes it and the date exists. A day has no child of this kind.
  std::optional<DateDir> child(std::string_view name) const;
  std::string name() const;
};

/// The children of a directory of dates (not a day) that the tree shows, in order.
std::vector<DateDir> shown_children(const Tree& tree, const DateDir& dir);

/// The nearest day that is shown before `day`, or after it; null: none is known.
enum class Towards { Earlier, Later };
const DayNode* shown_beside(const Tree& tree, Day day, Towards direction);

/// Under which days of the span it has recordings that are only ready for transcode.
std::unordered_map<RecordingId, Day> days_of_untranscoded(const Tree& tree, const DaySpan& span);

/// What a snapshot knows of a directory. One that its listed parent does not show is listed with it: it is empty.
struct DirKnowledge {
  bool found = false;     // there is a node
  bool occupied = false;  // and it is shown
  Listed listed;          // with which all of its children became known; the newest listing that says so
};
DirKnowledge knowledge(const Tree& tree, const DateDir& dir);

}  // namespace g2afs

template <>
struct std::hash<g2afs::DateDir> {
  std::size_t operator()(const g2afs::DateDir& dir) const noexcept {
    return static_cast<std::size_t>((dir.year * 13 + dir.month) * 32 + dir.day);
  }
};
