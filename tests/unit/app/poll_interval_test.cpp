// SPDX-License-Identifier: MIT
#include "g2afs/app/poll_interval.hpp"

#include <gtest/gtest.h>

namespace g2afs {
namespace {

TEST(PollInterval, BeginsShortGrowsAndStaysAtTheLongest) {
  PollInterval interval;
  auto last = interval.next(false);
  EXPECT_EQ(last, PollInterval::kShortest);
  for (int i = 0; i < 20; ++i) {
    const auto next = interval.next(false);
    EXPECT_TRUE(next > last || next == PollInterval::kLongest);
    last = next;
  }
  EXPECT_EQ(last, PollInterval::kLongest);
}

TEST(PollInterval, IsShortAgainAfterAChange) {
  PollInterval interval;
  for (int i = 0; i < 20; ++i) interval.next(false);
  EXPECT_EQ(interval.next(true), PollInterval::kShortest);
  EXPECT_GT(interval.next(false), PollInterval::kShortest);
}

}  // namespace
}  // namespace g2afs
