// SPDX-License-Identifier: MIT
// Through a file and its fetches: what a hedge is for shows there.
#include <memory>
#include <string>

#include <gtest/gtest.h>

#include "content_fixture.hpp"

namespace g2afs::test {
namespace {

using namespace std::chrono_literals;

class HedgeTest : public testing::Test, protected FileWorld {
 protected:
  void SetUp() override {
    for (int i = 0; i < 100; ++i) link->answered(40ms);
    link->received(100 * kMiB, clock.now());
  }
  void TearDown() override {
    EXPECT_TRUE(finish());
    EXPECT_EQ(server.under_way, 0);
  }
  /// The first request waits for `late`, the second is refused.
  static Task<Result<ResponseHead>> serve_late(HedgeTest& test, Event& late, bool& answer, const HttpRequest& request,
                                               BodySink& sink) {
    if (test.transport.requests.size() > 1) {
      ResponseHead head;
      head.status = 503;
      sink.on_head(head);
      co_return head;
    }
    while (!answer) co_await late.wait();
    co_return co_await test.server.serve(request, sink);
  }
  double hedges() { return metrics.retries("hedge").Value(); }

  const std::string content = make_bytes(4 * kMiB);
  const FileKey key = add_video(1, content);
  const std::shared_ptr<Link> link = services.links.to(server.url(key));
};

TEST_F(HedgeTest, ASlowRequestIsAskedAgainAndTheFirstAnswerWins) {
  server.next = {MediaBehaviour{.never_answer = true}};
  const auto reader = open(key);
  const auto begun = clock.now();
  const auto text = read(*reader, kMiB, 4096);
  ASSERT_TRUE(text);
  EXPECT_TRUE(*text == content.substr(kMiB, 4096));
  EXPECT_EQ(clock.now() - begun, 80ms);
  EXPECT_EQ(server.asked.size(), 2u);
  EXPECT_EQ(server.bytes_sent, kBlockSize);
  EXPECT_EQ(hedges(), 1);
}

TEST_F(HedgeTest, WhatAnswersInTimeIsAskedOnce) {
  const auto reader = open(key);
  for (std::uint64_t at = 0; at < 4 * kMiB; at += 400'000) ASSERT_TRUE(read(*reader, at, 4096));
  EXPECT_EQ(server.bytes_asked(), server.bytes_sent);
  EXPECT_EQ(hedges(), 0);
}

TEST_F(HedgeTest, NothingIsAskedTwiceThatNobodyWaitsFor) {
  server.behaviour.never_answer = true;
  const auto video = file(key);
  video->fetch({0, kMiB}, Priority::Bulk);
  settle();
  for (int i = 0; i < 20; ++i) clock.advance(1s), settle();
  EXPECT_EQ(server.asked.size(), 1u);
}

TEST_F(HedgeTest, TheSecondIsTakenOnlyIfItBringsSomething) {
  // It is refused: the first one's answer still counts, whenever it comes.
  Event late;
  bool answer = false;
  transport.server = [&](const HttpRequest& request, BodySink& sink) {
    return serve_late(*this, late, answer, request, sink);
  };
  const auto reader = open(key);
  std::string text;
  struct Read {
    static Task<> run(Reader& from, std::string& out) {
      const auto slices = co_await from.read(kMiB, 4096);
      if (slices) out = text_of(*slices);
    }
  };
  loop.spawn(Read::run(*reader, text));
  settle();
  clock.advance(1s);
  settle();
  EXPECT_EQ(transport.requests.size(), 2u);
  EXPECT_EQ(text, "");
  answer = true;
  late.notify_all();
  settle();
  EXPECT_TRUE(text == content.substr(kMiB, 4096));
  EXPECT_EQ(transport.requests.size(), 2u);
}

TEST_F(HedgeTest, WhereItHasCostTooMuchItWaits) {
  link->hedged(3 * kMiB);
  server.next = {MediaBehaviour{.never_answer = true}};
  const auto reader = open(key);
  const TaskId reading = start_read(*reader, kMiB, 4096);
  settle();
  clock.advance(10s);
  settle();
  EXPECT_EQ(server.asked.size(), 1u);
  loop.cancel(reading);
  settle();
}

TEST_F(HedgeTest, WhatStandsInLineIsNotSlow) {
  transport.connections = Gate(1);
  server.behaviour.never_answer = true;
  const FileKey other = add_video(2, content);
  auto first = open(key);
  const auto second = open(other);
  const TaskId one = start_read(*first, kMiB, 4096);
  settle();
  server.behaviour.never_answer = false;
  start_read(*second, kMiB, 4096);
  settle();
  for (int i = 0; i < 100; ++i) clock.advance(100ms), settle();
  EXPECT_EQ(hedges(), 1);  // of the one that was sent, itself in line now
  loop.cancel(one);
  settle();
  first.reset();
  EXPECT_TRUE(clock.run(loop));
}

TEST_F(HedgeTest, AFirstThatFailsWhileTheSecondIsUnderWayIsTriedAgain) {
  server.next = {MediaBehaviour{.refuse_connection = true, .delay = 100ms}, MediaBehaviour{.delay = 60ms}};
  const auto reader = open(key);
  const auto text = read(*reader, kMiB, 4096);
  ASSERT_TRUE(text);
  EXPECT_TRUE(*text == content.substr(kMiB, 4096));
  EXPECT_EQ(hedges(), 1);
}

TEST_F(HedgeTest, ASecondThatBreaksOffGoesOnWhereItWas) {
  server.next = {MediaBehaviour{.never_answer = true}, MediaBehaviour{.cut_after = 10'000}};
  const auto reader = open(key);
  const auto text = read(*reader, kMiB, 4096);
  ASSERT_TRUE(text);
  EXPECT_TRUE(*text == content.substr(kMiB, 4096));
  ASSERT_TRUE(read(*reader, kMiB + 64 * 1024, 4096));
  EXPECT_EQ(server.asked.back().range->begin, kMiB + 10'000);
}

TEST_F(HedgeTest, AReaderThatGoesAwayTakesBothRequestsAlong) {
  server.behaviour.never_answer = true;
  auto reader = open(key);
  const TaskId reading = start_read(*reader, kMiB, 4096);
  settle();
  clock.advance(1s);
  settle();
  EXPECT_EQ(server.under_way, 2);
  loop.cancel(reading);
  settle();
  reader.reset();
  settle();
  EXPECT_EQ(server.under_way, 0);
  EXPECT_EQ(loop.running(), 0u);
}

}  // namespace
}  // namespace g2afs::test
