// SPDX-License-Identifier: MIT
// ISO 8601 dates and times to and from milliseconds since the Unix epoch.
// Any thread: pure functions.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace g2a_sim {

inline constexpr std::int64_t kSecondMs = 1000;
inline constexpr std::int64_t kDayMs = 86'400 * kSecondMs;

// Accepts YYYY-MM-DD (that day's midnight) and YYYY-MM-DDThh:mm[:ss[.fraction]] followed by Z, +hh:mm, +hhmm
// or nothing (UTC). A blank where the sign of an offset belongs is not accepted: it is what an unescaped '+'
// in a query decodes to.
std::optional<std::int64_t> parse_iso8601(std::string_view text);

enum class TimeStyle {
  kUtc,         // 2016-11-24T10:20:30Z, milliseconds only where there are any
  kFractional,  // 2016-11-24T10:20:30.000Z
  kOffset,      // 2016-11-24T12:20:30+02:00
  kShortOffset  // 2016-11-24T12:20:30+0200
};

std::string format_iso8601(std::int64_t ms, TimeStyle style = TimeStyle::kUtc);

// "Thu, 24 Nov 2016 10:20:30 GMT", for Last-Modified and Date.
std::string format_http_date(std::int64_t ms);

}  // namespace g2a_sim
