// SPDX-License-Identifier: MIT
#include "g2afs/base/calendar.hpp"

#include <algorithm>

#include <date/date.h>
#include <date/tz.h>
#include <fmt/format.h>

namespace g2afs {
namespace {

/// Reads exactly `digits` decimal digits from the front of `text`.
std::optional<int> take_number(std::string_view& text, std::size_t digits) {
  if (text.size() < digits) return std::nullopt;
  int value = 0;
  for (char c : text.substr(0, digits)) {
    if (c < '0' || c > '9') return std::nullopt;
    value = value * 10 + (c - '0');
  }
  text.remove_prefix(digits);
  return value;
}

bool take(std::string_view& text, std::string_view any_of) {
  if (text.empty() || any_of.find(text.front()) == std::string_view::npos) return false;
  text.remove_prefix(1);
  return true;
}

/// `Z`, `+02:00`, `+0200` or `+02`: the offset from UTC.
std::optional<std::chrono::minutes> take_offset(std::string_view& text) {
  if (take(text, "Zz")) return std::chrono::minutes{0};
  if (text.empty()) return std::nullopt;
  const int sign = text.front() == '-' ? -1 : 1;
  if (!take(text, "+-")) return std::nullopt;
  const auto hours = take_number(text, 2);
  if (!hours || *hours > 23) return std::nullopt;
  std::optional<int> minutes = 0;
  if (take(text, ":") || !text.empty()) minutes = take_number(text, 2);
  if (!minutes || *minutes > 59) return std::nullopt;
  return std::chrono::minutes{sign * (*hours * 60 + *minutes)};
}

/// The milliseconds of `.123456` or `,5`; finer digits are dropped.
std::optional<std::chrono::milliseconds> take_fraction(std::string_view& text) {
  if (!take(text, ".,")) return std::chrono::milliseconds{0};
  int value = 0, digits = 0;
  for (; !text.empty() && text.front() >= '0' && text.front() <= '9'; text.remove_prefix(1), ++digits) {
    if (digits < 3) value = value * 10 + (text.front() - '0');
  }
  if (digits == 0) return std::nullopt;
  for (; digits < 3; ++digits) value *= 10;
  return std::chrono::milliseconds{value};
}

date::year_month_day to_date(Day day) { return date::year_month_day{date::local_days{date::days{day.number}}}; }

Day from_date(const date::year_month_day& ymd) {
  return Day{static_cast<std::int32_t>(date::local_days{ymd}.time_since_epoch().count())};
}

}  // namespace

std::optional<Time> parse_iso8601(std::string_view text) {
  const auto year = take_number(text, 4);
  if (!year || !take(text, "-")) return std::nullopt;
  const auto month = take_number(text, 2);
  if (!month || !take(text, "-")) return std::nullopt;
  const auto day = take_number(text, 2);
  if (!day || !take(text, "Tt ")) return std::nullopt;
  const auto hour = take_number(text, 2);
  if (!hour || !take(text, ":")) return std::nullopt;
  const auto minute = take_number(text, 2);
  if (!minute) return std::nullopt;
  std::optional<int> second = 0;
  std::optional<std::chrono::milliseconds> fraction = std::chrono::milliseconds{0};
  if (take(text, ":")) {
    second = take_number(text, 2);
    if (!second) return std::nullopt;
    fraction = take_fraction(text);
  }
  const auto offset = take_offset(text);
  if (!fraction || !offset || !text.empty()) return std::nullopt;

  const auto ymd = date::year{*year} / *month / *day;
  // A leap second (60) is the first second of the next minute, as everywhere on POSIX systems.
  if (!ymd.ok() || *hour > 23 || *minute > 59 || *second > 60) return std::nullopt;
  return std::chrono::time_point_cast<std::chrono::milliseconds>(date::sys_days{ymd} + std::chrono::hours{*hour} +
                                                                 std::chrono::minutes{*minute} - *offset +
                                                                 std::chrono::seconds{*second} + *fraction);
}

std::string format_iso8601(Time time) {
  const auto midnight = date::floor<date::days>(time);
  const date::year_month_day ymd{midnight};
  const date::hh_mm_ss clock{time - midnight};
  std::string text = fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}", static_cast<int>(ymd.year()),
                                 static_cast<unsigned>(ymd.month()), static_cast<unsigned>(ymd.day()),
                                 clock.hours().count(), clock.minutes().count(), clock.seconds().count());
  if (clock.subseconds().count() != 0) text += fmt::format(".{:03}", clock.subseconds().count());
  return text + 'Z';
}

YearMonthDay ymd_of(Day day) {
  const auto ymd = to_date(day);
  return {static_cast<int>(ymd.year()), static_cast<int>(static_cast<unsigned>(ymd.month())),
          static_cast<int>(static_cast<unsigned>(ymd.day()))};
}

std::optional<Day> make_day(const YearMonthDay& ymd) {
  if (ymd.year < kFirstYear || ymd.year > kLastYear || ymd.month < 1 || ymd.day < 1) return std::nullopt;
  const auto value = date::year{ymd.year} / ymd.month / ymd.day;
  if (!value.ok()) return std::nullopt;
  return from_date(value);
}

int days_in_month(int year, int month) {
  const auto last = date::year{year} / month / date::last;
  return static_cast<int>(static_cast<unsigned>(date::year_month_day{last}.day()));
}

DaySpan DaySpan::of_month(int year, int month) {
  const Day first = from_date(date::year{year} / month / 1);
  return {first, Day{first.number + days_in_month(year, month)}};
}

DaySpan DaySpan::of_year(int year) {
  return {from_date(date::year{year} / 1 / 1), from_date(date::year{year + 1} / 1 / 1)};
}

DaySpan DaySpan::all() {
  return {from_date(date::year{kFirstYear} / 1 / 1), from_date(date::year{kLastYear + 1} / 1 / 1)};
}

Result<Zone> Zone::find(const std::string& name) {
  try {
    return Zone(date::locate_zone(name), name);
  } catch (const std::runtime_error&) {
    return fail(Errc::Invalid, fmt::format("'{}' is not a time zone of the IANA database", name));
  }
}

Day Zone::day_of(Time time) const {
  const auto local = zone_->to_local(date::sys_time<std::chrono::milliseconds>{time.time_since_epoch()});
  const auto number = date::floor<date::days>(local).time_since_epoch().count();
  const DaySpan all = DaySpan::all();
  const Day last{all.end.number - 1};
  Day day = std::clamp(Day{static_cast<std::int32_t>(number)}, all.begin, last);
  // Where clocks go back across midnight a date comes twice. The day that has begun goes on, so that days follow one
  // another and their windows leave nothing out.
  while (day < last && begin_of(Day{day.number + 1}) <= time) ++day.number;
  while (day > all.begin && time < begin_of(day)) --day.number;
  return day;
}

Time Zone::begin_of(Day day) const {
  // As day_of() files them, the first day holds everything before it, and the last one everything after it.
  const DaySpan all = DaySpan::all();
  if (day <= all.begin) return Time{date::sys_days{date::year{1} / 1 / 1}.time_since_epoch()};
  if (day >= all.end) return Time{date::sys_days{date::year{9999} / 12 / 31}.time_since_epoch()};
  const date::local_seconds midnight{date::local_days{date::days{day.number}}};
  const auto info = zone_->get_info(midnight);
  // Midnight falls into a gap: the day begins where the gap ends. Twice: it begins at the earlier of the two.
  const auto begin = info.result == date::local_info::nonexistent
                         ? info.first.end
                         : date::sys_seconds{midnight.time_since_epoch()} - info.first.offset;
  return Time{begin.time_since_epoch()};
}

Window Zone::window_of(const DaySpan& span) const { return *Window::make(begin_of(span.begin), begin_of(span.end)); }

}  // namespace g2afs
