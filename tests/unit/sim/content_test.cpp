// SPDX-License-Identifier: MIT
// Computed contents, byte ranges and times: the pure parts.
#include "sim/content.hpp"

#include <random>

#include <gtest/gtest.h>

#include "sim/byte_range.hpp"
#include "sim/http_message.hpp"
#include "sim/iso_time.hpp"
#include "sim/random.hpp"
#include "sim/url_signer.hpp"

namespace g2a_sim {
namespace {

std::string content(const ContentKey& key, std::uint64_t offset, std::size_t length) {
  std::string bytes(length, '?');
  fill_content(key, offset, bytes);
  return bytes;
}

TEST(Content, IsTheSameHoweverItIsSplit) {
  const ContentKey key{3, 18'446'744, FileKind::kMp4, 0};
  const std::string whole = content(key, 0, 10'000);
  const unsigned seed = std::random_device{}();
  SCOPED_TRACE(testing::Message() << "seed " << seed);
  std::mt19937 random(seed);
  for (int round = 0; round < 2000; ++round) {
    const std::size_t from = random() % whole.size();
    const std::size_t length = random() % (whole.size() - from + 1);
    ASSERT_EQ(content(key, from, length), whole.substr(from, length)) << from << " + " << length;
  }
}

TEST(Content, FollowsItsPublishedFormula) {
  const ContentKey key{3, 5, FileKind::kEvents, 2};
  const std::uint64_t word = mix64(hash_of(3, 5, 1, 2) + 1'000'000'000ULL * kGolden);
  EXPECT_EQ(static_cast<unsigned char>(content(key, 8'000'000'003ULL, 1)[0]), (word >> 24U) & 0xFFU);
}

TEST(Content, DiffersByIdKindVersionAndSeed) {
  const ContentKey key{1, 2, FileKind::kMp4, 0};
  const std::string bytes = content(key, 0, 64);
  EXPECT_NE(content({2, 2, FileKind::kMp4, 0}, 0, 64), bytes);
  EXPECT_NE(content({1, 3, FileKind::kMp4, 0}, 0, 64), bytes);
  EXPECT_NE(content({1, 2, FileKind::kEvents, 0}, 0, 64), bytes);
  EXPECT_NE(content({1, 2, FileKind::kMp4, 1}, 0, 64), bytes);
}

TEST(Content, SizesStayInTheirBounds) {
  for (std::uint64_t id = 0; id < 5000; ++id) {
    const auto size = computed_mp4_size(1, id, 100, 5000);
    ASSERT_TRUE(size >= 100 && size <= 5000) << size;
    const auto events = computed_sidecar_size(1, id, FileKind::kEvents);
    ASSERT_TRUE(events >= 512 && events <= 61'440) << events;
    const auto picture = computed_sidecar_size(1, id, FileKind::kThumbnail);
    ASSERT_TRUE(picture >= 4096 && picture <= 40'960) << picture;
  }
  EXPECT_EQ(computed_mp4_size(1, 7, 4'000'000'000ULL, 4'000'000'000ULL), 4'000'000'000ULL);
}

struct RangeCase {
  const char* header;
  std::uint64_t size;
  ByteRange::Kind kind;
  std::uint64_t first;
  std::uint64_t last;
};

TEST(ByteRange, FollowsTheRfc) {
  using enum ByteRange::Kind;
  const RangeCase cases[]{{"bytes=0-99", 1000, kPartial, 0, 99},    {"bytes=5-5", 1000, kPartial, 5, 5},
                          {"bytes=990-", 1000, kPartial, 990, 999}, {"bytes=990-5000", 1000, kPartial, 990, 999},
                          {"bytes=-10", 1000, kPartial, 990, 999},  {"bytes=-5000", 1000, kPartial, 0, 999},
                          {"bytes=-0", 1000, kUnsatisfiable, 0, 0}, {"bytes=1000-", 1000, kUnsatisfiable, 0, 0},
                          {"bytes=0-0", 0, kUnsatisfiable, 0, 0},   {"bytes=-1", 0, kUnsatisfiable, 0, 0},
                          {"bytes=9-5", 1000, kWhole, 0, 0},        {"bytes=1-2,5-6", 1000, kWhole, 0, 0},
                          {"bytes=a-b", 1000, kWhole, 0, 0},        {"lines=1-2", 1000, kWhole, 0, 0},
                          {"bytes=", 1000, kWhole, 0, 0},           {"bytes=+1-2", 1000, kWhole, 0, 0}};
  for (const RangeCase& c : cases) {
    const ByteRange range = parse_range(c.header, c.size);
    EXPECT_EQ(range.kind, c.kind) << c.header;
    EXPECT_EQ(range.first, c.first) << c.header;
    EXPECT_EQ(range.last, c.last) << c.header;
  }
  EXPECT_EQ(parse_range(std::nullopt, 10).kind, kWhole);
}

TEST(IsoTime, ReadsWhatTheStandardAllows) {
  constexpr std::int64_t kMs = 1'479'982'830'000;  // 2016-11-24T10:20:30Z
  for (const char* text : {"2016-11-24T10:20:30Z", "2016-11-24T12:20:30+02:00", "2016-11-24T12:20:30+0200",
                           "2016-11-24T04:50:30-05:30", "2016-11-24T10:20:30.000Z", "2016-11-24T10:20:30"}) {
    EXPECT_EQ(parse_iso8601(text), kMs) << text;
  }
  EXPECT_EQ(parse_iso8601("2016-11-24T10:20:30.1239999Z"), kMs + 123);
  EXPECT_EQ(parse_iso8601("2016-11-24"), 1'479'945'600'000);
  EXPECT_EQ(parse_iso8601("2016-02-29"), 1'456'704'000'000);
  EXPECT_EQ(parse_iso8601("1969-12-31T23:59:59Z"), -1000);
}

TEST(IsoTime, RefusesTheRest) {
  for (const char* text : {"", "2016", "2016-13-01", "2015-02-29", "2016-11-24T", "2016-11-24T25:00:00Z",
                           "2016-11-24 10:20:30", "2016-11-24T10:20:30 02:00", "2016-11-24T10:20:30.Z",
                           "2016-11-24T10:20:30Zx", "2016-11-24T10:61:00Z", "24.11.2016", "1479982830"}) {
    EXPECT_EQ(parse_iso8601(text), std::nullopt) << text;
  }
}

TEST(IsoTime, WritesEveryStyle) {
  constexpr std::int64_t kMs = 1'479'982'830'000;
  EXPECT_EQ(format_iso8601(kMs), "2016-11-24T10:20:30Z");
  EXPECT_EQ(format_iso8601(kMs + 7), "2016-11-24T10:20:30.007Z");
  EXPECT_EQ(format_iso8601(kMs, TimeStyle::kFractional), "2016-11-24T10:20:30.000Z");
  EXPECT_EQ(format_iso8601(kMs, TimeStyle::kOffset), "2016-11-24T12:20:30+02:00");
  EXPECT_EQ(format_iso8601(kMs, TimeStyle::kShortOffset), "2016-11-24T12:20:30+0200");
  EXPECT_EQ(format_http_date(kMs), "Thu, 24 Nov 2016 10:20:30 GMT");
}

TEST(UrlSigner, TokensDifferExpireAndCannotBeMoved) {
  UrlSigner signer(1, 1000);
  const std::string token = signer.issue(5, FileKind::kMp4, 10'000);
  EXPECT_NE(signer.issue(5, FileKind::kMp4, 10'000), token);
  using enum UrlSigner::Verdict;
  EXPECT_EQ(signer.check(token, 5, FileKind::kMp4, 11'000), kValid);
  EXPECT_EQ(signer.check(token, 5, FileKind::kMp4, 11'001), kExpired);
  EXPECT_EQ(signer.check(token, 6, FileKind::kMp4, 10'000), kForged);
  EXPECT_EQ(signer.check(token, 5, FileKind::kEvents, 10'000), kForged);
  for (std::size_t i = 0; i < token.size(); ++i) {
    std::string other = token;
    other[i] = other[i] == '0' ? '1' : '0';
    EXPECT_EQ(signer.check(other, 5, FileKind::kMp4, 10'000), kForged) << i;
  }
}

TEST(HttpMessage, DecodesFormsAndBase64) {
  EXPECT_EQ(percent_decode("a%2Bb+c", true), "a+b c");
  EXPECT_EQ(percent_decode("a+b", false), "a+b");
  EXPECT_EQ(percent_decode("%4", true), std::nullopt);
  EXPECT_EQ(percent_decode("%zz", true), std::nullopt);
  EXPECT_EQ(percent_encode("a b/ü"), "a%20b%2F%C3%BC");
  EXPECT_EQ(parse_form("a=1&b=&c"), (Fields{{"a", "1"}, {"b", ""}, {"c", ""}}));
  EXPECT_EQ(base64_decode("YTpiYw=="), "a:bc");
  EXPECT_EQ(base64_decode("YTp*"), std::nullopt);
  EXPECT_EQ(parse_unsigned("18446744073709551615"), UINT64_MAX);
  EXPECT_EQ(parse_unsigned("18446744073709551616"), std::nullopt);
  EXPECT_EQ(parse_unsigned("-1"), std::nullopt);
  EXPECT_EQ(parse_unsigned(""), std::nullopt);
}

}  // namespace
}  // namespace g2a_sim
