// SPDX-License-Identifier: MIT
// Who shares a call with whom, and what an interrupted caller leaves behind.
#include "g2afs/control/control_batcher.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "control_fixture.hpp"

namespace g2afs::test {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

struct ControlBatcherTest : testing::Test, BatcherWorld {};

TEST_F(ControlBatcherTest, ThoseWhoComeTogetherShareACall) {
  for (std::uint64_t id = 1; id <= 200; ++id) {
    call(id);
    if (id % 20 == 0) advance(1ms);
  }
  EXPECT_TRUE(clock.run(loop));
  ASSERT_THAT(server.calls, SizeIs(1));
  EXPECT_THAT(server.calls.front(), SizeIs(200));
  for (const auto& caller : callers) EXPECT_TRUE(caller->told && *caller->told);
  EXPECT_THAT(accepted, SizeIs(200));
}

TEST_F(ControlBatcherTest, OneAloneGoesOutAtTheEndOfItsTwentyMilliseconds) {
  call(1);
  advance(ControlBatcher::kTogether - 1ms);
  EXPECT_THAT(server.calls, IsEmpty());
  advance(1ms);
  EXPECT_THAT(server.calls, SizeIs(1));
}

TEST_F(ControlBatcherTest, ThoseWhoComeWhileACallIsUnderWayGoOutTogetherBehindIt) {
  call(1);
  advance(20ms);
  for (std::uint64_t id = 2; id <= 9; ++id) {
    call(id);
    advance(9ms);
  }
  EXPECT_THAT(server.calls, SizeIs(1));
  advance(28ms);
  ASSERT_THAT(server.calls, SizeIs(2)) << "at once, they have waited long enough";
  EXPECT_THAT(server.calls.back(), SizeIs(8));
}

TEST_F(ControlBatcherTest, AStreamOfWishesIsCutAfterAWhile) {
  server.latency = 1ms;
  for (std::uint64_t id = 1; id <= 100; ++id) {
    call(id);
    advance(19ms);
  }
  EXPECT_TRUE(clock.run(loop));
  EXPECT_THAT(server.calls, SizeIs(testing::AllOf(testing::Ge(9), testing::Le(11))));
  EXPECT_THAT(server.done, SizeIs(100));
}

TEST_F(ControlBatcherTest, AStreamOfWishesForOneIdIsCutAfterAWhileAsWell) {
  server.latency = 1ms;
  for (int i = 0; i < 100; ++i) {
    call(1);
    advance(19ms);
  }
  EXPECT_TRUE(clock.run(loop));
  EXPECT_THAT(server.calls, SizeIs(testing::AllOf(testing::Ge(9), testing::Le(11))));
}

TEST_F(ControlBatcherTest, AFullCallDoesNotWait) {
  for (std::uint64_t id = 1; id <= 500; ++id) call(id);
  advance(0ms);
  EXPECT_THAT(server.calls, SizeIs(1));
}

TEST_F(ControlBatcherTest, ACallHasAtMostFiveHundred) {
  for (std::uint64_t id = 1; id <= 1'200; ++id) call(id);
  EXPECT_TRUE(clock.run(loop));
  ASSERT_THAT(server.calls, SizeIs(3));
  for (const auto& ids : server.calls) EXPECT_LE(ids.size(), kMaxIds);
  EXPECT_EQ(server.most_under_way, 3);
  EXPECT_THAT(server.done, SizeIs(1'200));
}

TEST_F(ControlBatcherTest, TwoWhoWishTheSameShareTheId) {
  call(1);
  call(1);
  advance(20ms);
  call(1);
  EXPECT_TRUE(clock.run(loop));
  EXPECT_THAT(server.calls, ElementsAre(ElementsAre(RecordingId{1}), ElementsAre(RecordingId{1})))
      << "the third cannot know whether the call was made before it came";
  for (const auto& caller : callers) EXPECT_TRUE(caller->told && *caller->told);
}

TEST_F(ControlBatcherTest, WhoIsInterruptedBeforeTheCallIsNotInIt) {
  call(1);
  const auto& second = call(2);
  settle();
  cancel(second.task);
  EXPECT_TRUE(clock.run(loop));
  EXPECT_THAT(server.calls, ElementsAre(ElementsAre(RecordingId{1})));
}

TEST_F(ControlBatcherTest, WhereAllAreInterruptedNothingIsSent) {
  const auto& first = call(1);
  settle();
  cancel(first.task);
  EXPECT_TRUE(clock.run(loop));
  EXPECT_THAT(server.calls, IsEmpty());
}

TEST_F(ControlBatcherTest, WhoIsInterruptedDoesNotTakeTheOthersAlong) {
  const auto& first = call(1);
  const auto& second = call(2);
  advance(50ms);
  ASSERT_EQ(server.under_way, 1);
  cancel(first.task);
  EXPECT_TRUE(clock.run(loop));
  EXPECT_FALSE(first.told);
  EXPECT_TRUE(second.told && *second.told);
  EXPECT_THAT(accepted, SizeIs(2)) << "what was sent stays done";
}

TEST_F(ControlBatcherTest, TheLastOneToBeInterruptedEndsTheCall) {
  const auto& first = call(1);
  const auto& second = call(2);
  advance(50ms);
  cancel(first.task);
  cancel(second.task);
  EXPECT_EQ(server.under_way, 0);
  const auto& third = call(3);
  EXPECT_TRUE(clock.run(loop));
  EXPECT_TRUE(third.told && *third.told);
}

TEST_F(ControlBatcherTest, AFailureIsEverybodysOfThatCall) {
  int calls = 0;
  server.fault = [&] { return ++calls == 1 ? std::optional(Errc::Unavailable) : std::nullopt; };
  const auto& first = call(1);
  const auto& second = call(2);
  advance(50ms);
  const auto& third = call(3);
  EXPECT_TRUE(clock.run(loop));
  EXPECT_EQ(first.told->error().code, Errc::Unavailable);
  EXPECT_EQ(second.told->error().code, Errc::Unavailable);
  EXPECT_TRUE(*third.told);
}

// many()

TEST_F(ControlBatcherTest, ManyTakeAsFewCallsAsTheyFillAFewAtATime) {
  start_many(dated(1, 10'001));
  EXPECT_TRUE(clock.run(loop));
  EXPECT_THAT(server.calls, SizeIs(20));
  EXPECT_EQ(server.most_under_way, 4);
  EXPECT_EQ(progress.done, 10'000U);
  EXPECT_FALSE(progress.failure);
}

TEST_F(ControlBatcherTest, ManyOfNoneCostNothing) {
  start_many({});
  EXPECT_TRUE(clock.run(loop));
  EXPECT_TRUE(ended);
  EXPECT_THAT(server.calls, IsEmpty());
}

TEST_F(ControlBatcherTest, AfterAFailureNothingMoreIsSent) {
  int calls = 0;
  server.fault = [&] { return ++calls == 6 ? std::optional(Errc::Unavailable) : std::nullopt; };
  start_many(dated(1, 10'001));
  EXPECT_TRUE(clock.run(loop));
  EXPECT_TRUE(ended);
  EXPECT_LE(server.calls.size(), 9U);
  EXPECT_EQ(progress.failure->code, Errc::Unavailable);
  EXPECT_EQ(progress.done, server.done.size());
  EXPECT_EQ(accepted, server.done);
}

TEST_F(ControlBatcherTest, AnInterruptEndsManyAtOnce) {
  const TaskId task = start_many(dated(1, 10'001));
  advance(100ms);
  advance(50ms);
  const std::size_t sent = server.calls.size();
  cancel(task);
  EXPECT_EQ(server.under_way, 0);
  EXPECT_TRUE(clock.run(loop));
  EXPECT_EQ(server.calls.size(), sent) << "nothing more is sent";
  EXPECT_FALSE(ended);
  EXPECT_EQ(progress.done, 2'000U) << "what was done is known";
  EXPECT_EQ(accepted.size(), 2'000U);
}

}  // namespace
}  // namespace g2afs::test
