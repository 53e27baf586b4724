// SPDX-License-Identifier: MIT
#include "g2afs/net/blocking_pool.hpp"

#include <future>
#include <memory>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "loop_fixture.hpp"

namespace g2afs::test {
namespace {

using namespace std::chrono_literals;

class BlockingPoolTest : public testing::Test {
 protected:
  static Task<> note(BlockingPool& pool, int number, std::vector<int>& notes, std::thread::id& where) {
    auto work = [number, &where] {
      where = std::this_thread::get_id();
      return number;
    };
    notes.push_back(co_await pool.run(std::move(work)));
  }

  Loop loop;
  std::vector<int> notes;
  std::thread::id where;
};

TEST_F(BlockingPoolTest, WorkRunsElsewhereAndItsResultComesToTheLoop) {
  BlockingPool pool(loop, 2, BlockingPool::AtEnd::Drop);
  loop.spawn(note(pool, 7, notes, where));
  EXPECT_TRUE(loop.run_until_idle(10s));
  EXPECT_EQ(notes, std::vector<int>{7});
  EXPECT_NE(where, std::this_thread::get_id());
}

TEST_F(BlockingPoolTest, WithoutThreadsTheLoopDoesIt) {
  BlockingPool pool(loop, 0, BlockingPool::AtEnd::Drop);
  loop.spawn(note(pool, 7, notes, where));
  EXPECT_TRUE(loop.run_until_idle(10s));
  EXPECT_EQ(notes, std::vector<int>{7});
  EXPECT_EQ(where, std::this_thread::get_id());
}

TEST_F(BlockingPoolTest, OneThreadKeepsTheOrder) {
  BlockingPool pool(loop, 1, BlockingPool::AtEnd::Drop);
  for (int i = 0; i < 100; ++i) loop.spawn(note(pool, i, notes, where));
  EXPECT_TRUE(loop.run_until_idle(10s));
  ASSERT_EQ(notes.size(), 100U);
  for (int i = 0; i < 100; ++i) EXPECT_EQ(notes[static_cast<std::size_t>(i)], i);
}

TEST_F(BlockingPoolTest, WhoIsCancelledGoesOnAndTheWorkOwnsWhatItUses) {
  BlockingPool pool(loop, 1, BlockingPool::AtEnd::Drop);
  std::promise<void> go;
  auto owned = std::make_shared<int>(1);
  const std::weak_ptr<int> watched = owned;
  struct Wait {
    static Task<> run(BlockingPool& pool, std::shared_future<void> gate, std::shared_ptr<int> own) {
      auto work = [gate = std::move(gate), own = std::move(own)] {
        gate.wait();
        return *own;
      };
      co_await pool.run(std::move(work));
    }
  };
  const TaskId id = loop.spawn(Wait::run(pool, go.get_future().share(), std::move(owned)));
  loop.cancel(id);
  EXPECT_TRUE(loop.run_until_idle(10s));
  EXPECT_FALSE(watched.expired());
  go.set_value();
  loop.spawn(note(pool, 1, notes, where));
  EXPECT_TRUE(loop.run_until_idle(10s));
  EXPECT_EQ(notes, std::vector<int>{1});
}

TEST_F(BlockingPoolTest, WhatIsInLineIsDroppedOrFinishedAsSaid) {
  for (const auto at_end : {BlockingPool::AtEnd::Drop, BlockingPool::AtEnd::Finish}) {
    std::promise<void> begun, go;
    notes.clear();
    {
      BlockingPool pool(loop, 1, at_end);
      pool.post([&begun, gate = go.get_future().share()] {
        begun.set_value();
        gate.wait();
      });
      for (int i = 0; i < 3; ++i) pool.post([this, i] { notes.push_back(i); });
      begun.get_future().wait();
      if (at_end == BlockingPool::AtEnd::Finish) go.set_value();
    }
    if (at_end == BlockingPool::AtEnd::Drop) go.set_value();
    EXPECT_EQ(notes.size(), at_end == BlockingPool::AtEnd::Drop ? 0U : 3U);
  }
}

TEST_F(BlockingPoolTest, WhatWorkUsedIsLetGoOfWhereItRan) {
  BlockingPool pool(loop, 1, BlockingPool::AtEnd::Drop);
  struct Use {
    static Task<> run(BlockingPool& pool, std::thread::id& where) {
      auto work = [used = std::shared_ptr<void>(nullptr, [&where](void*) { where = std::this_thread::get_id(); })] {
        return true;
      };
      co_await pool.run(std::move(work));
    }
  };
  loop.spawn(Use::run(pool, where));
  EXPECT_TRUE(loop.run_until_idle(10s));
  EXPECT_NE(where, std::thread::id{});
  EXPECT_NE(where, std::this_thread::get_id());
}

TEST_F(BlockingPoolTest, WhoIsCancelledIsToldWhenTheWorkIsOver) {
  BlockingPool pool(loop, 1, BlockingPool::AtEnd::Drop);
  std::promise<void> go;
  struct Wait {
    static Task<> run(BlockingPool& pool, std::shared_future<void> gate, bool& landed) {
      auto work = [gate = std::move(gate)] {
        gate.wait();
        return true;
      };
      co_await pool.run(std::move(work), [&landed] { landed = true; });
    }
  };
  bool landed = false;
  const TaskId id = loop.spawn(Wait::run(pool, go.get_future().share(), landed));
  loop.cancel(id);
  EXPECT_TRUE(loop.run_until_idle(10s));
  EXPECT_FALSE(landed);
  go.set_value();
  loop.spawn(note(pool, 1, notes, where));
  EXPECT_TRUE(loop.run_until_idle(10s));
  EXPECT_TRUE(landed);
}

TEST_F(BlockingPoolTest, WhatWasLeftBehindFindsNoLoop) {
  std::promise<void> go, over;
  auto ended = std::make_unique<Loop>();
  auto pool = std::make_unique<BlockingPool>(*ended, 1, BlockingPool::AtEnd::Drop);
  std::promise<void> begun;
  pool->post([&, gate = go.get_future().share(), to_loop = pool->to_loop()] {
    begun.set_value();
    gate.wait();
    to_loop([this] { notes.push_back(1); });
    over.set_value();
  });
  begun.get_future().wait();
  EXPECT_FALSE(pool->end());
  pool->post([this] { notes.push_back(2); });
  pool.reset();
  ended.reset();
  go.set_value();
  over.get_future().wait();
  EXPECT_TRUE(notes.empty());
}

TEST_F(BlockingPoolTest, APoolWhoseWorkIsDoneLeavesNothingBehind) {
  BlockingPool pool(loop, 2, BlockingPool::AtEnd::Finish);
  pool.post([this] { notes.push_back(1); });
  EXPECT_TRUE(pool.end());
  EXPECT_TRUE(pool.end());
  EXPECT_EQ(notes, std::vector<int>{1});
}

TEST_F(BlockingPoolTest, APoolThatEndsLeavesHangingWorkBehind) {
  std::promise<void> go, over;
  {
    BlockingPool pool(loop, 1, BlockingPool::AtEnd::Finish);
    std::promise<void> begun;
    pool.post([&begun, gate = go.get_future().share(), &over] {
      begun.set_value();
      gate.wait();
      over.set_value();
    });
    pool.post([this] { notes.push_back(1); });  // has not begun, so it is not done
    begun.get_future().wait();
  }
  EXPECT_TRUE(notes.empty());
  go.set_value();
  over.get_future().wait();
}

}  // namespace
}  // namespace g2afs::test
