// SPDX-License-Identifier: MIT
// A Retry-After binds every call, not only the one that was told.
#include <algorithm>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "api_fixture.hpp"

namespace g2afs {
namespace {

using namespace std::chrono_literals;
using test::Reply;
using testing::AllOf;
using testing::Each;
using testing::SizeIs;

const char* const kEmpty = "{}";

/// Many calls at once to a server that wants none for a while, with the times of the requests.
struct RetryAfterForAllTest : test::ApiFixture {
  std::vector<Duration> sent;
  std::vector<std::string> results;

  void SetUp() override {
    ApiFixture::SetUp();
    server.handler = [this](const HttpRequest&) {
      sent.push_back(server.clock.now().since_start);
      return sent.size() == 1 ? Reply{.status = status, .retry_after = pause, .delay = 5ms}
                              : Reply{.body = kEmpty, .delay = 10ms};
    };
  }
  static Task<> call(RetryAfterForAllTest& test) {
    const Result<Listing> listed = co_await test.api->list({});
    test.results.push_back(listed ? "listed" : std::string(to_string(listed.error().code)));
  }
  void poll() {
    server.loop.context().restart();
    while (server.loop.context().poll() != 0) {
    }
  }

  int status = 429;
  std::chrono::seconds pause = 30s;
};

TEST_F(RetryAfterForAllTest, NothingIsSentToAServerThatWantsToBeLeftAlone) {
  for (const int code : {429, 503}) {
    status = code;
    sent.clear();
    results.clear();
    const Duration start = server.clock.now().since_start;
    for (int i = 0; i < 32; ++i) server.loop.spawn(call(*this));
    ASSERT_TRUE(server.clock.run(server.loop));
    EXPECT_THAT(results, AllOf(SizeIs(32), Each("listed")));
    ASSERT_THAT(sent, SizeIs(33));
    for (std::size_t i = 0; i < sent.size(); ++i) {
      EXPECT_EQ(sent[i] - start < 30s + 5ms, i < 4) << "but what was under way";
      EXPECT_LE(sent[i] - start, 32s);
    }
    EXPECT_EQ(sent[4] - start, 30s + 5ms) << "the call that was told comes first";
    EXPECT_GT(sent[5] - start, 30s + 5ms) << "and the others not all with it";
  }
}

TEST_F(RetryAfterForAllTest, ItBindsCallsThatComeLaterToo) {
  server.loop.spawn(call(*this));
  poll();
  server.clock.advance(5ms);
  poll();
  server.clock.advance(29s);
  server.loop.spawn(call(*this));
  poll();
  EXPECT_EQ(asked(), 1u);
  expect_error(run(api->list_once({})), Errc::Throttled, "429");
  EXPECT_EQ(asked(), 3u) << "the two that had the time to wait, when it was over";
  EXPECT_THAT(results, AllOf(SizeIs(2), Each("listed")));
}

TEST_F(RetryAfterForAllTest, ACallWaitsForItAsLongAsItsRetriesLast) {
  for (const auto absurd : {600s, 1'000'000'000s}) {
    pause = absurd;
    sent.clear();
    results.clear();
    const Duration start = server.clock.now().since_start;
    for (int i = 0; i < 32; ++i) server.loop.spawn(call(*this));
    poll();
    server.clock.advance(5ms);
    poll();
    const std::size_t before = asked();
    server.clock.advance(119s);
    poll();
    EXPECT_EQ(asked(), before);
    ASSERT_TRUE(server.clock.run(server.loop));
    EXPECT_LE(server.clock.now().since_start - start, 122s);
    EXPECT_THAT(results, AllOf(SizeIs(32), Each("listed"))) << "each has made a last try";
  }
}

TEST_F(RetryAfterForAllTest, AServerThatRefusesTheLastTryTooHasTheLastWord) {
  server.handler = [](const HttpRequest&) { return Reply{.status = 429, .retry_after = 600s}; };
  server.loop.spawn(call(*this));
  ASSERT_TRUE(server.clock.run(server.loop));
  EXPECT_EQ(asked(), 2u);
  EXPECT_THAT(results, AllOf(SizeIs(1), Each("throttled")));
}

TEST_F(RetryAfterForAllTest, ANewWordOfTheServerIsHeededByThoseWhoWait) {
  server.handler = [this](const HttpRequest&) {
    sent.push_back(server.clock.now().since_start);
    return sent.size() <= 2 ? Reply{.status = 429, .retry_after = 30s} : Reply{.body = kEmpty};
  };
  options.connections = 1;
  restart();
  for (int i = 0; i < 8; ++i) server.loop.spawn(call(*this));
  ASSERT_TRUE(server.clock.run(server.loop));
  EXPECT_THAT(results, AllOf(SizeIs(8), Each("listed")));
  ASSERT_THAT(sent, SizeIs(10));
  EXPECT_EQ(sent[1], 30s);
  for (std::size_t i = 2; i < sent.size(); ++i) EXPECT_GE(sent[i], 60s);
}

TEST_F(RetryAfterForAllTest, CallsThatWaitCanBeCancelled) {
  std::vector<TaskId> ids;
  for (int i = 0; i < 32; ++i) ids.push_back(server.loop.spawn(call(*this)));
  poll();
  server.clock.advance(1s);
  poll();
  for (const TaskId id : ids) server.loop.cancel(id);
  ASSERT_TRUE(server.loop.run_until_idle(60s));
  EXPECT_EQ(server.transport.under_way, 0);
}

/// A thousand callers of an API that is down, with the times of the requests.
struct DeadApiTest : RetryAfterForAllTest {
  void SetUp() override {
    ApiFixture::SetUp();
    server.handler = [this](const HttpRequest&) {
      sent.push_back(server.clock.now().since_start);
      return server.clock.now().since_start < back ? trouble : Reply{.body = kEmpty, .delay = 5ms};
    };
  }
  void call_all() {
    for (int i = 0; i < 1000; ++i) server.loop.spawn(call(*this));
    ASSERT_TRUE(server.clock.run(server.loop));
  }
  Duration back = Duration::max();
  Reply trouble{.status = 500, .delay = 5ms};
};

TEST_F(DeadApiTest, IsNotHammeredByAThousandCallers) {
  const Duration start = server.clock.now().since_start;
  call_all();
  EXPECT_THAT(results, AllOf(SizeIs(1000), Each(std::string(to_string(Errc::Unavailable)))));
  EXPECT_LT(sent.size(), 120u * 8) << "a few a second, all together";
  EXPECT_LE(server.clock.now().since_start - start, 120s + 15s);
}

TEST_F(DeadApiTest, IsAskedByAllAsSoonAsItIsBack) {
  const Duration start = server.clock.now().since_start;
  back = start + 30s;
  call_all();
  EXPECT_THAT(results, AllOf(SizeIs(1000), Each("listed")));
  EXPECT_LE(sent.back() - start, 30s + 15s);
}

TEST_F(DeadApiTest, ThatHangsKeepsNobodyInLine) {
  for (const std::size_t connections : {4, 1}) {
    options.connections = connections;
    restart();
    results.clear();
    trouble = {.error = Error{Errc::Unavailable, "stalled"}, .delay = 30s};
    const Duration start = server.clock.now().since_start;
    call_all();
    EXPECT_THAT(results, AllOf(SizeIs(1000), Each(std::string(to_string(Errc::Unavailable)))));
    EXPECT_LE(server.clock.now().since_start - start, 120s + 3 * 30s) << connections << " at a time";
  }
}

}  // namespace
}  // namespace g2afs
