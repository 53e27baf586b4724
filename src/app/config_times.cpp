// SPDX-License-Identifier: MIT
// The calendar's part of config_values.hpp.
#include <optional>

#include <date/tz.h>

#include "g2afs/app/config_values.hpp"

namespace g2afs {
namespace {

std::optional<Day> parse_date(std::string_view text) {
  constexpr std::size_t kDateLength = 10;  // 2016-11-24
  if (text.size() != kDateLength) return std::nullopt;
  const auto midnight = parse_iso8601(std::string(text) + "T00:00Z");
  if (!midnight) return std::nullopt;
  const auto days = std::chrono::floor<std::chrono::days>(*midnight).time_since_epoch().count();
  return Day{static_cast<std::int32_t>(days)};  // a year has four digits
}

/// A date-time without an offset: where the clocks show it twice, the first time; where never, the end of the
/// gap.
std::optional<Time> parse_local(std::string_view text, const Zone& zone) {
  const auto shown = parse_iso8601(std::string(text) + "Z");
  if (!shown) return std::nullopt;
  const date::local_time<std::chrono::milliseconds> local{shown->time_since_epoch()};
  return Time{date::locate_zone(zone.name())->to_sys(local, date::choose::earliest).time_since_epoch()};
}

Result<Time> parse_time(std::string_view text, const Zone& zone, int days_after) {
  if (const auto day = parse_date(text)) return zone.begin_of(Day{day->number + days_after});
  if (const auto time = parse_iso8601(text)) return *time;
  if (const auto time = parse_local(text, zone)) return *time;
  return fail(Errc::Invalid, "must be an ISO 8601 date or date-time");
}

}  // namespace

Result<Zone> parse_zone(std::string_view text) {
  auto zone = Zone::find(std::string(text));
  if (!zone) return fail(Errc::Invalid, "must be an IANA time zone such as Europe/Berlin");
  return zone;
}

Result<Time> parse_from_time(std::string_view text, const Zone& zone) { return parse_time(text, zone, 0); }

Result<Time> parse_to_time(std::string_view text, const Zone& zone) { return parse_time(text, zone, 1); }

}  // namespace g2afs
