// SPDX-License-Identifier: MIT
#include "g2afs/net/http.hpp"

#include <algorithm>
#include <limits>
#include <locale>
#include <sstream>

#include <date/date.h>

#include "g2afs/base/ids.hpp"

namespace g2afs {
namespace {

/// Longer than anybody waits, and short enough that no sum of times overflows.
constexpr std::chrono::seconds kLongestRetryAfter = std::chrono::hours{24};

bool equal_ignoring_case(std::string_view text, std::string_view lower) {
  return std::equal(text.begin(), text.end(), lower.begin(), lower.end(),
                    [](char a, char b) { return (a >= 'A' && a <= 'Z' ? static_cast<char>(a - 'A' + 'a') : a) == b; });
}

/// `0-99`, the last byte included, as a half-open range.
std::optional<ByteRange> parse_range(std::string_view text) {
  const auto dash = text.find('-');
  if (dash == std::string_view::npos) return std::nullopt;
  const auto first = parse_decimal(text.substr(0, dash));
  const auto last = parse_decimal(text.substr(dash + 1));
  if (!first || !last || *first > *last || *last == std::numeric_limits<std::uint64_t>::max()) return std::nullopt;
  return ByteRange{*first, *last + 1};
}

}  // namespace

std::optional<ContentRange> parse_content_range(std::string_view value) {
  const auto space = value.find(' ');
  if (space == std::string_view::npos || !equal_ignoring_case(value.substr(0, space), "bytes")) return std::nullopt;
  value.remove_prefix(space + 1);
  const auto slash = value.find('/');
  if (slash == std::string_view::npos) return std::nullopt;
  const auto range = value.substr(0, slash);
  const auto total = value.substr(slash + 1);

  ContentRange result;
  if (range != "*") {
    result.range = parse_range(range);
    if (!result.range) return std::nullopt;
  }
  if (total != "*") {
    result.total = parse_decimal(total);
    if (!result.total) return std::nullopt;
  }
  if (!result.range && !result.total) return std::nullopt;
  if (result.range && result.total && *result.total < result.range->end) return std::nullopt;
  return result;
}

std::optional<std::chrono::sys_seconds> parse_http_date(std::string_view value) {
  for (const char* form : {"%a, %d %b %Y %T GMT", "%A, %d-%b-%y %T GMT", "%a %b %e %T %Y"}) {
    std::istringstream in{std::string(value)};
    in.imbue(std::locale::classic());
    date::sys_seconds at;
    if (in >> date::parse(form, at) && in.peek() == std::istringstream::traits_type::eof()) return at;
  }
  return std::nullopt;
}

std::optional<std::chrono::seconds> parse_retry_after(std::string_view value, std::chrono::sys_seconds now) {
  if (!value.empty() && value.find_first_not_of("0123456789") == std::string_view::npos) {
    const auto seconds = parse_decimal(value);
    const auto longest = static_cast<std::uint64_t>(kLongestRetryAfter.count());
    return std::chrono::seconds{static_cast<std::int64_t>(std::min(seconds.value_or(longest), longest))};
  }
  const auto at = parse_http_date(value);
  if (!at) return std::nullopt;
  return std::clamp(std::chrono::seconds{*at - now}, std::chrono::seconds{0}, kLongestRetryAfter);
}

}  // namespace g2afs
