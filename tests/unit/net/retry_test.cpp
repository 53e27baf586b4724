// SPDX-License-Identifier: MIT
#include "g2afs/net/retry.hpp"

#include <algorithm>
#include <vector>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "fakes/fake_clock.hpp"

namespace g2afs {
namespace {

using namespace std::chrono_literals;
using test::FakeClock;
using test::run_task;

struct RetryTest : testing::Test {
  Loop loop;
  FakeClock clock;
  RetryPolicy policy;
};

/// The pauses until it gives up, each try taking no time.
Task<std::vector<Duration>> pauses(const RetryPolicy& policy, FakeClock& clock) {
  Retry retry(policy, clock);
  std::vector<Duration> result;
  for (MonotonicTime before = clock.now(); co_await retry.again(); before = clock.now()) {
    result.push_back(clock.now() - before);
  }
  co_return result;
}

TEST_F(RetryTest, GivesUpAtOnceWhereThereIsNoTime) {
  policy.retry_for = 0ms;
  policy.first = policy.longest = 10s;
  const MonotonicTime start = clock.now();
  struct Ask {
    static Task<bool> run(const RetryPolicy& policy, FakeClock& clock) {
      Retry retry(policy, clock);
      co_return co_await retry.again(1s);
    }
  };
  EXPECT_FALSE(run_task(loop, clock, Ask::run(policy, clock)));
  EXPECT_EQ(clock.now(), start);
}

RC_GTEST_FIXTURE_PROP(RetryTest, BacksOffWithinDoublingBoundsAndStopsInTime, ()) {
  policy.retry_for = std::chrono::milliseconds(*rc::gen::inRange(1, 300'000));
  Loop own_loop;
  FakeClock own_clock;
  const auto taken = run_task(own_loop, own_clock, pauses(policy, own_clock));
  std::chrono::milliseconds ceiling = policy.first;
  Duration sum{};
  for (const Duration pause : taken) {
    RC_ASSERT(pause >= 0ms);
    RC_ASSERT(pause <= ceiling);
    ceiling = std::min(ceiling * 2, policy.longest);
    sum += pause;
  }
  RC_ASSERT(sum <= policy.retry_for);
  RC_ASSERT(sum + ceiling > policy.retry_for);  // it did not give up early
}

TEST_F(RetryTest, ThePausesAreSpreadOut) {
  policy.retry_for = std::chrono::hours{1};
  auto taken = run_task(loop, clock, pauses(policy, clock));
  std::sort(taken.begin(), taken.end());
  taken.erase(std::unique(taken.begin(), taken.end()), taken.end());
  EXPECT_GT(taken.size(), 100u) << "without jitter all but the first few are alike";
}

TEST_F(RetryTest, ObeysRetryAfterToTheSecond) {
  struct Ask {
    static Task<Duration> run(const RetryPolicy& policy, FakeClock& clock) {
      Retry retry(policy, clock);
      const MonotonicTime before = clock.now();
      EXPECT_TRUE(co_await retry.again(37s));
      co_return clock.now() - before;
    }
  };
  EXPECT_EQ(run_task(loop, clock, Ask::run(policy, clock)), 37s);
}

TEST_F(RetryTest, TheLastTryIsMadeWhenTheTimeIsOver) {
  struct Ask {
    static Task<bool> run(const RetryPolicy& policy, FakeClock& clock) {
      Retry retry(policy, clock);
      EXPECT_TRUE(co_await retry.again(100s));
      EXPECT_TRUE(co_await retry.again(3600s)) << "a server that is back before it said so is found";
      co_return co_await retry.again(1s);
    }
  };
  const MonotonicTime start = clock.now();
  EXPECT_FALSE(run_task(loop, clock, Ask::run(policy, clock)));
  EXPECT_EQ(clock.now() - start, policy.retry_for);
}

TEST_F(RetryTest, TimeThatATryTakesCounts) {
  struct Ask {
    static Task<Duration> run(const RetryPolicy& policy, FakeClock& clock) {
      Retry retry(policy, clock);
      co_await clock.sleep(119s);
      const MonotonicTime before = clock.now();
      EXPECT_TRUE(co_await retry.again(2s));
      co_return clock.now() - before;
    }
  };
  EXPECT_EQ(run_task(loop, clock, Ask::run(policy, clock)), 1s);
}

TEST_F(RetryTest, TimeInSuspendDoesNotCount) {
  struct Ask {
    static Task<bool> run(const RetryPolicy& policy, FakeClock& clock) {
      Retry retry(policy, clock);
      clock.suspend(std::chrono::hours{8});
      co_return co_await retry.again();
    }
  };
  EXPECT_TRUE(run_task(loop, clock, Ask::run(policy, clock)));
}

TEST_F(RetryTest, IsCancellable) {
  struct Ask {
    static Task<> run(const RetryPolicy& policy, FakeClock& clock, bool& returned) {
      Retry retry(policy, clock);
      co_await retry.again(60s);
      returned = true;
    }
  };
  bool returned = false;
  const TaskId id = loop.spawn(Ask::run(policy, clock, returned));
  loop.context().poll();
  EXPECT_EQ(clock.sleeping(), 1);
  loop.cancel(id);
  EXPECT_TRUE(loop.run_until_idle(60s));
  EXPECT_FALSE(returned);
  EXPECT_EQ(clock.sleeping(), 0);
}

}  // namespace
}  // namespace g2afs
