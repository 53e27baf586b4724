// SPDX-License-Identifier: MIT
#include <limits>
#include <string>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "g2afs/api/wire.hpp"

namespace g2afs {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

std::vector<RecordingId> ids(std::initializer_list<std::uint64_t> values) {
  std::vector<RecordingId> result;
  for (const std::uint64_t value : values) result.push_back(RecordingId{value});
  return result;
}

TEST(WireListing, ReadsBothArraysInTheirOrder) {
  const auto parsed = wire::parse_listing(R"({"readyForTranscode":[3,1],"readyForDownload":[2,18446744]})");
  ASSERT_TRUE(parsed) << parsed.error().what;
  EXPECT_EQ(parsed->value.ready_for_transcode, ids({3, 1}));
  EXPECT_EQ(parsed->value.ready_for_download, ids({2, 18446744}));
  EXPECT_THAT(parsed->rejected, IsEmpty());
  EXPECT_FALSE(parsed->value.cut());
}

TEST(WireListing, KeysAbove2To63AreExact) {
  const auto parsed = wire::parse_listing(
      R"({"readyForDownload":[9223372036854775808,9223372036854775809,18446744073709551615,"18446744073709551614"]})");
  ASSERT_TRUE(parsed);
  EXPECT_EQ(parsed->value.ready_for_download,
            ids({9223372036854775808U, 9223372036854775809U, 18446744073709551615U, 18446744073709551614U}));
  EXPECT_THAT(parsed->rejected, IsEmpty());
}

TEST(WireListing, IdsMayBeDecimalStrings) {
  const auto parsed = wire::parse_listing(R"({"readyForDownload":["5","007",6]})");
  ASSERT_TRUE(parsed);
  EXPECT_EQ(parsed->value.ready_for_download, ids({5, 7, 6}));
}

TEST(WireListing, MissingAndNullArraysAreEmpty) {
  for (const char* body : {"{}", R"({"readyForDownload":null})", R"({"readyForTranscode":[]})",
                           R"({"readyForDownload":[],"unknown":{"deep":[1,2,{"x":null}]}})"}) {
    const auto parsed = wire::parse_listing(body);
    ASSERT_TRUE(parsed) << body;
    EXPECT_THAT(parsed->value.ready_for_download, IsEmpty()) << body;
    EXPECT_THAT(parsed->value.ready_for_transcode, IsEmpty()) << body;
    EXPECT_THAT(parsed->rejected, IsEmpty()) << body;
  }
}

TEST(WireListing, AnObjectThatIsSomethingElseIsNoEmptyListing) {
  for (const char* body : {R"({"message":"maintenance"})", R"({"x":null})", R"({"recordings":[1,2]})"}) {
    const auto parsed = wire::parse_listing(body);
    ASSERT_FALSE(parsed) << body;
    EXPECT_EQ(parsed.error().code, Errc::Unavailable) << body;
  }
}

TEST(WireListing, UnknownMembersBesideOneArrayAreNobodysBusiness) {
  const auto parsed = wire::parse_listing(R"({"message":"maintenance at noon","readyForTranscode":[1]})");
  ASSERT_TRUE(parsed);
  EXPECT_EQ(parsed->value.ready_for_transcode, ids({1}));
  EXPECT_THAT(parsed->value.ready_for_download, IsEmpty());
}

TEST(WireListing, WhatIsNoIdIsNamedAndLeavesTheOthers) {
  for (const char* bad : {"-1", "1.5", "1.0", "1e3", "18446744073709551616", "\"-1\"", "\"1.0\"", "\" 1\"", "\"\"",
                          "\"0x10\"", "\"18446744073709551616\"", "null", "true", "[1]", "{\"id\":1}"}) {
    const auto parsed = wire::parse_listing(fmt::format(R"({{"readyForDownload":[7,{},8]}})", bad));
    ASSERT_TRUE(parsed) << bad;
    EXPECT_EQ(parsed->value.ready_for_download, ids({7, 8})) << bad;
    EXPECT_THAT(parsed->rejected, ElementsAre(HasSubstr("readyForDownload: element 1"))) << bad;
  }
}

TEST(WireListing, DuplicatesAreDropped) {
  const auto parsed = wire::parse_listing(R"({"readyForTranscode":[4,5,"4",4,6]})");
  ASSERT_TRUE(parsed);
  EXPECT_EQ(parsed->value.ready_for_transcode, ids({4, 5, 6}));
  EXPECT_THAT(parsed->rejected, IsEmpty());
}

TEST(WireListing, AFullArrayIsCutEvenIfNotAllOfItCounts) {
  std::string array = "-1,1,1";
  for (std::size_t i = 3; i < kMaxIds; ++i) array += "," + std::to_string(i);
  const auto full = wire::parse_listing("{\"readyForDownload\":[" + array + "]}");
  ASSERT_TRUE(full);
  EXPECT_THAT(full->value.ready_for_download, SizeIs(kMaxIds - 2));
  EXPECT_TRUE(full->value.cut()) << "an array of exactly 500 may be cut";

  const auto shorter = wire::parse_listing("{\"readyForDownload\":[" + array.substr(3) + "]}");
  ASSERT_TRUE(shorter);
  EXPECT_FALSE(shorter->value.cut()) << "one shorter is complete";
}

TEST(WireListing, AnotherShapeIsAnErrorAndNeverEmpty) {
  for (const char* body : {"", "null", "[]", "12", "\"text\"", "<html></html>", "{", R"({"readyForDownload":[1)",
                           R"({"readyForDownload":{}})", R"({"readyForTranscode":0})", R"({"readyForDownload":"1,2"})",
                           "{} {}", "\xff\xfe"}) {
    const auto parsed = wire::parse_listing(body);
    ASSERT_FALSE(parsed) << body;
    EXPECT_EQ(parsed.error().code, Errc::Unavailable) << body;
  }
}

TEST(WireListing, SizeDepthAndNumberOfValuesAreBounded) {
  const auto error_of = [](const std::string& body) {
    const auto parsed = wire::parse_listing(body);
    return parsed ? std::string() : parsed.error().what;
  };
  EXPECT_THAT(error_of(std::string((64U << 20) + 1, ' ')), HasSubstr("64 MB"));

  const auto nested = [](std::size_t levels) {
    return "{\"readyForDownload\":[],\"x\":" + std::string(levels - 1, '[') + std::string(levels - 1, ']') + "}";
  };
  EXPECT_EQ(error_of(nested(64)), "");
  EXPECT_THAT(error_of(nested(65)), HasSubstr("64 levels"));
  EXPECT_THAT(error_of(nested(1'000'000)), HasSubstr("64 levels"));
  EXPECT_EQ(
      error_of("{\"readyForDownload\":[],\"x\":\"" + std::string(100, '[') + "\\\"" + std::string(100, '{') + "\"}"),
      "")
      << "brackets in a string are no nesting";

  std::string many = "{\"x\":[1";
  for (int i = 0; i < 1'000'000; ++i) many += ",1";
  EXPECT_THAT(error_of(many + "]}"), HasSubstr("values"));
}

TEST(WireListing, TheLinesAboutBadElementsAreBounded) {
  std::string body = "{\"readyForDownload\":[-1";
  for (int i = 1; i < 5'000; ++i) body += ",-1";
  const auto parsed = wire::parse_listing(body + "]}");
  ASSERT_TRUE(parsed);
  ASSERT_THAT(parsed->rejected, SizeIs(1'001));
  EXPECT_THAT(parsed->rejected.back(), HasSubstr("4000 more"));
}

RC_GTEST_PROP(WireListing, EveryIdSurvivesTheWire, ()) {
  const auto values = *rc::gen::unique<std::vector<std::uint64_t>>(rc::gen::arbitrary<std::uint64_t>());
  std::string array;
  for (const std::uint64_t value : values) {
    const char* quote = *rc::gen::arbitrary<bool>() ? "\"" : "";
    array += fmt::format("{}{}{}{}", array.empty() ? "" : ",", quote, value, quote);
  }
  const auto parsed = wire::parse_listing("{\"readyForTranscode\":[" + array + "]}");
  RC_ASSERT(parsed.has_value());
  RC_ASSERT(parsed->rejected.empty());
  RC_ASSERT(parsed->value.ready_for_transcode.size() == values.size());
  for (std::size_t i = 0; i < values.size(); ++i) {
    RC_ASSERT(parsed->value.ready_for_transcode[i].value == values[i]);
  }
}

}  // namespace
}  // namespace g2afs
