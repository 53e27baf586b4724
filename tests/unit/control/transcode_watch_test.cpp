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
