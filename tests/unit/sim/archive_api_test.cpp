// SPDX-License-Identifier: MIT
// The four calls over HTTP: caps, filters and every refusal API.md names.
#include <fmt/format.h>

#include "test_client.hpp"

namespace g2a_sim::test {
namespace {

class ArchiveApiTest : public SimTest {};

std::string repeated_ids(std::uint64_t first, std::size_t count) {
  std::string query;
  for (std::size_t i = 0; i < count; ++i) query += fmt::format("{}recordingIds={}", i == 0 ? "" : "&", first + i);
  return query;
}

std::string comma_ids(std::uint64_t first, std::size_t count) {
  std::string ids;
  for (std::size_t i = 0; i < count; ++i) ids += fmt::format("{}{}", i == 0 ? "" : ",", first + i);
  return ids;
}

TEST_F(ArchiveApiTest, ListIsCutAt500OldestFirst) {
  start(basic_options());
  add_recording(1000, "2020-01-01T00:00:00Z", {{"count", 499}, {"step_seconds", 1}});
  EXPECT_EQ(download_ids(kKey).size(), 499U);
  add_recording(2000, "2020-01-02T00:00:00Z");
  EXPECT_EQ(download_ids(kKey).size(), 500U);
  add_recording(10, "2020-01-03T00:00:00Z");
  const auto ids = download_ids(kKey);
  ASSERT_EQ(ids.size(), 500U);
  EXPECT_EQ(ids.front(), 1000U);
  EXPECT_EQ(ids.back(), 2000U) << "the youngest is cut off, whatever its id";
  add_recording(5000, "2019-01-01T00:00:00Z", {{"count", 501}, {"state", "untranscoded"}});
  EXPECT_EQ(transcode_ids(kKey).size(), 500U) << "each array has its own 500";
  EXPECT_EQ(download_ids(kKey).size(), 500U);
}

TEST_F(ArchiveApiTest, FromTimeIsInclusiveAndToTimeIsAsConfigured) {
  const std::string window = std::string(kKey) + "&fromTime=2020-01-01T10:00:00Z&toTime=2020-01-01T11:00:00Z";
  for (const bool inclusive : {true, false}) {
    auto options = basic_options();
    options.to_time_inclusive = inclusive;
    start(options);
    add_recording(1, "2020-01-01T09:59:59.999Z");
    add_recording(2, "2020-01-01T10:00:00Z");
    add_recording(3, "2020-01-01T11:00:00Z");
    add_recording(4, "2020-01-01T11:00:00.001Z");
    const std::vector<std::uint64_t> expected =
        inclusive ? std::vector<std::uint64_t>{2, 3} : std::vector<std::uint64_t>{2};
    EXPECT_EQ(download_ids(window), expected);
  }
}

TEST_F(ArchiveApiTest, TimesMayHaveOffsets) {
  start(basic_options());
  add_recording(1, "2020-01-01T10:00:00Z");
  EXPECT_EQ(download_ids(std::string(kKey) + "&fromTime=2020-01-01T12:00:00%2B02:00").size(), 1U);
  EXPECT_EQ(list(std::string(kKey) + "&fromTime=2020-01-01T12:00:00+02:00").status, 400) << "'+' is a blank in a query";
}

TEST_F(ArchiveApiTest, ArchivedAndSessionTypeFilter) {
  start(basic_options());
  add_recording(1, "2020-01-01");
  add_recording(2, "2020-01-02", {{"archived", 1}});
  add_recording(3, "2020-01-03", {{"session_type", 1}});
  add_recording(4, "2020-01-04", {{"state", "untranscoded"}, {"archived", 1}});
  add_recording(5, "2020-01-05", {{"state", "untranscoded"}});
  const std::string key = kKey;
  using Ids = std::vector<std::uint64_t>;
  EXPECT_EQ(download_ids(key), (Ids{1, 3}));
  EXPECT_EQ(download_ids(key + "&archived=0"), (Ids{1, 3}));
  EXPECT_EQ(download_ids(key + "&archived=1"), (Ids{2}));
  EXPECT_EQ(transcode_ids(key), (Ids{5}));
  EXPECT_EQ(transcode_ids(key + "&archived=1"), (Ids{4}));
  EXPECT_EQ(transcode_ids(key + "&archived=1&fromTime=2020-01-05"), (Ids{}));
  EXPECT_EQ(download_ids(key + "&sessionType=1"), (Ids{3}));
  EXPECT_EQ(download_ids(key + "&sessionType=0"), (Ids{1}));
  EXPECT_EQ(download_ids("companyId=77"), (Ids{3})) << "a company's are unattended ones";
  EXPECT_EQ(download_ids("userKey=9300000000000000008"), (Ids{1, 3}));
}

TEST_F(ArchiveApiTest, TimePeriodCountsBackFromNow) {
  auto options = basic_options();
  options.now_ms = 1'588'334'400'000;  // 2020-05-01T12:00:00Z
  start(options);
  add_recording(1, "2020-04-28T12:00:00Z");
  add_recording(2, "2020-04-30T12:00:00Z");
  EXPECT_EQ(download_ids(std::string(kKey) + "&timePeriod=2"), (std::vector<std::uint64_t>{2}));
  EXPECT_EQ(download_ids(std::string(kKey) + "&timePeriod=30").size(), 2U);
  control("POST", "clock", {{"advance_seconds", 86'400 * 2}});
  EXPECT_TRUE(download_ids(std::string(kKey) + "&timePeriod=2").empty());
}

TEST_F(ArchiveApiTest, ListRefusesWhatIsMalformed) {
  start(basic_options());
  const std::string key = kKey;
  for (const std::string& query : {std::string(),
                                   std::string("archived=1"),
                                   std::string("accountKey="),
                                   std::string("accountKey=abc"),
                                   std::string("accountKey=-1"),
                                   std::string("accountKey=18446744073709551616"),
                                   std::string("accountKey=9.3e18"),
                                   key + "&userKey=x",
                                   key + "&companyId=1.5",
                                   key + "&sessionType=2",
                                   key + "&sessionType=attended",
                                   key + "&archived=true",
                                   key + "&archived=",
                                   key + "&fromTime=yesterday",
                                   key + "&toTime=2016-13-01",
                                   key + "&toTime=1479982830",
                                   key + "&timePeriod=week",
                                   key + "&timePeriod=-3",
                                   key + "&timePeriod=1.5",
                                   key + "&archived=0&archived=1",
                                   key + "&fromTime=%zz"}) {
    const Reply reply = list(query);
    EXPECT_EQ(reply.status, 400) << query;
  }
}

TEST_F(ArchiveApiTest, KeysAbove2To63AreExact) {
  auto options = basic_options();
  options.account_keys = {18'446'744'073'709'551'615ULL, 9'223'372'036'854'775'809ULL};
  start(options);
  EXPECT_EQ(list("accountKey=18446744073709551615").status, 200);
  EXPECT_EQ(list("accountKey=9223372036854775809").status, 200);
  EXPECT_EQ(list("accountKey=9223372036854775808").status, 403) << "what a double would make of it";
  EXPECT_EQ(list("accountKey=18446744073709551614").status, 403);
}

TEST_F(ArchiveApiTest, EveryCallNeedsTheToken) {
  start(basic_options());
  add_recording(1, "2020-01-01");
  const std::string base = kRecordings;
  const std::pair<const char*, std::string> calls[]{{"GET", base + "?" + kKey},
                                                    {"GET", base + "/urls?recordingIds=1"},
                                                    {"POST", base + "/transcode/1"},
                                                    {"PUT", base + "/archived/1"}};
  for (const auto& [method, target] : calls) {
    for (const char* header :
         {"X-None: 1", "Authorization: Bearer wrong", "Authorization: T", "Authorization: Basic VDpU"}) {
      TestConnection connection(sim_->port());
      connection.send(method, target, {header});
      EXPECT_EQ(connection.receive().status, 403) << method << ' ' << target << ' ' << header;
    }
  }
  EXPECT_EQ(control("GET", "recordings/1")["archived"], 0);
}

TEST_F(ArchiveApiTest, OtherMethodsAndPathsAreRefused) {
  start(basic_options());
  EXPECT_EQ(call("POST", std::string(kRecordings) + "?" + kKey).status, 405);
  EXPECT_EQ(call("GET", std::string(kRecordings) + "/transcode/1").status, 405);
  EXPECT_EQ(call("POST", std::string(kRecordings) + "/archived/1").status, 405);
  EXPECT_EQ(call("GET", "/G2A/rest/v1/archive/recording").status, 404);
}

TEST_F(ArchiveApiTest, UrlsTakesUpTo500Ids) {
  start(basic_options());
  add_recording(1000, "2020-01-01", {{"count", 501}, {"step_seconds", 1}});
  EXPECT_EQ(urls(repeated_ids(1000, 499)).json().size(), 499U);
  EXPECT_EQ(urls(repeated_ids(1000, 500)).json().size(), 500U);
  EXPECT_EQ(urls(repeated_ids(1000, 501)).status, 400);
  EXPECT_EQ(urls("recordingIds=" + comma_ids(1000, 500)).json().size(), 500U);
  EXPECT_EQ(urls("recordingIds=" + comma_ids(1000, 501)).status, 400);
  EXPECT_EQ(log("urls").back()["ids_count"], 501);
}

TEST_F(ArchiveApiTest, UrlsRefusesWhatIsMalformed) {
  start(basic_options());
  for (const char* query : {"", "ids=1", "recordingIds=", "recordingIds=abc", "recordingIds=-1", "recordingIds=1.5",
                            "recordingIds=1,,2", "recordingIds=1,", "recordingIds=18446744073709551616"}) {
    EXPECT_EQ(urls(query).status, 400) << query;
  }
}

TEST_F(ArchiveApiTest, UrlsFormIsAsConfigured) {
  auto options = basic_options();
  options.ids_parameter = "id";
  options.ids_style = IdsStyle::kRepeat;
  start(options);
  EXPECT_EQ(urls("id=1&id=2").status, 200);
  EXPECT_EQ(urls("id=1,2").status, 400);
  EXPECT_EQ(urls("recordingIds=1").status, 400);
  options.ids_style = IdsStyle::kComma;
  start(options);
  EXPECT_EQ(urls("id=1,2").status, 200);
  EXPECT_EQ(urls("id=1%2C2").status, 200);
  EXPECT_EQ(urls("id=1&id=2").status, 400);
}

TEST_F(ArchiveApiTest, UrlsLeavesOutWhatIsNotReady) {
  start(basic_options());
  add_recording(1, "2020-01-01T10:20:30Z", {{"size", 123}});
  add_recording(2, "2020-01-02", {{"state", "untranscoded"}});
  add_recording(3, "2020-01-03", {{"state", "transcoding"}});
  add_recording(4, "2020-01-04", {{"archived", 1}, {"events_size", nullptr}, {"thumbnail_size", nullptr}});
  const auto entries = urls("recordingIds=1&recordingIds=2&recordingIds=3&recordingIds=4&recordingIds=99").json();
  ASSERT_EQ(entries.size(), 2U);
  EXPECT_EQ(entries[0]["recordingId"], 1);
  EXPECT_EQ(entries[0]["recordingSize"], "123");
  EXPECT_EQ(entries[0]["recordingStartTime"], "2020-01-01T10:20:30Z");
  EXPECT_EQ(entries[1]["recordingId"], 4);
  EXPECT_FALSE(entries[1].contains("eventsUrl"));
  EXPECT_FALSE(entries[1].contains("thumbnailUrl"));
  EXPECT_NE(entry(1)["recordingUrl"], entry(1)["recordingUrl"]) << "URLs differ from call to call";
}

TEST_F(ArchiveApiTest, ForeignIdsAreA403WhereConfigured) {
  auto options = basic_options();
  options.foreign_403 = true;
  start(options);
  add_recording(1, "2020-01-01");
  EXPECT_EQ(urls("recordingIds=1").status, 200);
  EXPECT_EQ(urls("recordingIds=1&recordingIds=2").status, 403);
}

TEST_F(ArchiveApiTest, QuirksVaryTheWire) {
  auto options = basic_options();
  options.quirks = {Quirk::kIdsAsStrings, Quirk::kSizeAsNumber, Quirk::kWrappedList,    Quirk::kAbsentNull,
                    Quirk::kTimeOffset,   Quirk::kExtraMembers, Quirk::kOmitEmptyArrays};
  start(options);
  add_recording(2, "2020-01-01T10:00:00Z", {{"size", 5}, {"thumbnail_size", nullptr}});
  const auto lists = list(kKey).json();
  EXPECT_EQ(lists["readyForDownload"], nlohmann::json::array({"2"}));
  EXPECT_FALSE(lists.contains("readyForTranscode"));
  const auto entry = urls("recordingIds=2").json()["recordings"][0];
  EXPECT_EQ(entry["recordingId"], "2");
  EXPECT_EQ(entry["recordingSize"], 5);
  EXPECT_EQ(entry["recordingStartTime"], "2020-01-01T12:00:00+02:00");
  EXPECT_TRUE(entry.contains("thumbnailUrl") && entry["thumbnailUrl"].is_null());
}

TEST_F(ArchiveApiTest, TranscodeTakesItsTime) {
  auto options = basic_options();
  options.transcode_seconds = 60;
  start(options);
  add_recording(1, "2020-01-01", {{"state", "untranscoded"}, {"count", 2}});
  add_recording(3, "2020-01-01");
  const std::string path = std::string(kRecordings) + "/transcode/";
  EXPECT_EQ(call("POST", path + "1,3").status, 204);
  EXPECT_EQ(transcode_ids(kKey), (std::vector<std::uint64_t>{2}));
  EXPECT_EQ(download_ids(kKey), (std::vector<std::uint64_t>{3})) << "while transcoding it is in neither list";
  control("POST", "clock", {{"advance_seconds", 61}});
  EXPECT_EQ(download_ids(kKey), (std::vector<std::uint64_t>{1, 3}));
}

TEST_F(ArchiveApiTest, ChangesTakeUpTo500IdsOfThisAccount) {
  start(basic_options());
  add_recording(1000, "2020-01-01", {{"count", 501}, {"state", "untranscoded"}});
  for (const auto& [method, name] : {std::pair("POST", "/transcode/"), std::pair("PUT", "/archived/")}) {
    const std::string path = std::string(kRecordings) + name;
    EXPECT_EQ(call(method, path + comma_ids(1000, 501)).status, 400);
    EXPECT_EQ(call(method, path).status, 400);
    EXPECT_EQ(call(method, path + "1000,x").status, 400);
    EXPECT_EQ(call(method, path + "1000,").status, 400);
    EXPECT_EQ(call(method, path + "-5").status, 400);
    EXPECT_EQ(call(method, path + "1000,7").status, 403) << "foreign: nothing at all is done";
    EXPECT_EQ(control("GET", "recordings/1000")["state"], "untranscoded");
    EXPECT_EQ(control("GET", "recordings/1000")["archived"], 0);
  }
  EXPECT_EQ(call("PUT", std::string(kRecordings) + "/archived/" + comma_ids(1000, 500)).status, 204);
  EXPECT_EQ(log("archive").back()["returned"], 500);
  EXPECT_EQ(call("PUT", std::string(kRecordings) + "/archived/" + comma_ids(1000, 500)).status, 204);
  EXPECT_EQ(log("archive").back()["returned"], 0) << "done already";
  EXPECT_EQ(transcode_ids(kKey), (std::vector<std::uint64_t>{1500}));
}

TEST_F(ArchiveApiTest, LongRequestLinesAre414) {
  auto options = basic_options();
  options.max_request_line = 4096;
  start(options);
  EXPECT_EQ(urls(repeated_ids(18'446'744, 500)).status, 414);
  EXPECT_EQ(urls(repeated_ids(18'446'744, 100)).status, 200);
}

}  // namespace
}  // namespace g2a_sim::test
