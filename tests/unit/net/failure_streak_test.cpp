// SPDX-License-Identifier: MIT
#include "g2afs/net/failure_streak.hpp"

#include <gtest/gtest.h>

namespace g2afs::test {
namespace {

using namespace std::chrono_literals;

struct FailureStreakTest : testing::Test {
  FailureStreak streak;
  MonotonicTime now{1h};

  bool fail(Duration after = 0s) {
    const MonotonicTime began = now;
    now = now + after;
    return streak.failed(began, now);
  }
};

TEST_F(FailureStreakTest, EightFailures) {
  EXPECT_TRUE(streak.none());
  for (int i = 0; i < 7; ++i) EXPECT_FALSE(fail());
  EXPECT_FALSE(streak.none());
  EXPECT_TRUE(fail());
}

TEST_F(FailureStreakTest, OrTenSecondsOfThem) {
  EXPECT_FALSE(fail());
  EXPECT_FALSE(fail(9s));
  EXPECT_TRUE(fail(1s));
}

TEST_F(FailureStreakTest, OneAloneMayTakeSoLong) {
  EXPECT_FALSE(fail(30s));
  EXPECT_TRUE(fail());
}

TEST_F(FailureStreakTest, ASuccessEndsIt) {
  for (int i = 0; i < 7; ++i) fail();
  streak.succeeded(now);
  EXPECT_TRUE(streak.none());
  for (int i = 0; i < 7; ++i) EXPECT_FALSE(fail());
}

TEST_F(FailureStreakTest, AlsoOneWhileTheRequestWasUnderWay) {
  const MonotonicTime began = now;
  streak.succeeded(now + 25s);
  EXPECT_FALSE(streak.failed(began, now + 30s));
  EXPECT_TRUE(streak.failed(now + 30s, now + 35s));
}

TEST_F(FailureStreakTest, TimeWithoutRequestsIsNotOneOfFailures) {
  streak.succeeded(now);
  now = now + 1h;
  EXPECT_FALSE(fail());
}

}  // namespace
}  // namespace g2afs::test
