// SPDX-License-Identifier: MIT
#include "sim/iso_time.hpp"

#include <array>
#include <chrono>

#include <fmt/format.h>

namespace g2a_sim {
namespace {

// Reads fixed-width fields from the front of a text; once one is missing, everything after fails too.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : rest_(text) {}

  int digits(std::size_t count) {
    if (rest_.size() < count) return fail();
    int value = 0;
    for (std::size_t i = 0; i < count; ++i) {
      if (rest_[i] < '0' || rest_[i] > '9') return fail();
      value = value * 10 + (rest_[i] - '0');
    }
    rest_.remove_prefix(count);
    return value;
  }
  bool accept(char c) {
    if (rest_.empty() || rest_.front() != c) return false;
    rest_.remove_prefix(1);
    return true;
  }
  void expect(char c) {
    if (!accept(c)) fail();
  }
  // The milliseconds of a fraction of any length; further digits are cut off.
  int fraction() {
    int value = 0;
    int seen = 0;
    while (!rest_.empty() && rest_.front() >= '0' && rest_.front() <= '9') {
      if (seen < 3) value = value * 10 + (rest_.front() - '0');
      ++seen;
      rest_.remove_prefix(1);
    }
    if (seen == 0) return fail();
    for (; seen < 3; ++seen) value *= 10;
    return value;
  }
  bool at_end() const { return rest_.empty(); }
  bool ok() const { return ok_; }
  int fail() {
    ok_ = false;
    return 0;
  }

 private:
  std::string_view rest_;
  bool ok_ = true;
};

int scan_offset_minutes(Scanner& in) {
  if (in.at_end() || in.accept('Z')) return 0;
  int sign = 1;
  if (in.accept('-')) {
    sign = -1;
  } else {
    in.expect('+');
  }
  const int hours = in.digits(2);
  in.accept(':');
  const int minutes = in.digits(2);
  if (hours > 14 || minutes > 59) in.fail();
  return sign * (hours * 60 + minutes);
}

std::chrono::year_month_day date_of(std::int64_t ms) {
  using namespace std::chrono;
  return year_month_day{floor<days>(sys_time<milliseconds>{milliseconds{ms}})};
}

std::int64_t ms_of_day(std::int64_t ms) { return ((ms % kDayMs) + kDayMs) % kDayMs; }

}  // namespace

std::optional<std::int64_t> parse_iso8601(std::string_view text) {
  using namespace std::chrono;
  Scanner in(text);
  const int y = in.digits(4);
  in.expect('-');
  const int m = in.digits(2);
  in.expect('-');
  const int d = in.digits(2);
  const year_month_day date{year{y}, month{static_cast<unsigned>(m)}, day{static_cast<unsigned>(d)}};
  if (!in.ok() || !date.ok()) return std::nullopt;
  std::int64_t ms = duration_cast<milliseconds>(sys_days{date}.time_since_epoch()).count();
  if (in.at_end()) return ms;

  in.expect('T');
  const int hour = in.digits(2);
  in.expect(':');
  const int minute = in.digits(2);
  const int second = in.accept(':') ? in.digits(2) : 0;
  const int milli = in.accept('.') ? in.fraction() : 0;
  const int offset = scan_offset_minutes(in);
  if (!in.ok() || !in.at_end() || hour > 23 || minute > 59 || second > 60) return std::nullopt;
  ms += ((hour * 60LL + minute - offset) * 60 + second) * kSecondMs + milli;
  return ms;
}

std::string format_iso8601(std::int64_t ms, TimeStyle style) {
  const bool offset = style == TimeStyle::kOffset || style == TimeStyle::kShortOffset;
  if (offset) ms += 2 * 3600 * kSecondMs;
  const auto date = date_of(ms);
  const std::int64_t in_day = ms_of_day(ms);
  const std::int64_t s = in_day / kSecondMs;
  std::string text = fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}", static_cast<int>(date.year()),
                                 static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()), s / 3600,
                                 s / 60 % 60, s % 60);
  if (in_day % kSecondMs != 0 || style == TimeStyle::kFractional) text += fmt::format(".{:03}", in_day % kSecondMs);
  return text + (style == TimeStyle::kOffset ? "+02:00" : style == TimeStyle::kShortOffset ? "+0200" : "Z");
}

std::string format_http_date(std::int64_t ms) {
  static constexpr std::array kDays{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  static constexpr std::array kMonths{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                      "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const auto date = date_of(ms);
  const std::chrono::weekday weekday{std::chrono::sys_days{date}};
  const std::int64_t s = ms_of_day(ms) / kSecondMs;
  return fmt::format("{}, {:02} {} {:04} {:02}:{:02}:{:02} GMT", kDays[weekday.c_encoding()],
                     static_cast<unsigned>(date.day()), kMonths[static_cast<unsigned>(date.month()) - 1],
                     static_cast<int>(date.year()), s / 3600, s / 60 % 60, s % 60);
}

}  // namespace g2a_sim
