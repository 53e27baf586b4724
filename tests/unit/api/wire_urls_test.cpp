// SPDX-License-Identifier: MIT
#include <string>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "g2afs/api/wire.hpp"

namespace g2afs {
namespace {

using nlohmann::json;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

json entry(std::uint64_t id) {
  return {{"recordingId", id},
          {"recordingUrl", fmt::format("https://media.example/{}/secret.mp4", id)},
          {"eventsUrl", fmt::format("https://media.example/{}/secret.events", id)},
          {"thumbnailUrl", fmt::format("https://media.example/{}/secret.jpg", id)},
          {"recordingStartTime", "2016-11-24T10:30:00Z"},
          {"recordingSize", "1048576"}};
}

json with(const char* field, const json& value) {
  json changed = entry(1);
  changed[field] = value;
  return changed;
}

Parsed<std::vector<MediaEntry>> parse(const json& body) {
  auto parsed = wire::parse_urls(body.dump());
  EXPECT_TRUE(parsed) << parsed.error().what;
  return parsed ? std::move(*parsed) : Parsed<std::vector<MediaEntry>>{};
}

/// An entry with this field between two good ones: the good ones must be there, the bad one named.
void expect_entry_rejected(const char* field, const json& value) {
  const auto parsed = parse(json::array({entry(7), with(field, value), entry(8)}));
  ASSERT_THAT(parsed.value, SizeIs(2)) << field << " = " << value;
  EXPECT_EQ(parsed.value[0].id.value, 7u);
  EXPECT_EQ(parsed.value[1].id.value, 8u);
  ASSERT_THAT(parsed.rejected, ElementsAre(AllOf(HasSubstr(field), Not(HasSubstr("secret"))))) << value;
}

TEST(WireUrls, ReadsAnEntry) {
  const auto parsed = parse(json::array({entry(18446744)}));
  ASSERT_THAT(parsed.value, SizeIs(1));
  const MediaEntry& media = parsed.value[0];
  EXPECT_EQ(media.id.value, 18446744u);
  EXPECT_EQ(format_iso8601(media.start), "2016-11-24T10:30:00Z");
  EXPECT_EQ(media.video_size, 1048576u);
  EXPECT_EQ(media.url(FileKind::Video)->text(), "https://media.example/18446744/secret.mp4");
  EXPECT_EQ(media.url(FileKind::Events)->text(), "https://media.example/18446744/secret.events");
  EXPECT_EQ(media.url(FileKind::Thumbnail)->text(), "https://media.example/18446744/secret.jpg");
  EXPECT_THAT(parsed.rejected, IsEmpty());
}

TEST(WireUrls, TheListMayBeBareOrTheOnlyArrayOfAnObject) {
  EXPECT_THAT(parse(json::array({entry(1), entry(2)})).value, SizeIs(2));
  EXPECT_THAT(parse({{"recordings", json::array({entry(1), entry(2)})}}).value, SizeIs(2));
  EXPECT_THAT(parse({{"count", 1}, {"x", {{"y", json::array()}}}, {"z", json::array({entry(1)})}}).value, SizeIs(1));
}

TEST(WireUrls, OtherArraysBesideTheListAreNobodysBusiness) {
  for (const json& other : {json::array(), json::array({"a warning"}), json::array({1, 2}), json::array({nullptr}),
                            json::array({{{"message", "an object"}}})}) {
    const auto parsed = parse({{"a", other}, {"recordings", json::array({entry(1), 17})}, {"z", other}});
    ASSERT_THAT(parsed.value, SizeIs(1)) << other;
    EXPECT_EQ(parsed.value[0].id.value, 1u) << other;
    EXPECT_THAT(parsed.rejected, ElementsAre(HasSubstr("entry 1 is not a JSON object"))) << other;
  }
}

TEST(WireUrls, NothingAvailableIsAnEmptyList) {
  for (const char* body : {"[]", R"({"recordings":[]})", "{}", R"({"recordings":null})",
                           R"({"recordings":[],"errors":[]})", R"({"recordings":[],"warnings":["x"]})"}) {
    const auto parsed = wire::parse_urls(body);
    ASSERT_TRUE(parsed) << body;
    EXPECT_THAT(parsed->value, IsEmpty());
    EXPECT_THAT(parsed->rejected, IsEmpty());
  }
}

TEST(WireUrls, AnotherShapeIsAnError) {
  for (const char* body :
       {"", "null", "1", "\"x\"", "<html>", "[", "[] []", R"({"error":"x"})", R"({"warnings":["x"]})",
        R"({"a":[{}],"b":[{}]})", R"({"a":[{"recordingId":1}],"b":[{"recordingId":2}]})"}) {
    const auto parsed = wire::parse_urls(body);
    ASSERT_FALSE(parsed) << body;
    EXPECT_EQ(parsed.error().code, Errc::Unavailable) << body;
  }
}

TEST(WireUrls, IdsAndSizesAreNumbersOrDecimalStrings) {
  for (const json& id : {json(18446744073709551615U), json("18446744073709551615")}) {
    const auto parsed = parse(json::array({with("recordingId", id)}));
    ASSERT_THAT(parsed.value, SizeIs(1));
    EXPECT_EQ(parsed.value[0].id.value, 18446744073709551615U);
  }
  for (const json& size : {json(9223372036854775807), json("9223372036854775807")}) {
    const auto parsed = parse(json::array({with("recordingSize", size)}));
    ASSERT_THAT(parsed.value, SizeIs(1));
    EXPECT_EQ(parsed.value[0].video_size, 9223372036854775807U);
  }
}

TEST(WireUrls, EveryFormOfTimeIsTheSameInstant) {
  for (const char* time : {"2016-11-24T10:30:00Z", "2016-11-24T12:30:00+02:00", "2016-11-24T12:30:00+0200",
                           "2016-11-24T10:30:00.000Z", "2016-11-24T05:00:00.000000-05:30"}) {
    const auto parsed = parse(json::array({with("recordingStartTime", time)}));
    ASSERT_THAT(parsed.value, SizeIs(1)) << time;
    EXPECT_EQ(format_iso8601(parsed.value[0].start), "2016-11-24T10:30:00Z") << time;
  }
}

TEST(WireUrls, AFileWithoutUrlDoesNotExist) {
  json missing = entry(1);
  missing.erase("eventsUrl");
  missing.erase("thumbnailUrl");
  json null = entry(2);
  null["eventsUrl"] = null["thumbnailUrl"] = nullptr;
  json empty = entry(3);
  empty["eventsUrl"] = empty["thumbnailUrl"] = "";
  const auto parsed = parse(json::array({missing, null, empty}));
  ASSERT_THAT(parsed.value, SizeIs(3));
  for (const MediaEntry& media : parsed.value) {
    EXPECT_TRUE(media.video);
    EXPECT_FALSE(media.events);
    EXPECT_FALSE(media.thumbnail);
  }
  EXPECT_THAT(parsed.rejected, IsEmpty());
}

TEST(WireUrls, UnknownMembersAreNobodysBusiness) {
  json odd = entry(1);
  odd["owner"] = {{"name", "x"}, {"ids", {1, 2, -3.5}}};
  const auto parsed = parse(json::array({odd}));
  EXPECT_THAT(parsed.value, SizeIs(1));
  EXPECT_THAT(parsed.rejected, IsEmpty());
}

TEST(WireUrls, ABadFieldCostsTheEntryAndIsNamed) {
  for (const json& id : {json(-1), json(1.0), json(1e3), json(0.5), json("-1"), json("1.0"), json(""), json("x"),
                         json(nullptr), json(true), json::array({1}), json::object()}) {
    expect_entry_rejected("recordingId", id);
  }
  for (const json& size : {json(-1), json(1.5), json("1.5"), json("12 MB"), json(""), json(nullptr),
                           json(9223372036854775808U), json("9223372036854775808"), json::array()}) {
    expect_entry_rejected("recordingSize", size);
  }
  for (const json& time : {json("yesterday"), json("2016-11-24"), json("2016-02-30T00:00:00Z"),
                           json("2016-11-24T10:30:00"), json(1479983400), json(nullptr), json("")}) {
    expect_entry_rejected("recordingStartTime", time);
  }
  for (const json& url : {json("ftp://media.example/secret"), json("file:///etc/secret"), json("/secret.mp4"),
                          json("javascript:secret"), json("https://user:secret@media.example/x"), json("secret"),
                          json(""), json(nullptr), json(7), json::object()}) {
    expect_entry_rejected("recordingUrl", url);
  }
}

TEST(WireUrls, MissingFieldsAreNamedToo) {
  for (const char* field : {"recordingId", "recordingUrl", "recordingStartTime", "recordingSize"}) {
    json odd = entry(1);
    odd.erase(field);
    const auto parsed = parse(json::array({odd, entry(2)}));
    EXPECT_THAT(parsed.value, SizeIs(1));
    EXPECT_THAT(parsed.rejected, ElementsAre(AllOf(HasSubstr(field), HasSubstr("missing"))));
  }
}

TEST(WireUrls, ARejectedEntryIsNamedById) {
  EXPECT_THAT(parse(json::array({with("recordingSize", "x")})).rejected, ElementsAre(HasSubstr("recording 1:")));
  EXPECT_THAT(parse(json::array({entry(5), with("recordingId", -3)})).rejected, ElementsAre(HasSubstr("entry 1:")));
  EXPECT_THAT(parse(json::array({17, entry(5)})).rejected, ElementsAre(HasSubstr("entry 0 is not a JSON object")));
}

TEST(WireUrls, ABadSidecarUrlCostsThatFileOnly) {
  for (const char* field : {"eventsUrl", "thumbnailUrl"}) {
    for (const json& url : {json("gopher://media.example/secret"), json(12), json("secret")}) {
      const auto parsed = parse(json::array({with(field, url)}));
      ASSERT_THAT(parsed.value, SizeIs(1));
      EXPECT_TRUE(parsed.value[0].video);
      EXPECT_EQ(parsed.value[0].events.has_value(), std::string(field) != "eventsUrl");
      EXPECT_EQ(parsed.value[0].thumbnail.has_value(), std::string(field) != "thumbnailUrl");
      EXPECT_THAT(parsed.rejected,
                  ElementsAre(AllOf(HasSubstr("recording 1"), HasSubstr(field), Not(HasSubstr("secret")))));
    }
  }
}

TEST(WireUrls, OneBadEntryAmong500LeavesTheOther499) {
  json list = json::array();
  for (std::uint64_t id = 1; id <= kMaxIds; ++id) list.push_back(entry(id));
  list[250]["recordingId"] = -251;
  const auto parsed = parse(list);
  EXPECT_THAT(parsed.value, SizeIs(kMaxIds - 1));
  EXPECT_THAT(parsed.rejected, SizeIs(1));
}

TEST(WireUrls, TheFirstOfTwoEntriesWithOneIdCounts) {
  json other = entry(1);
  other["recordingSize"] = 5;
  const auto parsed = parse(json::array({entry(1), other, with("recordingSize", "x")}));
  ASSERT_THAT(parsed.value, SizeIs(1));
  EXPECT_EQ(parsed.value[0].video_size, 1048576u);
}

TEST(WireUrls, AMillionEntriesAreNoAnswer) {
  for (const char* one : {"{}", "1", R"({"recordingId":7})"}) {
    std::string many = std::string("[") + one;
    for (int i = 1; i < 1'000'000; ++i) many += std::string(",") + one;
    const auto parsed = wire::parse_urls(many + "]");
    ASSERT_FALSE(parsed);
    EXPECT_THAT(parsed.error().what, HasSubstr("more than 1000000 values"));
  }
}

TEST(WireUrls, AsManyEntriesOfOneIdAsFitAreOne) {
  std::string many = "[" + entry(7).dump();
  for (int i = 1; i < 100'000; ++i) many += "," + entry(7).dump();
  const auto parsed = wire::parse_urls(many + "]");
  ASSERT_TRUE(parsed) << parsed.error().what;
  EXPECT_THAT(parsed->value, SizeIs(1));
}

}  // namespace
}  // namespace g2afs
