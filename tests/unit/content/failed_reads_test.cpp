// SPDX-License-Identifier: MIT
#include "g2afs/content/failed_reads.hpp"

#include <gtest/gtest.h>

namespace g2afs::test {
namespace {

using namespace std::chrono_literals;

struct FailedReadsTest : testing::Test {
  MonotonicTime now{1h};
  FailedReads failed;

  void fail(ByteRange range, Errc code = Errc::Unavailable, Duration after = 1s) {
    failed.add(range, {code, "it failed"}, now + -after, now);
  }
  bool has(ByteRange range) const { return failed.find(range, now) != nullptr; }
};

TEST_F(FailedReadsTest, APageOfWhatFailedFailsAgain) {
  fail({4096, 8192});
  EXPECT_TRUE(has({4096, 8192}));
  EXPECT_TRUE(has({5000, 6000}));
  EXPECT_FALSE(has({4096, 8193}));
  EXPECT_FALSE(has({4095, 5000}));
  EXPECT_FALSE(has({0, 4096}));
}

TEST_F(FailedReadsTest, WhatFailedSoonMayBeTriedAgain) {
  fail({0, 100}, Errc::Unavailable, 400ms);
  EXPECT_FALSE(has({0, 100}));
}

TEST_F(FailedReadsTest, ForAMoment) {
  fail({0, 100});
  now = now + FailedReads::kJustNow;
  EXPECT_TRUE(has({0, 100}));
  now = now + 1ms;
  EXPECT_FALSE(has({0, 100}));
}

TEST_F(FailedReadsTest, SeveralThatFailedSideBySide) {
  fail({0, 100});
  fail({100, 200}, Errc::Throttled);
  EXPECT_TRUE(has({0, 100}));
  EXPECT_EQ(failed.find({150, 160}, now)->code, Errc::Throttled);
  EXPECT_FALSE(has({50, 150})) << "each by itself";
}

TEST_F(FailedReadsTest, TheNewestOneCounts) {
  fail({0, 100}, Errc::Throttled);
  now = now + 2s;
  fail({0, 200});
  now = now + 2s;
  EXPECT_EQ(failed.find({0, 100}, now)->code, Errc::Unavailable);
}

}  // namespace
}  // namespace g2afs::test
