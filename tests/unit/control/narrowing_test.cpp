// SPDX-License-Identifier: MIT
// Which ids a refused call was refused for.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "control_fixture.hpp"

namespace g2afs::test {
namespace {

using testing::SizeIs;

struct NarrowingTest : testing::Test, BatcherWorld {};

TEST_F(NarrowingTest, OneForeignIdDoesNotFailTheOthers) {
  for (const Errc refusal : {Errc::Forbidden, Errc::Invalid}) {
    for (const std::uint64_t culprit : {1, 137, 250, 251, 500}) {
      BatcherWorld world;
      world.server.refusal = refusal;
      world.server.foreign = {{culprit}};
      world.start_many(dated(1, 501));
      EXPECT_TRUE(world.clock.run(world.loop));
      EXPECT_EQ(world.progress.done, 499U);
      EXPECT_EQ(world.progress.failure->code, refusal);
      EXPECT_EQ(world.accepted.count({culprit}), 0U);
      EXPECT_LE(world.server.calls.size(), 19U);
      EXPECT_EQ(world.logged("archive: recording " + std::to_string(culprit) + " is refused"), 1U);
    }
  }
}

TEST_F(NarrowingTest, EachCallerIsToldOfItsOwn) {
  server.foreign = {{3}};
  for (std::uint64_t id = 1; id <= 9; ++id) call(id);
  EXPECT_TRUE(clock.run(loop));
  for (const auto& caller : callers) EXPECT_EQ(caller->told->has_value(), caller->id.id.value != 3);
}

TEST_F(NarrowingTest, SeveralForeignIdsAreFound) {
  server.foreign = {{1}, {2}, {3}, {77}, {78}, {200}, {333}, {334}, {335}, {400}, {499}, {500}};
  start_many(dated(1, 501));
  EXPECT_TRUE(clock.run(loop));
  EXPECT_EQ(progress.done, 488U);
}

TEST_F(NarrowingTest, WhereEverythingIsRefusedItEndsAfterAFew) {
  server.fault = [] { return std::optional(Errc::Forbidden); };
  start_many(dated(1, 10'001));
  EXPECT_TRUE(clock.run(loop));
  EXPECT_TRUE(ended);
  EXPECT_EQ(progress.failure->code, Errc::Forbidden);
  EXPECT_LE(server.calls.size(), 4U * 32);
}

TEST_F(NarrowingTest, RefusedCredentialsAreNotNarrowed) {
  server.fault = [] { return std::optional(Errc::Denied); };
  start_many(dated(1, 10'001));
  EXPECT_TRUE(clock.run(loop));
  EXPECT_TRUE(ended);
  EXPECT_EQ(progress.failure->code, Errc::Denied);
  EXPECT_THAT(server.calls, SizeIs(4)) << "those that were under way side by side";
  EXPECT_EQ(logged("is refused"), 0U) << "no id is to blame";
}

TEST_F(NarrowingTest, NineForeignIdsInFrontDoNotFailTheOthers) {
  for (std::uint64_t id = 1; id <= 9; ++id) server.foreign.insert({id});
  for (std::uint64_t id = 1; id <= 500; ++id) call(id);
  EXPECT_TRUE(clock.run(loop));
  EXPECT_THAT(server.done, SizeIs(491));
  for (const auto& caller : callers) EXPECT_EQ(caller->told->has_value(), caller->id.id.value > 9);
}

TEST_F(NarrowingTest, AHalfThatWasPutOffIsHalvedOnceAnotherIsAccepted) {
  for (std::uint64_t id = 1; id <= 20; ++id) server.foreign.insert({id});
  server.foreign.insert({250});
  start_many(dated(1, 501));
  EXPECT_TRUE(clock.run(loop));
  EXPECT_EQ(progress.done, 479U);
  EXPECT_EQ(logged("is refused"), 21U) << "each is named";
}

TEST_F(NarrowingTest, ACallThatIsTooLongIsHalvedAndTheSizeKept) {
  server.room = 200;
  start_many(dated(1, 501));
  EXPECT_TRUE(clock.run(loop));
  EXPECT_EQ(progress.done, 500U);
  const auto sizes = [this] {
    std::vector<std::size_t> found;
    for (const auto& ids : server.calls) found.push_back(ids.size());
    server.calls.clear();
    return found;
  };
  EXPECT_THAT(sizes(), testing::ElementsAre(500, 250, 125, 125, 125, 125));
  for (std::uint64_t id = 1; id <= 130; ++id) call(id);
  EXPECT_TRUE(clock.run(loop));
  EXPECT_THAT(sizes(), testing::ElementsAre(125, 5));
}

TEST_F(NarrowingTest, WhatWasAcceptedOfACallThatWasTooLongIsKnown) {
  server.room = 250;
  int calls = 0;
  server.fault = [&] { return ++calls == 3 ? std::optional(Errc::Unavailable) : std::nullopt; };
  start_many(dated(1, 501));
  EXPECT_TRUE(clock.run(loop));
  EXPECT_EQ(progress.failure->code, Errc::Unavailable);
  EXPECT_THAT(server.done, SizeIs(250));
  EXPECT_EQ(accepted, server.done);
  EXPECT_EQ(progress.done, 250U);
}

TEST_F(NarrowingTest, WithoutRoomForOneIdItEnds) {
  server.room = 0;
  start_many(dated(1, 501));
  EXPECT_TRUE(clock.run(loop));
  EXPECT_TRUE(ended);
  EXPECT_EQ(progress.failure->code, Errc::TooLong);
  EXPECT_LE(server.calls.size(), 9U);
  EXPECT_EQ(logged("is refused"), 0U);
}

TEST_F(NarrowingTest, ARefusalDoesNotEndTheOtherCalls) {
  server.foreign = {{700}};
  start_many(dated(1, 10'001));
  EXPECT_TRUE(clock.run(loop));
  EXPECT_EQ(progress.done, 9'999U);
}

TEST_F(NarrowingTest, AServerThatFailsMeanwhileIsTheError) {
  server.foreign = {{1}};
  int calls = 0;
  server.fault = [&] { return ++calls == 4 ? std::optional(Errc::Throttled) : std::nullopt; };
  start_many(dated(1, 501));
  EXPECT_TRUE(clock.run(loop));
  EXPECT_EQ(progress.failure->code, Errc::Throttled);
  EXPECT_THAT(server.calls, SizeIs(4)) << "the other halves are not sent";
}

TEST_F(NarrowingTest, WhoIsInterruptedIsNotInTheNextHalf) {
  server.foreign = {{1}};
  call(1);
  const auto& second = call(2);
  const auto& third = call(3);
  advance(20ms);
  advance(50ms);
  cancel(third.task);
  EXPECT_TRUE(clock.run(loop));
  EXPECT_TRUE(second.told && *second.told);
  for (std::size_t i = 1; i < server.calls.size(); ++i) {
    EXPECT_THAT(server.calls[i], testing::Not(testing::Contains(RecordingId{3})));
  }
}

}  // namespace
}  // namespace g2afs::test
