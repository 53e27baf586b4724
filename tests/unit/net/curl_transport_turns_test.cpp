// SPDX-License-Identifier: MIT
// How many transfers run at once, and which go first.
#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/net/curl_transport_fixture.hpp"

namespace g2afs::test {
namespace {

using testing::ElementsAre;

class CurlTransportTurnsTest : public CurlTransportTest {
 protected:
  /// Holds every request until it is released.
  void SetUp() override {
    CurlTransportTest::SetUp();
    serve([this](WireConnection& connection) -> Task<> {
      for (;;) {
        const WireRequest request = co_await connection.read();
        targets.push_back(request.target());
        most_at_once = std::max(most_at_once, ++held);
        const std::size_t mine = targets.size();
        while (released < mine) co_await release.wait();
        --held;
        co_await connection.write(plain_answer(request.target()));
      }
    });
  }
  void release_one() {
    ++released;
    release.notify_all();
  }
  struct Transfer {
    TestSink sink;
    std::optional<Result<ResponseHead>> result;
    TaskId id;
  };
  Transfer& add(std::string_view path, Priority priority, Purpose purpose = Purpose::Media) {
    auto& transfer = *transfers.emplace_back(std::make_unique<Transfer>());
    HttpRequest request = to(server->url(path), purpose);
    request.priority = priority;
    transfer.id = start(std::move(request), transfer.sink, transfer.result);
    return transfer;
  }

  std::vector<std::unique_ptr<Transfer>> transfers;
  std::vector<std::string> targets;
  std::optional<WireServer> other_server;
  int held = 0, most_at_once = 0, asked_other = 0;
  std::size_t released = 0;
  Event release;
};

TEST_F(CurlTransportTurnsTest, InteractiveRequestsGoBeforeBulkOnes) {
  options.max_connections = 1;
  add("/first", Priority::Bulk);
  run_until([&] { return held == 1; });
  add("/bulk1", Priority::Bulk);
  add("/bulk2", Priority::Bulk);
  add("/soon1", Priority::Interactive);
  Transfer& cancelled = add("/cancelled", Priority::Interactive);
  add("/soon2", Priority::Interactive);
  loop.cancel(cancelled.id);
  for (std::size_t i = 1; i <= 5; ++i) {
    run_until([&] { return targets.size() == i; });
    loop.context().poll();
    release_one();
  }
  run_until([&] { return transfers.back()->result && transfers[2]->result; });
  EXPECT_THAT(targets, ElementsAre("/first", "/soon1", "/soon2", "/bulk1", "/bulk2"));
  EXPECT_EQ(most_at_once, 1);
  EXPECT_EQ(server->connections(), 1);
}

TEST_F(CurlTransportTurnsTest, ThePausedAreAskedToGiveUpTheirConnectionAsManyAsOthersWait) {
  options.max_connections = 3;
  released = 100;  // everything is answered at once
  const auto add_that_pauses = [this](std::string_view path) -> Transfer& {
    Transfer& one = add(path, Priority::Interactive);
    one.sink.answer_data = [&] { return one.sink.crowded() ? Flow::Stop : Flow::Pause; };
    return one;
  };
  std::vector<Transfer*> paused;
  for (const char* path : {"/paused0", "/paused1", "/paused2"}) {
    paused.push_back(&add_that_pauses(path));
    run_until([&] { return paused.back()->sink.data_calls == 1; });
  }
  EXPECT_FALSE(paused[0]->sink.crowded());
  Transfer& late = add("/late", Priority::Bulk);
  run_until([&] { return late.result.has_value(); });
  EXPECT_EQ(late.sink.body, "/late");
  EXPECT_TRUE(paused[0]->result) << "the longest paused goes first";
  EXPECT_FALSE(paused[1]->result);
  EXPECT_FALSE(paused[2]->result);
  // One that comes to a pause while somebody waits need not be asked.
  for (int i = 0; i < 2; ++i) add_that_pauses("/more");
  run_until([&] { return transfers[4]->sink.data_calls > 0; });
  Transfer& last = add("/last", Priority::Interactive);
  run_until([&] { return last.result.has_value(); });
  EXPECT_EQ(last.sink.body, "/last");
  EXPECT_LE(most_at_once, 3);
}

TEST_F(CurlTransportTurnsTest, APausedTransferIsNotAskedForWhatSomebodyElseHolds) {
  options.max_connections = 3;
  Transfer& paused = add("/paused", Priority::Interactive);
  paused.sink.answer_data = [&] { return paused.sink.crowded() ? Flow::Stop : Flow::Pause; };
  release_one();
  run_until([&] { return paused.sink.data_calls == 1; });
  // Two read ahead, which is all that may; so it is not the paused one that the third waits for.
  for (const char* path : {"/ahead1", "/ahead2"}) add(path, Priority::Bulk);
  run_until([&] { return held == 2; });
  Transfer& waiting = add("/ahead3", Priority::Bulk);
  released = 100;
  release.notify_all();
  run_until([&] { return waiting.result.has_value(); });
  EXPECT_EQ(paused.sink.data_calls, 1);
  EXPECT_FALSE(paused.result);
}

TEST_F(CurlTransportTurnsTest, ReadingAheadLeavesAConnectionForThoseWhoWait) {
  options.max_connections = 2;
  Transfer& ahead = add("/ahead", Priority::Bulk);
  run_until([&] { return held == 1; });
  Transfer& further_ahead = add("/further", Priority::Bulk);
  Transfer& soon = add("/soon", Priority::Interactive);
  run_until([&] { return held == 2; });
  EXPECT_THAT(targets, ElementsAre("/ahead", "/soon"));
  released = 100;
  release.notify_all();
  run_until([&] { return ahead.result && soon.result && further_ahead.result; });
  EXPECT_EQ(most_at_once, 2);
}

TEST_F(CurlTransportTurnsTest, AHostThatRefusesIsLeftAloneForAsLongAsItSaysAndNoOtherIs) {
  WireServer& refusing = other_server.emplace(loop, [&](WireConnection& connection) -> Task<> {
    co_await connection.read();
    ++asked_other;
    const std::string answer = asked_other == 1
                                   ? "HTTP/1.1 429 Slow Down\r\nRetry-After: 20\r\nContent-Length: 0\r\n\r\n"
                                   : plain_answer("again");
    co_await connection.write(answer);
  });
  ASSERT_EQ(perform(to(refusing.url("/SECRET")))->status, 429);
  Transfer& second = *transfers.emplace_back(std::make_unique<Transfer>());
  start(to(refusing.url("/SECRET")), second.sink, second.result);
  released = 100;
  ASSERT_TRUE(perform(media())) << "another port is another host";
  clock.advance(std::chrono::milliseconds{19'999});
  ASSERT_TRUE(perform(media()));
  EXPECT_EQ(asked_other, 1);
  clock.advance(std::chrono::milliseconds{1});
  run_until([&] { return second.result.has_value(); });
  EXPECT_EQ(second.sink.body, "again");
}

TEST_F(CurlTransportTurnsTest, ApiRequestsDoNotWaitForMedia) {
  options.max_connections = 1;
  add("/media", Priority::Interactive);
  run_until([&] { return held == 1; });
  for (int i = 0; i < 4; ++i) add("/api", Priority::Bulk, Purpose::Api);
  run_until([&] { return held == 5; });
  EXPECT_EQ(targets.front(), "/media");
}

TEST_F(CurlTransportTurnsTest, ManyTransfersShareTheConnectionsThereAre) {
  options.max_connections = 8;
  for (int i = 0; i < 200; ++i) add("/" + std::to_string(i), Priority::Bulk);
  run_until([&] { return held == 7; });
  released = 200;
  release.notify_all();
  run_until([&] {
    return std::all_of(transfers.begin(), transfers.end(), [](const auto& one) { return one->result.has_value(); });
  });
  for (int i = 0; i < 200; ++i) {
    ASSERT_TRUE(*transfers[i]->result) << transfers[i]->result->error().what;
    EXPECT_EQ(transfers[i]->sink.body, "/" + std::to_string(i));
  }
  EXPECT_EQ(most_at_once, 7) << "one is left for those who wait";
  EXPECT_EQ(server->connections(), 7) << "every connection was used again";
}

TEST_F(CurlTransportTurnsTest, EverythingEndsWithTheLoop) {
  options.max_connections = 3;
  for (int i = 0; i < 20; ++i) add("/" + std::to_string(i), Priority::Interactive);
  run_until([&] { return held == 3; });
  loop.cancel_all();
  EXPECT_TRUE(loop.run_until_idle(kHangs));
  for (const auto& transfer : transfers) EXPECT_FALSE(transfer->result);
}

}  // namespace
}  // namespace g2afs::test
