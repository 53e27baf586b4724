// SPDX-License-Identifier: MIT
#include "g2afs/net/loop.hpp"

#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace g2afs {
namespace {

using testing::ElementsAre;
using namespace std::chrono_literals;

/// Longer than any test runs; reached only by one that hangs.
constexpr Duration kNever = 60s;

using Notes = std::vector<std::string>;

struct NoteWhenGone {
  Notes& notes;
  std::string text;
  ~NoteWhenGone() { notes.push_back(text); }
};

Task<> note(Notes& notes, std::string text) {
  notes.push_back(std::move(text));
  co_return;
}

Task<> wait_forever(Notes& notes, Event& never) {
  NoteWhenGone unwound{notes, "unwound"};
  notes.push_back("started");
  co_await never.wait();
  notes.push_back("resumed");
}

/// Runs everything that can run.
void settle(Loop& loop) {
  loop.context().restart();
  loop.context().poll();
}

TEST(Loop, RunsWhatIsSpawnedInOrder) {
  Loop loop;
  Notes notes;
  loop.spawn(note(notes, "a"));
  loop.spawn(note(notes, "b"));
  EXPECT_EQ(loop.running(), 2u);
  EXPECT_TRUE(notes.empty());
  EXPECT_TRUE(loop.run_until_idle(kNever));
  EXPECT_THAT(notes, ElementsAre("a", "b"));
  EXPECT_EQ(loop.running(), 0u);
}

// co_spawn starts a coroutine at once when called on the loop's thread: within whatever called spawn().
TEST(Loop, ASpawnedTaskNeverStartsWithinItsSpawner) {
  Loop loop;
  Notes notes;
  loop.post([&] {
    loop.spawn(note(notes, "task"));
    notes.push_back("spawner");
  });
  loop.spawn(note(notes, "first"));
  loop.run_until_idle(kNever);
  loop.run_until_idle(kNever);
  EXPECT_THAT(notes, ElementsAre("spawner", "first", "task"));
}

TEST(Loop, CancelUnwindsATaskWhereItWaits) {
  Loop loop;
  Notes notes;
  Event never;
  const TaskId id = loop.spawn(wait_forever(notes, never));
  settle(loop);
  EXPECT_THAT(notes, ElementsAre("started"));
  loop.cancel(id);
  EXPECT_THAT(notes, ElementsAre("started")) << "cancel() must not unwind from within its caller";
  EXPECT_TRUE(loop.run_until_idle(kNever));
  EXPECT_THAT(notes, ElementsAre("started", "unwound"));
  EXPECT_FALSE(never.has_waiters());
}

TEST(Loop, CancelReachesATaskThatHasNotStartedYet) {
  Loop loop;
  Notes notes;
  Event never;
  loop.cancel(loop.spawn(wait_forever(notes, never)));
  EXPECT_TRUE(loop.run_until_idle(kNever));
  EXPECT_EQ(notes.back(), "unwound");
}

TEST(Loop, CancelOfAnEndedTaskIsHarmless) {
  Loop loop;
  Notes notes;
  const TaskId ended = loop.spawn(note(notes, "ended"));
  EXPECT_TRUE(loop.run_until_idle(kNever));
  Event never;
  const TaskId other = loop.spawn(wait_forever(notes, never));
  loop.cancel(ended);
  settle(loop);
  EXPECT_THAT(notes, ElementsAre("ended", "started"));
  loop.cancel(other);
  loop.cancel(other);
  EXPECT_TRUE(loop.run_until_idle(kNever));
  EXPECT_THAT(notes, ElementsAre("ended", "started", "unwound"));
}

TEST(Loop, CancelAllUnwindsEveryTaskAndEveryLaterOne) {
  Loop loop;
  Notes notes;
  Event never;
  struct SpawnWhenGone {
    Loop& loop;
    Notes& notes;
    Event& never;
    ~SpawnWhenGone() { loop.spawn(wait_forever(notes, never)); }
  };
  struct Spawner {
    static Task<> run(Loop& loop, Notes& notes, Event& never) {
      SpawnWhenGone again{loop, notes, never};
      co_await never.wait();
    }
  };
  loop.spawn(wait_forever(notes, never));
  loop.spawn(Spawner::run(loop, notes, never));
  settle(loop);
  loop.cancel_all();
  EXPECT_TRUE(loop.run_until_idle(kNever));
  EXPECT_THAT(notes, ElementsAre("started", "unwound", "started", "unwound"));
}

TEST(Loop, AnExceptionThatIsNoCancellationLeavesRun) {
  struct Broken {
    static Task<> run() {
      throw std::logic_error("a bug");
      co_return;
    }
  };
  Loop loop;
  loop.spawn(Broken::run());
  EXPECT_THROW(loop.run_until_idle(kNever), std::logic_error);
}

TEST(Loop, RunUntilIdleReportsTasksThatAreLeft) {
  Loop loop;
  Notes notes;
  Event never;
  const TaskId id = loop.spawn(wait_forever(notes, never));
  EXPECT_FALSE(loop.run_until_idle(1ms));
  loop.cancel(id);
  EXPECT_TRUE(loop.run_until_idle(kNever));
}

TEST(Loop, PostBringsWorkInFromAnotherThreadAndStopEndsRun) {
  Loop loop;
  std::thread::id ran_on;
  std::thread other([&] {
    loop.post([&] {
      ran_on = std::this_thread::get_id();
      loop.stop();
    });
  });
  loop.run();
  other.join();
  EXPECT_EQ(ran_on, std::this_thread::get_id());
}

TEST(Loop, RunUntilIdleWorksAfterStop) {
  Loop loop;
  Notes notes;
  loop.post([&] { loop.stop(); });
  loop.run();
  loop.spawn(note(notes, "after"));
  EXPECT_TRUE(loop.run_until_idle(kNever));
  EXPECT_THAT(notes, ElementsAre("after"));
}

TEST(Loop, TaskIdsAreNotUsedTwice) {
  Loop loop;
  Notes notes;
  const TaskId first = loop.spawn(note(notes, "a"));
  EXPECT_TRUE(loop.run_until_idle(kNever));
  EXPECT_NE(loop.spawn(note(notes, "b")), first);
  EXPECT_TRUE(loop.run_until_idle(kNever));
}

}  // namespace
}  // namespace g2afs
