// SPDX-License-Identifier: MIT
// parse_iso8601(): what it takes is printed and read back the same.
#include "input.hpp"
#include "property.hpp"

#include "g2afs/base/calendar.hpp"

using namespace g2afs;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto time = parse_iso8601(test::text_of(data, size));
  if (!time) return 0;

  // A day before the year 0 to a day after 9999, for the offset.
  const auto year = std::chrono::year_month_day{std::chrono::floor<std::chrono::days>(*time)}.year();
  G2AFS_PROPERTY(std::chrono::year{-1} <= year && year <= std::chrono::year{10'000});
  if (year < std::chrono::year{0} || year > std::chrono::year{9999}) return 0;
  const std::string text = format_iso8601(*time);
  G2AFS_PROPERTY(parse_iso8601(text) == time);
  G2AFS_PROPERTY(format_iso8601(*parse_iso8601(text)) == text);
  return 0;
}
