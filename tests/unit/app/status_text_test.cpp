// SPDX-License-Identifier: MIT
#include "g2afs/app/status_text.hpp"

#include <algorithm>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "g2afs/app/text_line.hpp"

namespace g2afs {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

const char* const kStatus = R"({
  "version": "0.1.0", "account": "acme", "pid": 4711, "time": "2026-01-01T12:00:00.000Z", "uptime_seconds": 3723,
  "api": {"up": true, "last_success": "2026-01-01T11:59:48.000Z", "last_failure": "2026-01-01T11:50:00.000Z",
          "last_error": "list: the API answered 503", "calls": {"list": 800, "urls": 434}, "requests": 1236,
          "errors": {"503": 2, "no_answer": 1}},
  "media": {"requests": 5123, "bytes": 12000000000, "errors": {}},
  "retries": {"stall": 2},
  "token_fixed": false, "token_expires": "2026-01-01T12:41:07.000Z",
  "recordings": {"known": 12345, "bytes": 1200000000000,
                 "by_state": {"untranscoded": 45, "transcoding": 0, "ready": 12300}},
  "open_files": [
    {"file": "18446744.mp4", "open": 7, "size": 267000000, "offset": 120000000, "bytes_read": 120000000,
     "bytes_per_second": 21000000.5, "reading": true, "reads_waiting": 1, "last_read_seconds": 0.01, "streams": 8,
     "passthrough": false},
    {"file": "18446781.mp4", "open": 8, "size": 100, "offset": 0, "bytes_read": 0, "bytes_per_second": 0.0,
     "reading": false, "reads_waiting": 0, "last_read_seconds": null, "streams": 0, "passthrough": true}],
  "cache": {"memory_bytes": 120000000, "memory_limit_bytes": 201000000, "read_bytes": 5600000000,
            "hit_bytes": 3472000000, "disk_bytes": 3400000000, "disk_limit_bytes": 10700000000},
  "refresh": {"last": "2026-01-01T11:59:40.000Z", "last_error": null}
})";

json status() { return json::parse(kStatus); }
std::vector<std::string> shown(const json& status, std::size_t columns = 79) {
  return status_text(status, "/mnt/rec", {}, {columns, false});
}
/// The row that begins with this word; empty if there is none.
std::string row(const json& status, std::string_view label) {
  std::string text;
  for (const auto& line : shown(status, 400)) {
    if (line.starts_with(label)) text = line;
  }
  return text;
}

TEST(StatusText, SaysWhatAMountIsDoing) {
  EXPECT_THAT(shown(status()),
              ElementsAre("acme at /mnt/rec",                                                                //
                          "Daemon      g2afs 0.1.0, process 4711, up 1:02:03",                               //
                          "API         answers, last success 0:12 ago, 1236 requests, 800 list, 434 urls,",  //
                          "            errors: 2 x 503, 1 x no answer,",                                     //
                          "            last error 10:00 ago: list: the API answered 503",                    //
                          "Token       ends in 41:07",                                                       //
                          "Recordings  12345 known, 1.2 TB, 12300 ready, 45 untranscoded",                   //
                          "Refresh     last 0:20 ago",                                                       //
                          "Media       5123 requests, 12 GB, retries: 2 x stall",                            //
                          "Cache       memory 120 MB of 201 MB, disk 3.4 GB of 11 GB,",                      //
                          "            hits 62 % of 5.6 GB read",                                            //
                          "Files       2 open, 1 being read, 1 read by the kernel itself",                   //
                          "18446744.mp4             [#####-------]  44 %  21 MB/s  0:07 left  8 streams"));
}

TEST(StatusText, CountsOneRequest) {
  auto young = status();
  young["api"]["requests"] = young["media"]["requests"] = 1;
  EXPECT_THAT(row(young, "API"), HasSubstr(", 1 request,"));
  EXPECT_THAT(row(young, "Media"), HasSubstr(" 1 request,"));
}

TEST(StatusText, FitsANarrowTerminal) {
  const auto lines = shown(status(), 39);
  for (const auto& line : lines) EXPECT_LE(columns_of(line), 39U) << line;
  EXPECT_EQ(lines[lines.size() - 2], "18446744.mp4  21 MB/s  0:07 left");
  EXPECT_EQ(lines.back(), "  [########----------]  44 %  8 streams");
}

TEST(StatusText, FitsAnyTerminal) {
  auto named = status();
  named["account"] = std::string(300, 'a');
  named["api"]["last_error"] = std::string(300, 'e') + "\n\x1b[2J";
  named["open_files"][0]["file"] = "18446744073709551615.thumbnail-of-some-kind";
  for (std::size_t columns = 1; columns < 120; ++columns) {
    for (const auto& line : shown(named, columns)) {
      EXPECT_LE(columns_of(line), columns) << line;
      EXPECT_EQ(std::count_if(line.begin(), line.end(), [](char c) { return c >= 0 && c < 0x20; }), 0);
    }
  }
}

TEST(StatusText, ColourChangesNothingElse) {
  const auto plain = shown(status());
  auto painted = status_text(status(), "/mnt/rec", {}, {79, true});
  EXPECT_NE(painted, plain);
  for (auto& line : painted) {
    for (std::size_t at = 0; (at = line.find('\x1b')) != std::string::npos;)
      line.erase(at, line.find('m', at) + 1 - at);
  }
  EXPECT_EQ(painted, plain);
}

TEST(StatusText, SaysThatTheApiFails) {
  auto down = status();
  down["api"]["up"] = false;
  EXPECT_THAT(row(down, "API"), HasSubstr("  fails, last success"));
  down["refresh"]["last_error"] = "list: network";
  EXPECT_EQ(row(down, "Refresh"), "Refresh     last 0:20 ago, fails: list: network");
}

TEST(StatusText, SaysWhatBecomesOfTheToken) {
  auto other = status();
  other["token_expires"] = "2026-01-01T11:00:00.000Z";
  EXPECT_EQ(row(other, "Token"), "Token       has ended, the next call fetches another");
  other["token_expires"] = nullptr;
  EXPECT_EQ(row(other, "Token"), "");
  other["token_fixed"] = true;
  EXPECT_EQ(row(other, "Token"), "Token       fixed");
}

TEST(StatusText, SaysThatAReadWaits) {
  auto stalled = status();
  stalled["open_files"][0]["last_read_seconds"] = 12.7;
  EXPECT_THAT(shown(stalled).back(), HasSubstr("44 %  waits for 0:12  8 streams"));
}

TEST(StatusText, TellsTheRateThatWasSeen) {
  auto later = status();
  TransferRates rates;
  rates.update(later, Rate::Instant{});
  later["open_files"][0]["bytes_read"] = 122000000;
  rates.update(later, Rate::Instant{1s});
  EXPECT_THAT(status_text(later, "", rates, {79, false}).back(), HasSubstr("44 %  2.0 MB/s  1:14 left"));
}

TEST(StatusText, ATransferIsWholeOnlyWhenItIs) {
  auto nearly = status();
  nearly["open_files"][0]["offset"] = 266999999;
  EXPECT_THAT(shown(nearly).back(), HasSubstr("[###########-]  99 %"));
  nearly["open_files"][0]["offset"] = 999000000;
  EXPECT_THAT(shown(nearly).back(), HasSubstr("[############] 100 %"));
}

TEST(StatusText, NoDiskCacheIsNotShown) {
  auto memory = status();
  memory["cache"]["disk_limit_bytes"] = 0;
  memory["cache"]["read_bytes"] = 0;
  EXPECT_EQ(row(memory, "Cache"), "Cache       memory 120 MB of 201 MB");
}

TEST(StatusText, LeavesOutWhatAnotherVersionDoesNotSay) {
  EXPECT_THAT(shown(json::object()), ElementsAre("g2afs at /mnt/rec"));
  EXPECT_THAT(shown(json::parse(R"({"open_files": [{"reading": true}, 7], "api": 3, "cache": []})")),
              ElementsAre("g2afs at /mnt/rec", "Files       2 open, 1 being read",
                          "?                        [------------]      "));
  // Each member missing by itself, or of another kind.
  for (const json& value : {json(), json("x"), json(-1.5), json::object(), json::array({1})}) {
    const auto flat = status().flatten();
    for (const auto& [pointer, old] : flat.items()) {
      auto changed = status();
      changed[json::json_pointer(pointer)] = value;
      EXPECT_THAT(shown(changed), Not(IsEmpty()));
    }
  }
}

}  // namespace
}  // namespace g2afs
