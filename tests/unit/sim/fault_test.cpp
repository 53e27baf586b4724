// SPDX-License-Identifier: MIT
// Faults, latencies, the request log and the control calls themselves.
#include <list>

#include <fmt/format.h>

#include "sim/content.hpp"
#include "sim/gzip_stored.hpp"
#include "test_client.hpp"

namespace g2a_sim::test {
namespace {

class FaultTest : public SimTest {
 protected:
  void SetUp() override {
    start(basic_options());
    add_recording(5, "2020-01-01T10:00:00Z", {{"size", 100'000}});
    url_ = entry(5)["recordingUrl"];
    content_ = read_all(*computed_source({1, 5, FileKind::kMp4, 0}, 100'000));
  }
  void fault(const nlohmann::json& json) { control("POST", "fault", json); }
  // By asking, so that nothing depends on time.
  void wait_for_stalled(int count) {
    while (counts("media")["stalled_now"] != count) {
    }
  }

  std::string url_;
  std::string content_;
};

TEST_F(FaultTest, StatusWithRetryAfterAndTimes) {
  fault({{"endpoint", "list"}, {"kind", "status"}, {"status", 429}, {"retry_after", 7}, {"times", 2}});
  for (int i = 0; i < 2; ++i) {
    const Reply reply = list(kKey);
    EXPECT_EQ(reply.status, 429);
    EXPECT_EQ(reply.headers.at("retry-after"), "7");
  }
  EXPECT_EQ(list(kKey).status, 200);
  EXPECT_EQ(log("list")[0]["fault"], "status");
  EXPECT_EQ(counts("list")["status"]["429"], 2);
  EXPECT_EQ(counts("list")["errors"], 2);
}

TEST_F(FaultTest, MatchSkipAndEver) {
  fault({{"endpoint", "any"},
         {"kind", "status"},
         {"status", 500},
         {"times", -1},
         {"match", "recordingIds=5"},
         {"skip", 1}});
  EXPECT_EQ(list(kKey).status, 200);
  EXPECT_EQ(urls("recordingIds=5").status, 200);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(urls("recordingIds=5").status, 500);
  EXPECT_EQ(urls("recordingIds=6").status, 200);
  control("DELETE", "fault");
  EXPECT_EQ(urls("recordingIds=5").status, 200);
}

TEST_F(FaultTest, StatusIsNotCarriedOutUnlessTold) {
  fault({{"endpoint", "archive"}, {"kind", "status"}, {"status", 500}});
  EXPECT_EQ(call("PUT", std::string(kRecordings) + "/archived/5").status, 500);
  EXPECT_EQ(control("GET", "recordings/5")["archived"], 0);
  fault({{"endpoint", "archive"}, {"kind", "status"}, {"status", 500}, {"apply", true}});
  EXPECT_EQ(call("PUT", std::string(kRecordings) + "/archived/5").status, 500);
  EXPECT_EQ(control("GET", "recordings/5")["archived"], 1);
}

TEST_F(FaultTest, ResetBeforeTheHead) {
  fault({{"endpoint", "media"}, {"kind", "reset"}});
  const Reply reply = fetch(url_);
  EXPECT_EQ(reply.status, 0);
  EXPECT_TRUE(reply.reset);
  EXPECT_EQ(log("media").back()["status"], 0);
  EXPECT_EQ(fetch(url_).body, content_);
}

TEST_F(FaultTest, ResetInsideTheBody) {
  fault({{"endpoint", "media"}, {"kind", "reset"}, {"after_bytes", 1000}});
  const Reply reply = fetch(url_);  // RST may overtake what was sent
  EXPECT_FALSE(reply.complete);
  EXPECT_EQ(log("media").back()["bytes"], 1000);
}

TEST_F(FaultTest, TruncatedBodies) {
  fault({{"endpoint", "media"}, {"kind", "truncate"}, {"after_bytes", 777}});
  const Reply reply = fetch(url_);
  EXPECT_EQ(reply.status, 200);
  EXPECT_FALSE(reply.complete);
  EXPECT_EQ(reply.headers.at("content-length"), "100000");
  EXPECT_EQ(reply.body, content_.substr(0, 777));
  EXPECT_FALSE(reply.reset);
}

TEST_F(FaultTest, CloseAndGarbage) {
  fault({{"endpoint", "list"}, {"kind", "close"}});
  Reply reply = list(kKey);
  EXPECT_EQ(reply.status, 0);
  EXPECT_FALSE(reply.reset);
  fault({{"endpoint", "list"}, {"kind", "garbage"}});
  EXPECT_EQ(list(kKey).status, 0);
}

TEST_F(FaultTest, StallsHoldNobodyElseAndAreReleasedByDelete) {
  constexpr int kMany = 60;
  fault({{"endpoint", "media"}, {"kind", "stall"}, {"after_bytes", 500}, {"times", -1}});
  const auto [port, target] = split_url(url_);
  std::list<TestConnection> connections;
  for (int i = 0; i < kMany; ++i) connections.emplace_back(port).send("GET", target);
  wait_for_stalled(kMany);
  EXPECT_EQ(list(kKey).status, 200);
  EXPECT_EQ(counts("media")["now"], kMany);
  EXPECT_TRUE(log("media").back()["open"]);
  control("DELETE", "fault");
  for (auto& connection : connections) {
    const Reply reply = connection.receive();
    EXPECT_EQ(reply.status, 200);
    EXPECT_FALSE(reply.complete);
    EXPECT_EQ(reply.body, content_.substr(0, 500));
  }
  wait_for_stalled(0);
}

TEST_F(FaultTest, StallsEndWhenTheClientLeavesOrTheServerStops) {
  fault({{"endpoint", "media"}, {"kind", "stall"}, {"times", 2}});
  const auto [port, target] = split_url(url_);
  {
    TestConnection leaves(port);
    leaves.send("GET", target);
    wait_for_stalled(1);
  }
  wait_for_stalled(0);
  TestConnection stays(port);
  stays.send("GET", target);
  wait_for_stalled(1);
  sim_->stop();
  EXPECT_EQ(stays.receive().status, 0);
}

TEST_F(FaultTest, StallsWithSecondsGoOn) {
  fault({{"endpoint", "media"}, {"kind", "stall"}, {"after_bytes", 10}, {"seconds", 0.01}});
  EXPECT_EQ(fetch(url_).body, content_);
}

TEST_F(FaultTest, DripsDeliverEverything) {
  fault({{"endpoint", "media"}, {"kind", "drip"}, {"bytes_per_second", 1'000'000}});
  EXPECT_EQ(fetch(url_).body, content_);
}

TEST_F(FaultTest, DripsAreReleased) {
  fault({{"endpoint", "media"}, {"kind", "drip"}, {"bytes_per_second", 10}});
  const auto [port, target] = split_url(url_);
  TestConnection connection(port);
  connection.send("GET", target);
  EXPECT_FALSE(connection.receive_bytes(1).empty());
  control("DELETE", "fault");
  EXPECT_FALSE(connection.receive().complete);
}

TEST_F(FaultTest, LatencyIsCutShortByDelete) {
  control("POST", "latency", {{"endpoint", "list"}, {"ms", 3'600'000}});
  TestConnection connection(sim_->port());
  connection.send("GET", fmt::format("{}?{}", kRecordings, kKey), {"Authorization: Bearer T"});
  while (counts("list")["now"] != 1) {
  }
  // Again and again until the answer is there: the request may be counted before it waits.
  control("POST", "latency", {{"endpoint", "list"}, {"ms", 0}});
  fault({{"endpoint", "media"}, {"kind", "status"}});
  while (counts("list")["now"] != 0) control("DELETE", "fault");
  EXPECT_EQ(connection.receive().status, 200);
}

TEST_F(FaultTest, WrongRanges) {
  fault({{"endpoint", "media"}, {"kind", "wrong-content-range"}});
  EXPECT_EQ(fetch(url_, {"Range: bytes=10-19"}).headers.at("content-range"), "bytes 11-20/100000");
  fault({{"endpoint", "media"}, {"kind", "wrong-length"}, {"delta", 5}});
  EXPECT_EQ(fetch(url_, {"Range: bytes=10-19"}).headers.at("content-range"), "bytes 10-19/100005");
  fault({{"endpoint", "media"}, {"kind", "wrong-length"}});
  EXPECT_EQ(fetch(url_).body, content_.substr(0, 99'999));
  fault({{"endpoint", "media"}, {"kind", "short-range"}});
  EXPECT_EQ(fetch(url_, {"Range: bytes=10-19"}).headers.at("content-range"), "bytes 10-14/100000");
  fault({{"endpoint", "media"}, {"kind", "ignore-range"}});
  EXPECT_EQ(fetch(url_, {"Range: bytes=10-19"}).status, 200);
}

TEST_F(FaultTest, ChangedObjects) {
  const std::string etag = fetch(url_, {}, "HEAD").headers.at("etag");
  fault({{"endpoint", "media"}, {"kind", "change-object"}});
  const Reply reply = fetch(url_, {"Range: bytes=0-9"});
  EXPECT_NE(reply.headers.at("etag"), etag);
  EXPECT_NE(reply.body, content_.substr(0, 10));
}

TEST_F(FaultTest, Redirects) {
  fault({{"endpoint", "list"}, {"kind", "redirect"}, {"times", -1}});
  const std::string target = fmt::format("{}?{}", kRecordings, kKey);
  const Reply away = call("GET", target);
  EXPECT_EQ(away.status, 302);
  const std::string location = away.headers.at("location");
  EXPECT_EQ(location, fmt::format("http://localhost:{}{}&sim-redirected=1", sim_->port(), target));
  EXPECT_EQ(call("GET", split_url(location).second).status, 200);
  fault({{"endpoint", "media"}, {"kind", "redirect-loop"}});
  EXPECT_EQ(fetch(url_).headers.at("location"), split_url(url_).second);
}

TEST_F(FaultTest, OtherAnswers) {
  fault({{"endpoint", "list"}, {"kind", "html"}});
  Reply reply = list(kKey);
  EXPECT_EQ(reply.status, 200);
  EXPECT_TRUE(reply.headers.at("content-type").starts_with("text/html"));
  fault({{"endpoint", "list"}, {"kind", "bad-json"}});
  EXPECT_TRUE(nlohmann::json::parse(list(kKey).body, nullptr, false).is_discarded());
  fault({{"endpoint", "list"}, {"kind", "empty"}});
  EXPECT_TRUE(list(kKey).body.empty());
  fault({{"endpoint", "media"}, {"kind", "gzip"}});
  reply = fetch(url_);
  EXPECT_EQ(reply.headers.at("content-encoding"), "gzip");
  EXPECT_EQ(reply.body, gzip_stored(content_));
}

TEST_F(FaultTest, BadOrdersAreNamed) {
  const auto refusal = [&](const std::string& body) {
    const Reply reply = call("POST", "/_sim/fault", body);
    EXPECT_EQ(reply.status, 400) << body;
    return reply.body;
  };
  EXPECT_NE(refusal("{").find("not JSON"), std::string::npos);
  EXPECT_NE(refusal(R"({"kind":"boom"})").find("boom"), std::string::npos);
  EXPECT_NE(refusal(R"({"kind":"stall","endpoint":"lists"})").find("lists"), std::string::npos);
  EXPECT_NE(refusal(R"({"kind":"stall","secnds":1})").find("secnds"), std::string::npos);
  EXPECT_NE(refusal(R"({"kind":"stall","times":"x"})").find("times"), std::string::npos);
  EXPECT_NE(refusal("7").find("object"), std::string::npos);
}

TEST_F(FaultTest, TheLogTellsWhatCame) {
  control("DELETE", "log");
  fetch(url_, {"Range: bytes=0-99", "Accept-Encoding: identity"});
  list(kKey);
  const auto records = control("GET", "log");
  ASSERT_EQ(records.size(), 2U);
  EXPECT_EQ(records[0]["endpoint"], "media");
  EXPECT_EQ(records[0]["range"], "bytes=0-99");
  EXPECT_EQ(records[0]["status"], 206);
  EXPECT_EQ(records[0]["bytes"], 100);
  EXPECT_EQ(records[0]["authorization"], "none");
  EXPECT_EQ(records[0]["accept_encoding"], "identity");
  EXPECT_EQ(records[0]["open"], false);
  EXPECT_EQ(records[1]["authorization"], "bearer");
  EXPECT_EQ(records[1]["concurrent"], 1);
  EXPECT_EQ(records[1]["returned"], 1);
  const auto later = control("GET", fmt::format("log?since={}", records[0]["n"].get<int>()));
  ASSERT_EQ(later.size(), 1U);
  EXPECT_EQ(later[0]["n"], records[1]["n"]);
  EXPECT_EQ(counts("media")["bytes"], 100);
}

TEST_F(FaultTest, SequentialRequestsNeverLookConcurrent) {
  for (int i = 0; i < 200; ++i) fetch(url_, {"Range: bytes=0-99"});
  EXPECT_EQ(counts("media")["peak_concurrency"], 1);
}

TEST_F(FaultTest, OneConnectionServesManyRequests) {
  TestConnection connection(sim_->port());
  for (int i = 0; i < 300; ++i) {
    connection.send("GET", fmt::format("{}?{}", kRecordings, kKey), {"Authorization: Bearer T"});
    ASSERT_EQ(connection.receive().status, 200);
  }
  const auto records = log("list");
  EXPECT_EQ(records.front()["connection"], records.back()["connection"]);
}

TEST_F(FaultTest, RecordingsComeGoAndChange) {
  EXPECT_EQ(call("POST", "/_sim/recordings", R"({"id":5,"start":"2020-01-01"})").status, 409);
  EXPECT_EQ(call("POST", "/_sim/recordings", R"({"id":6})").status, 400);
  add_recording(6, "2020-01-02", {{"count", 600}});
  const auto page = control("GET", "recordings?offset=600&limit=5");
  EXPECT_EQ(page["total"], 601);
  EXPECT_EQ(page["recordings"].size(), 1U);
  EXPECT_EQ(control("GET", "recordings?to=2020-01-02")["total"], 1);
  control("DELETE", "recordings/6");
  EXPECT_EQ(call("DELETE", "/_sim/recordings/6").status, 404);
  control("PATCH", "recordings/5", {{"start", "2021-01-01"}, {"archived", true}, {"state", "untranscoded"}});
  EXPECT_EQ(transcode_ids(std::string(kKey) + "&archived=1&fromTime=2021-01-01"), (std::vector<std::uint64_t>{5}));
  EXPECT_EQ(control("GET", "config")["recordings"], 600);
}

TEST_F(FaultTest, MalformedHttpIsA400) {
  TestConnection connection(sim_->port());
  connection.send("GE T", "/x");
  EXPECT_EQ(connection.receive().status, 400);
}

}  // namespace
}  // namespace g2a_sim::test
