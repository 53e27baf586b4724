// SPDX-License-Identifier: MIT
// What a directory stands for, what the catalogue shows afterwards, and the line in the log.
#include "g2afs/control/control.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "control_world.hpp"

namespace g2afs::test {
namespace {

class ControlTest : public testing::Test {
 protected:
  ControlTest() {
    for (std::uint64_t i = 0; i < 1'200; ++i) {
      const bool untranscoded = i % 100 == 0;
      world.add(i + 1, ControlWorld::time("2016-11-01T00:00:00Z") + i * 2'000s,
                untranscoded ? State::Untranscoded : State::Ready, i % 6 == 5);
    }
  }
  Result<void> apply(Change change, DateDir dir) { return world.run(world.control.apply(change, dir, kCaller)); }
  Result<void> apply(Change change, DatedId id) { return world.run(world.control.apply(change, id, kCaller)); }
  std::size_t archived() const {
    std::size_t count = 0;
    world.api.for_each([&](const FakeRecording& one) { count += one.archived ? 1 : 0; });
    return count;
  }
  ControlWorld world;
};

TEST_F(ControlTest, ArchivesEveryRecordingUnderADirectoryThatIsNot) {
  ASSERT_TRUE(apply(Change::Archive, kMonth));
  EXPECT_EQ(archived(), 1'200U);
  EXPECT_EQ(world.api.changes, 2) << "1,000 were not archived";
  EXPECT_TRUE(world.find(kDay, 1'000)->archived);
  EXPECT_EQ(world.logged("archive 2016/11 by uid 1000, pid 4711: 1000 of 1000 done"), 1U);
  ASSERT_TRUE(apply(Change::Archive, kRoot));
  EXPECT_EQ(world.api.changes, 2);
}

TEST_F(ControlTest, ADirectoryIsListedCompletelyBefore) {
  world.api.fault = [](FakeArchiveApi::Call call) {
    return call == FakeArchiveApi::Call::Urls ? std::optional(Errc::Unavailable) : std::nullopt;
  };
  EXPECT_EQ(apply(Change::Archive, kMonth).error().code, Errc::Unavailable);
  EXPECT_EQ(world.api.changes, 0);
  EXPECT_EQ(world.logged("archive 2016/11 by uid 1000, pid 4711: 0 of 0 done: urls: made to fail (unavailable)"), 1U);
}

TEST_F(ControlTest, ADirectoryWithoutRecordingsIsNotThere) {
  EXPECT_EQ(apply(Change::Archive, DateDir{2015, 0, 0}).error().code, Errc::NotFound);
  ControlWorld empty;
  EXPECT_TRUE(empty.run(empty.control.apply(Change::Archive, kRoot, kCaller))) << "the root always is";
}

TEST_F(ControlTest, TranscodesOfADirectoryWhatIsUntranscoded) {
  // They are ready by the first look.
  world.api.answered = [&](FakeArchiveApi::Call) {
    for (std::uint64_t id = 1; id <= 1'200; ++id) {
      if (world.api.find({id})->state == State::Transcoding) world.api.find({id})->state = State::Ready;
    }
  };
  ASSERT_TRUE(apply(Change::Transcode, kMonth));
  EXPECT_EQ(world.api.changes, 1);
  EXPECT_EQ(world.logged("transcode 2016/11 by uid 1000, pid 4711: 12 of 12 done"), 1U);
}

TEST_F(ControlTest, AWishForOneRecordingIsSentAsItIs) {
  ASSERT_TRUE(world.run(world.catalog.list(kDayDir)));
  ASSERT_NE(world.find(kDay, 1'002), nullptr);
  EXPECT_TRUE(apply(Change::Archive, DatedId{kDay, {1'002}}));
  EXPECT_TRUE(apply(Change::Archive, DatedId{kDay, {1'002}}));
  EXPECT_TRUE(apply(Change::Transcode, DatedId{kDay, {1'002}}));
  EXPECT_EQ(world.api.changes, 3);
  EXPECT_EQ(world.find(kDay, 1'002)->state, State::Ready);
  EXPECT_EQ(world.logged("archive 2016/11/24/1002 by uid 1000, pid 4711: 1 of 1 done"), 2U);
}

TEST_F(ControlTest, AFailurePartWayShowsWhatWasDone) {
  int calls = 0;
  world.api.fault = [&](FakeArchiveApi::Call call) {
    return call == FakeArchiveApi::Call::Archive && ++calls == 2 ? std::optional(Errc::Unavailable) : std::nullopt;
  };
  EXPECT_EQ(apply(Change::Archive, kRoot).error().code, Errc::Unavailable);
  EXPECT_EQ(archived(), 200U + 500);
  const auto tree = world.catalog.tree();
  std::size_t shown = 0;
  for (const auto& day : tree->find(2016, 11)->days) {
    for (const Recording& one : day->recordings) shown += one.archived ? 1 : 0;
  }
  EXPECT_EQ(shown, 200U + 500);
  EXPECT_EQ(world.logged("pid 4711: 500 of 1000 done: archive: made to fail (unavailable)"), 1U);
}

TEST_F(ControlTest, AnInterruptIsInTheLog) {
  struct Unawaited {
    static Task<> run(Control& control) { co_await control.apply(Change::Archive, kMonth, kCaller); }
  };
  world.api.delay(world.clock, 1s);
  const TaskId task = world.loop.spawn(Unawaited::run(world.control));
  world.run_for(1ms);
  world.loop.cancel(task);
  EXPECT_TRUE(world.clock.run(world.loop));
  EXPECT_EQ(world.logged("archive 2016/11 by uid 1000, pid 4711: 0 of 0 done: interrupted"), 1U);
  EXPECT_EQ(world.api.changes, 0);
}

}  // namespace
}  // namespace g2afs::test
