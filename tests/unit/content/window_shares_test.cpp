// SPDX-License-Identifier: MIT
#include "g2afs/content/window_shares.hpp"

#include <deque>

#include <gtest/gtest.h>

namespace g2afs::test {
namespace {

constexpr std::uint64_t kMiB = 1 << 20;

class WindowSharesTest : public testing::Test {
 protected:
  Link link{28};  // four streams at first
  WindowShares shares{96 * kMiB};
  MonotonicTime now{};
};

TEST_F(WindowSharesTest, OneReaderMayHaveEverything) {
  WindowShares::Part only(shares);
  EXPECT_EQ(only.share(link, now).memory, 96 * kMiB);
  EXPECT_EQ(only.share(link, now).streams, 4u);
  EXPECT_EQ(only.share(link, now).request, link.request_size());
}

TEST_F(WindowSharesTest, WhoHoldsNothingTakesNoPart) {
  WindowShares::Part one(shares);
  WindowShares::Part jumping(shares), other(shares);
  one.set(kMiB, now);
  EXPECT_EQ(one.share(link, now).memory, 96 * kMiB);
  EXPECT_EQ(other.share(link, now).memory, 48 * kMiB);
}

TEST_F(WindowSharesTest, TogetherTheyNeverHaveMoreThanThereIs) {
  std::deque<WindowShares::Part> parts;
  std::uint64_t held = 0;
  for (int i = 0; i < 200; ++i) {
    parts.emplace_back(shares);
    const std::uint64_t may = parts.back().share(link, now).memory;
    held += may;
    EXPECT_LE(held, 96 * kMiB);
    parts.back().set(may, now);
    EXPECT_GE(parts.back().share(link, now).streams, 1u);
  }
}

TEST_F(WindowSharesTest, ALateReaderGetsItsShareOnceTheOthersHaveReadDown) {
  WindowShares::Part early(shares), late(shares);
  early.set(90 * kMiB, now);
  EXPECT_EQ(late.share(link, now).memory, 6 * kMiB);
  late.set(6 * kMiB, now);
  EXPECT_EQ(early.share(link, now).memory, 48 * kMiB);
  early.set(48 * kMiB, now);
  EXPECT_EQ(late.share(link, now).memory, 48 * kMiB);
}

TEST_F(WindowSharesTest, WhoHasNotReadForAWhileTakesNoPart) {
  WindowShares::Part paused(shares), reading(shares);
  paused.set(90 * kMiB, now);
  reading.set(6 * kMiB, now);
  now = now + std::chrono::seconds{4};
  reading.set(6 * kMiB, now);
  EXPECT_EQ(reading.share(link, now).memory, 6 * kMiB);
  now = now + std::chrono::seconds{4};
  EXPECT_EQ(reading.share(link, now).memory, 96 * kMiB);
  EXPECT_EQ(reading.share(link, now).streams, 4u);
  reading.set(90 * kMiB, now);
  EXPECT_EQ(paused.share(link, now).memory, 6 * kMiB);  // it is back
}

TEST_F(WindowSharesTest, WhoLeavesMakesRoom) {
  WindowShares::Part stays(shares);
  {
    WindowShares::Part leaves(shares);
    leaves.set(90 * kMiB, now);
    stays.set(kMiB, now);
    EXPECT_EQ(stays.share(link, now).streams, 2u);
  }
  EXPECT_EQ(stays.share(link, now).memory, 96 * kMiB);
  EXPECT_EQ(stays.share(link, now).streams, 4u);
}

}  // namespace
}  // namespace g2afs::test
