// SPDX-License-Identifier: MIT
#include "g2afs/app/marker.hpp"

#include <algorithm>
#include <atomic>
#include <latch>
#include <set>

#include <gtest/gtest.h>

#include "no_threads.hpp"

namespace g2afs {
namespace {

/// Counts answers, and the marks that run at the same time.
class MarkerTest : public testing::Test {
 protected:
  Marker::Answer count() {
    return [this](const Result<void>& answer) { ++(answer ? marked_ : refused_); };
  }

  std::atomic<int> marked_ = 0;
  std::atomic<int> refused_ = 0;
};

TEST_F(MarkerTest, MarksEachOnce) {
  std::mutex mutex;
  std::multiset<std::filesystem::path> seen;
  Marker marker(
      8,
      [&](const std::filesystem::path& path) -> Result<void> {
        const std::lock_guard lock(mutex);
        seen.insert(path);
        return {};
      },
      count());
  for (int i = 0; i < 1000; ++i) marker.add(std::to_string(i));
  marker.finish();
  EXPECT_EQ(seen.size(), 1000U);
  EXPECT_EQ(std::set(seen.begin(), seen.end()).size(), 1000U);
  EXPECT_EQ(marked_, 1000);
}

TEST_F(MarkerTest, HasAsManyInFlightAsItMayAndNoMore) {
  constexpr int kMost = 5;
  // Each waits for four others: with fewer at a time this would never end.
  std::latch together(kMost);
  std::atomic<int> now = 0, most = 0;
  Marker marker(
      kMost,
      [&](const std::filesystem::path&) -> Result<void> {
        const int running = ++now;
        int seen = most;
        while (seen < running && !most.compare_exchange_weak(seen, running)) {
        }
        if (!together.try_wait()) together.arrive_and_wait();
        --now;
        return {};
      },
      count());
  for (int i = 0; i < kMost; ++i) marker.add("a");
  together.wait();
  for (int i = 0; i < 100; ++i) marker.add("b");
  marker.finish();
  EXPECT_EQ(most, kMost);
  EXPECT_EQ(marked_, 105);
}

TEST_F(MarkerTest, PassesRefusalsOn) {
  Marker marker(
      2, [&](const std::filesystem::path&) -> Result<void> { return fail(Errc::Unavailable, "no"); }, count());
  marker.add("a");
  marker.finish();
  EXPECT_EQ(marked_, 0);
  EXPECT_EQ(refused_, 1);
}

TEST_F(MarkerTest, BeginsNoneOnceStopped) {
  std::latch begun(1), go_on(1);
  Marker marker(
      1,
      [&](const std::filesystem::path&) -> Result<void> {
        begun.count_down();
        go_on.wait();
        return {};
      },
      count());
  marker.add("in flight");
  begun.wait();
  marker.add("in line");
  marker.stop();
  marker.add("late");
  go_on.count_down();
  marker.finish();
  EXPECT_EQ(marked_, 1);
}

TEST_F(MarkerTest, MarksInTheCallersThreadWhereThereIsNoOther) {
  Marker marker(
      4, [](const std::filesystem::path&) -> Result<void> { return {}; }, count());
  {
    const test::NoThreads none;
    for (int i = 0; i < 10; ++i) marker.add("a");
    EXPECT_EQ(marked_, 10);
  }
  marker.add("b");
  marker.finish();
  EXPECT_EQ(marked_, 11);
}

TEST_F(MarkerTest, GoesOnWithTheThreadsThereAre) {
  std::latch begun(1), go_on(1);
  Marker marker(
      4,
      [&](const std::filesystem::path& path) -> Result<void> {
        if (path == "first") {
          begun.count_down();
          go_on.wait();
        }
        return {};
      },
      count());
  marker.add("first");
  begun.wait();
  const test::NoThreads none;
  for (int i = 0; i < 10; ++i) marker.add("a");
  EXPECT_EQ(marked_, 0) << "they are in line behind the first";
  go_on.count_down();
  marker.finish();
  EXPECT_EQ(marked_, 11);
}

TEST_F(MarkerTest, EndsWithNothingToDo) { Marker(4, nullptr, nullptr).finish(); }

}  // namespace
}  // namespace g2afs
