// SPDX-License-Identifier: MIT
#include "g2afs/net/http.hpp"

#include <algorithm>
#include <array>
#include <limits>

#include <date/date.h>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace g2afs {
namespace {

constexpr std::uint64_t kMax = std::numeric_limits<std::uint64_t>::max();

TEST(ContentRange, IsInclusiveOnTheWireAndHalfOpenHere) {
  const auto parsed = parse_content_range("bytes 0-99/1234");
  ASSERT_TRUE(parsed);
  EXPECT_EQ(parsed->range, (ByteRange{0, 100}));
  EXPECT_EQ(parsed->total, 1234u);
}

TEST(ContentRange, AnUnknownTotalIsAbsent) {
  const auto parsed = parse_content_range("bytes 5-5/*");
  ASSERT_TRUE(parsed);
  EXPECT_EQ(parsed->range, (ByteRange{5, 6}));
  EXPECT_FALSE(parsed->total);
}

TEST(ContentRange, AnUnsatisfiedRangeHasOnlyATotal) {
  const auto parsed = parse_content_range("bytes */1234");
  ASSERT_TRUE(parsed);
  EXPECT_FALSE(parsed->range);
  EXPECT_EQ(parsed->total, 1234u);
}

TEST(ContentRange, TheUnitIsCaseInsensitive) { EXPECT_TRUE(parse_content_range("Bytes 0-0/1")); }

TEST(ContentRange, RefusesWhatMakesNoSense) {
  for (const char* value : {"",
                            "bytes",
                            "bytes ",
                            "bytes 0-99",
                            "bytes 0-99/",
                            "bytes -99/100",
                            "bytes 0-/100",
                            "bytes 99-0/100",
                            "bytes 0-99/99",
                            "bytes 0-99/50",
                            "bytes */*",
                            "bytes=0-99/100",
                            "items 0-99/100",
                            "bytes 0-99/1e3",
                            "bytes +0-99/100",
                            "bytes 0 - 99/100",
                            "bytes  0-99/100",
                            "bytes 0-99/100 ",
                            "bytes 0-99/100, 0-1/100",
                            "bytes 0x0-0x1/2",
                            "bytes 0-18446744073709551615/*",
                            "bytes 0-18446744073709551616/*",
                            "bytes 18446744073709551616-18446744073709551617/*",
                            "bytes 0-1/18446744073709551616"}) {
    EXPECT_FALSE(parse_content_range(value)) << value;
  }
}

TEST(ContentRange, TakesTheLargestRangeThatHasAnEnd) {
  const auto parsed = parse_content_range("bytes 18446744073709551614-18446744073709551614/18446744073709551615");
  ASSERT_TRUE(parsed);
  EXPECT_EQ(parsed->range, (ByteRange{kMax - 1, kMax}));
  EXPECT_EQ(parsed->total, kMax);
}

RC_GTEST_PROP(ContentRange, ReadsBackWhatAServerWrites, (std::uint64_t a, std::uint64_t b, std::uint64_t c)) {
  std::array numbers{a, b, c};
  std::sort(numbers.begin(), numbers.end());
  const auto [begin, last, total] = numbers;
  RC_PRE(last < total);
  const auto parsed = parse_content_range(fmt::format("bytes {}-{}/{}", begin, last, total));
  RC_ASSERT(parsed.has_value());
  RC_ASSERT(parsed->range == ByteRange({begin, last + 1}));
  RC_ASSERT(parsed->total == total);
}

RC_GTEST_PROP(ContentRange, WhateverItTakesIsARangeWithinItsTotal, ()) {
  const auto number = [] { return *rc::gen::element<std::string>("0", "1", "99", "100", "-", "*", "/", " "); };
  std::string value = "bytes ";
  for (int i = *rc::gen::inRange(0, 8); i > 0; --i) value += number();
  const auto parsed = parse_content_range(value);
  if (!parsed) return;
  RC_ASSERT(parsed->range || parsed->total);
  if (!parsed->range) return;
  RC_ASSERT(parsed->range->begin < parsed->range->end);
  RC_ASSERT(!parsed->total || parsed->range->end <= *parsed->total);
}

using std::chrono::seconds;
const std::chrono::sys_seconds kNow = date::sys_days{date::year{1994} / 11 / 6} + seconds{8 * 3600 + 49 * 60};

TEST(HttpDate, IsNothingElse) {
  EXPECT_EQ(parse_http_date("Sun, 06 Nov 1994 08:49:37 GMT"), std::chrono::sys_seconds{seconds{784'111'777}});
  for (const auto* text : {"", "0", "Sun, 06 Nov 1994 08:49:37", "Sun, 06 Nov 1994 08:49:37 GMT+1", "1994-11-06"}) {
    EXPECT_EQ(parse_http_date(text), std::nullopt) << text;
  }
}

TEST(RetryAfter, TakesSeconds) {
  EXPECT_EQ(parse_retry_after("0", kNow), seconds{0});
  EXPECT_EQ(parse_retry_after("120", kNow), seconds{120});
}

TEST(RetryAfter, TakesTheThreeFormsOfAnHttpDate) {
  for (const char* value :
       {"Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994"}) {
    EXPECT_EQ(parse_retry_after(value, kNow), seconds{37}) << value;
  }
}

TEST(RetryAfter, IsNeverNegative) { EXPECT_EQ(parse_retry_after("Sun, 06 Nov 1994 08:48:59 GMT", kNow), seconds{0}); }

TEST(RetryAfter, IsNeverLongerThanADay) {
  EXPECT_EQ(parse_retry_after("999999999", kNow), std::chrono::hours{24});
  EXPECT_EQ(parse_retry_after("99999999999999999999999999", kNow), std::chrono::hours{24});
  EXPECT_EQ(parse_retry_after("Fri, 31 Dec 9999 23:59:59 GMT", kNow), std::chrono::hours{24});
}

TEST(RetryAfter, RefusesAnyOtherText) {
  for (const char* value :
       {"", "-1", "+1", "1.5", "1s", "soon", " 1", "1 ", "Sun, 06 Nov 1994", "06 Nov 1994 08:49:37",
        "Sun, 31 Feb 1994 08:49:37 GMT", "Sun, 06 Nov 1994 08:49:37 GMT+1", "Sun, 06 Nov 1994 25:49:37 GMT"}) {
    EXPECT_FALSE(parse_retry_after(value, kNow)) << value;
  }
}

}  // namespace
}  // namespace g2afs
