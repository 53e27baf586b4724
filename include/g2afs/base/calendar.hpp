// SPDX-License-Identifier: MIT
// Start times, calendar days in the mount's time zone, and windows of time. Any thread.
//
// A recording is filed under the local date of its start. Days are counted from 1970-01-01 of the local calendar; a
// day's window of absolute time comes from the IANA database, so days around DST changes last 23 or 25 hours and every
// instant belongs to exactly one day.
#pragma once

#include <chrono>
#include <compare>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "g2afs/base/error.hpp"

namespace date {
class time_zone;
}

namespace g2afs {

/// An instant, UTC, in milliseconds: the finest the API has been seen to give.
using Time = std::chrono::sys_time<std::chrono::milliseconds>;

/// ISO 8601 date-time with `Z`, `+02:00`, `+0200` or `+02`, with or without fractional seconds (API.md, "Be liberal").
/// Digits below a millisecond are dropped. Nothing for any other text, or a date that is not in the calendar.
std::optional<Time> parse_iso8601(std::string_view text);

/// `2016-11-24T10:30:00Z`, with milliseconds only where they are not zero.
std::string format_iso8601(Time time);

/// A half-open stretch of time, begin < end: an empty or reversed one cannot be made.
class Window {
 public:
  static std::optional<Window> make(Time begin, Time end) {
    return begin < end ? std::optional(Window(begin, end)) : std::nullopt;
  }
  Time begin() const { return begin_; }
  Time end() const { return end_; }
  bool contains(Time time) const { return begin_ <= time && time < end_; }
  std::optional<Window> intersect(const Window& other) const {
    return make(std::max(begin_, other.begin_), std::min(end_, other.end_));
  }
  bool operator==(const Window&) const = default;

 private:
  Window(Time begin, Time end) : begin_(begin), end_(end) {}
  Time begin_, end_;
};

/// A local calendar date as days since 1970-01-01; the range the tree and the inode numbers have room for.
struct Day {
  std::int32_t number = 0;
  auto operator<=>(const Day&) const = default;
};

inline constexpr int kFirstYear = 1970;
inline constexpr int kLastYear = 2148;

struct YearMonthDay {
  int year = kFirstYear;
  int month = 1;
  int day = 1;
  auto operator<=>(const YearMonthDay&) const = default;
};

YearMonthDay ymd_of(Day day);
/// Nothing for a date that is not in the calendar or outside kFirstYear…kLastYear.
std::optional<Day> make_day(const YearMonthDay& ymd);
int days_in_month(int year, int month);

/// A stretch of local days [begin, end), begin < end: a day, a month, a year, or any run of them.
struct DaySpan {
  Day begin, end;
  bool contains(Day day) const { return begin <= day && day < end; }
  bool contains(const DaySpan& other) const { return begin <= other.begin && other.end <= end; }
  bool overlaps(const DaySpan& other) const { return begin < other.end && other.begin < end; }
  int days() const { return end.number - begin.number; }
  bool operator==(const DaySpan&) const = default;

  static DaySpan of_day(Day day) { return {day, Day{day.number + 1}}; }
  static DaySpan of_month(int year, int month);
  static DaySpan of_year(int year);
  /// Every day the tree can show.
  static DaySpan all();
};

/// A time zone of the IANA database.
class Zone {
 public:
  /// Invalid for a name the database does not have.
  static Result<Zone> find(const std::string& name);

  /// The local date, whose window holds the instant; where clocks go back across midnight, the later of the two dates
  /// that alternate. For an instant outside kFirstYear…kLastYear, the nearest date within.
  Day day_of(Time time) const;
  /// The first instant of a day (the one after the gap where midnight does not exist).
  Time begin_of(Day day) const;
  Window window_of(const DaySpan& span) const;
  const std::string& name() const { return name_; }

 private:
  Zone(const date::time_zone* zone, std::string name) : zone_(zone), name_(std::move(name)) {}
  const date::time_zone* zone_;
  std::string name_;
};

}  // namespace g2afs

template <>
struct std::hash<g2afs::DaySpan> {
  std::size_t operator()(const g2afs::DaySpan& span) const noexcept {
    return static_cast<std::size_t>(span.begin.number) << 20 ^ static_cast<std::size_t>(span.end.number);
  }
};
