// SPDX-License-Identifier: MIT
// From the 204 of a transcode to the files.
#include "g2afs/control/transcode_watch.hpp"

#include <gtest/gtest.h>

#include "control_world.hpp"

namespace g2afs::test {
namespace {

class TranscodeWatchTest : public testing::Test {
 protected:
  TranscodeWatchTest() {
    const Time start = ControlWorld::time("2016-11-24T00:00:00Z");
    for (std::uint64_t id = 1; id <= 400; ++id) world.add(id, start + id * 60s, State::Untranscoded);
    for (std::uint64_t id = 500; id <= 600; ++id) world.add(id, start - 24h * (id - 499), State::Untranscoded);
  }
  /// Wishes it, and does not wait for what the watch then does.
  void transcode(DateDir dir) {
    world.loop.spawn(apply(world.control, dir));
    world.run_for(50ms);
    world.api.reset_calls();
  }
  static Task<> apply(Control& control, DateDir dir) {
    const auto result = co_await control.apply(Change::Transcode, dir, kCaller);
    EXPECT_TRUE(result);
  }
  State state(std::uint64_t id) { return world.find(kDay, id)->state; }
  ControlWorld world;
};

TEST_F(TranscodeWatchTest, TheFilesAppearSoonAfterTheEnd) {
  transcode(kDayDir);
  EXPECT_EQ(state(7), State::Transcoding);
  world.run_for(40s);
  EXPECT_EQ(state(7), State::Transcoding);
  for (std::uint64_t id = 1; id <= 400; ++id) world.api.find({id})->state = State::Ready;
  world.run_for(12s);
  EXPECT_EQ(state(7), State::Ready);
  EXPECT_EQ(state(400), State::Ready);
  EXPECT_LE(world.api.calls(), 3 * 14) << "400 recordings of one day share each look";
  EXPECT_TRUE(world.clock.run(world.loop));
  EXPECT_EQ(world.loop.running(), 0U) << "and then it is over";
}

TEST_F(TranscodeWatchTest, GoesOnWhileTheListingFails) {
  transcode(kDayDir);
  bool down = true;
  world.api.fault = [&](FakeArchiveApi::Call) { return down ? std::optional(Errc::Unavailable) : std::nullopt; };
  world.run_for(60s);
  for (std::uint64_t id = 1; id <= 400; ++id) world.api.find({id})->state = State::Ready;
  down = false;
  world.run_for(20s);
  EXPECT_EQ(state(7), State::Ready);
}

TEST_F(TranscodeWatchTest, OneThatIsWishedLaterIsLookedAtSoon) {
  transcode(kDayDir);
  world.run_for(1h);
  world.add(401, ControlWorld::time("2016-11-24T20:00:00Z"), State::Untranscoded);
  ASSERT_TRUE(world.find(kDay, 1));
  world.loop.spawn([](ControlWorld& w) -> Task<> {
    co_await w.catalog.refresh(kDayDir);
    co_await w.control.apply(Change::Transcode, DatedId{kDay, {401}}, kCaller);
  }(world));
  world.run_for(1s);
  world.api.find({401})->state = State::Ready;
  world.run_for(3s);
  EXPECT_EQ(state(401), State::Ready);
}

TEST_F(TranscodeWatchTest, ASuspendDuringALookIsNothingToRestFrom) {
  transcode(kDayDir);
  world.api.delay(world.clock, 200ms);
  bool suspended = false;
  world.api.answered = [&](FakeArchiveApi::Call) {
    if (!std::exchange(suspended, true)) world.clock.suspend(8h);
  };
  while (!suspended) world.run_for(1s);
  world.run_for(1s);
  for (std::uint64_t id = 1; id <= 400; ++id) world.api.find({id})->state = State::Ready;
  world.run_for(5min + 10s);
  EXPECT_EQ(state(7), State::Ready);
}

TEST_F(TranscodeWatchTest, ALookThatTakesHoursIsNotRestedFromForLonger) {
  transcode(kDayDir);
  bool slow = true;
  world.api.delay(world.clock, 200ms);
  world.api.answered = [&](FakeArchiveApi::Call) {
    if (std::exchange(slow, false)) world.clock.advance(8h);  // as if it had been tried for so long
  };
  while (slow) world.run_for(1s);
  world.run_for(1s);
  for (std::uint64_t id = 1; id <= 400; ++id) world.api.find({id})->state = State::Ready;
  world.run_for(10min + 10s);
  EXPECT_EQ(state(7), State::Ready);
}

TEST_F(TranscodeWatchTest, OneThatIsAddedAsTheWatchBeginsToWaitIsLookedAtSoon) {
  const DatedId first{kDay, {1}}, second{Day{kDay.number - 2}, {501}};
  for (const DatedId& one : {first, second}) ASSERT_TRUE(world.run(world.catalog.list(DateDir::of(one.day))));
  world.api.delay(world.clock, 100ms);
  TranscodeWatch watch(world.loop, world.catalog, world.clock);
  watch.add({&first, 1});
  world.run_for(1h);
  for (bool added = false; !added;) {
    const std::size_t before = world.loop.running();
    world.loop.context().restart();
    if (world.loop.context().poll_one() == 0) world.clock.advance(100ms);
    // The watch alone, and then the two that it waits for, which have not begun.
    if (before != 1 || world.loop.running() != 3) continue;
    watch.add({&second, 1});
    added = true;
  }
  world.api.reset_calls();
  world.run_for(3s);
  EXPECT_GT(world.api.calls(), 0);
  world.loop.cancel_all();
  EXPECT_TRUE(world.clock.run(world.loop));
}

TEST_F(TranscodeWatchTest, ManyDaysAreLookedAtTogether) {
  world.api.delay(world.clock, 200ms);
  struct Apply {
    static Task<> run(ControlWorld& w, bool& done) {
      co_await w.control.apply(Change::Transcode, DateDir{2016, 0, 0}, kCaller);
      done = true;
    }
  };
  bool done = false;
  world.loop.spawn(Apply::run(world, done));
  while (!done) world.run_for(1s);
  world.api.reset_calls();
  world.run_for(10min);
  EXPECT_LE(world.api.calls(), 26 * 4) << "a hundred days, and a look costs what one day's would";
  EXPECT_GE(world.api.calls(), 26);
}

TEST_F(TranscodeWatchTest, OneThatIsReadyOrGoneIsNotWatched) {
  world.api.find({1})->state = State::Ready;
  ASSERT_TRUE(world.run(world.catalog.list(kDayDir)));
  ASSERT_TRUE(world.run(world.control.apply(Change::Transcode, DatedId{kDay, {1}}, kCaller)));
  EXPECT_EQ(world.loop.running(), 0U);
}

TEST_F(TranscodeWatchTest, GivesUpAfterADay) {
  transcode(DateDir{2016, 11, 23});
  EXPECT_TRUE(world.clock.run(world.loop));
  EXPECT_EQ(world.loop.running(), 0U);
  EXPECT_LE(world.api.calls(), 4 * 330);
}

}  // namespace
}  // namespace g2afs::test
