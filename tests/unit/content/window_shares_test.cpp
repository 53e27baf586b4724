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
};

TEST_F(WindowSharesTest, OneReaderMayHaveEverything) {
  const WindowShares::Part only(shares);
  EXPECT_EQ(only.share(link).memory, 96 * kMiB);
  EXPECT_EQ(only.share(link).streams, 4u);
  EXPECT_EQ(only.share(link).request, link.request_size());
}

TEST_F(WindowSharesTest, WhoHoldsNothingTakesNoPart) {
  WindowShares::Part one(shares);
  const WindowShares::Part jumping(shares), other(shares);
  one.set(kMiB);
  EXPECT_EQ(one.share(link).memory, 96 * kMiB);
  EXPECT_EQ(other.share(link).memory, 48 * kMiB);
}

TEST_F(WindowSharesTest, TogetherTheyNeverHaveMoreThanThereIs) {
  std::deque<WindowShares::Part> parts;
  std::uint64_t held = 0;
  for (int i = 0; i < 200; ++i) {
    parts.emplace_back(shares);
    const std::uint64_t may = parts.back().share(link).memory;
    held += may;
    EXPECT_LE(held, 96 * kMiB);
    parts.back().set(may);
    EXPECT_GE(parts.back().share(link).streams, 1u);
  }
}

TEST_F(WindowSharesTest, ALateReaderGetsItsShareOnceTheOthersHaveReadDown) {
  WindowShares::Part early(shares), late(shares);
  early.set(90 * kMiB);
  EXPECT_EQ(late.share(link).memory, 6 * kMiB);
  late.set(6 * kMiB);
  EXPECT_EQ(early.share(link).memory, 48 * kMiB);
  early.set(48 * kMiB);
  EXPECT_EQ(late.share(link).memory, 48 * kMiB);
}

TEST_F(WindowSharesTest, WhoLeavesMakesRoom) {
  WindowShares::Part stays(shares);
  {
    WindowShares::Part leaves(shares);
    leaves.set(90 * kMiB);
    stays.set(kMiB);
    EXPECT_EQ(stays.share(link).streams, 2u);
  }
  EXPECT_EQ(stays.share(link).memory, 96 * kMiB);
  EXPECT_EQ(stays.share(link).streams, 4u);
}

}  // namespace
}  // namespace g2afs::test
