// SPDX-License-Identifier: MIT
#include "g2afs/content/sidecar_walk.hpp"

#include <optional>
#include <set>

#include <gtest/gtest.h>
#include <rapidcheck.h>

namespace g2afs {
namespace {

using namespace std::chrono_literals;

/// Days by number; those of an account are the multiples of three.
class SidecarWalkTest : public testing::Test {
 protected:
  static SidecarWalk::Place place(int number) {
    return {Day{number}, number == 0 ? std::nullopt : std::optional(Day{number - 3}), Day{number + 3}};
  }
  int asked(int number) { return signed_days(walk.asked(place(number), now)); }
  int visited(int number) { return signed_days(walk.visited(place(number), now)); }

  SidecarWalk walk;
  MonotonicTime now{1h};

 private:
  static int signed_days(const SidecarWalk::Ahead& ahead) {
    return ahead.direction == Towards::Later ? ahead.days : -ahead.days;
  }
};

TEST_F(SidecarWalkTest, OneDayIsNoWalk) {
  EXPECT_EQ(asked(30), 0);
  EXPECT_EQ(asked(30), 0);
  EXPECT_EQ(visited(30), 0);
}

TEST_F(SidecarWalkTest, EachStepDoublesWhatIsBroughtAhead) {
  EXPECT_EQ(asked(0), 0);
  EXPECT_EQ(asked(3), 2);
  EXPECT_EQ(asked(3), 2);
  EXPECT_EQ(asked(6), 4);
  EXPECT_EQ(asked(9), 8);
  EXPECT_EQ(asked(12), 8);
}

TEST_F(SidecarWalkTest, BackwardsAsWell) {
  asked(30);
  EXPECT_EQ(asked(27), -2);
  EXPECT_EQ(asked(24), -4);
}

TEST_F(SidecarWalkTest, WhoTurnsRoundBeginsAnew) {
  asked(30);
  EXPECT_EQ(asked(33), 2);
  EXPECT_EQ(asked(30), 0);
  EXPECT_EQ(asked(27), -2);
}

TEST_F(SidecarWalkTest, AJumpBeginsAnew) {
  asked(30);
  EXPECT_EQ(asked(33), 2);
  EXPECT_EQ(asked(300), 0);
  EXPECT_EQ(asked(303), 2);
}

TEST_F(SidecarWalkTest, AVisitCarriesAWalkOnButBeginsNone) {
  EXPECT_EQ(visited(30), 0);
  EXPECT_EQ(visited(33), 0);
  asked(60);
  EXPECT_EQ(visited(63), 2);
  EXPECT_EQ(visited(66), 4);
}

TEST_F(SidecarWalkTest, AVisitLongAfterTheWalkIsNoPartOfIt) {
  asked(30);
  asked(33);
  now = now + 31s;
  EXPECT_EQ(visited(36), 0);
  EXPECT_EQ(asked(36), 4);  // who asks goes on with it, however long he copied in between
}

TEST_F(SidecarWalkTest, WalksSideBySideAreToldApart) {
  for (const int from : {0, 300, 600, 900}) asked(from);
  for (const int from : {0, 300, 600, 900}) EXPECT_EQ(asked(from + 3), 2);
  for (const int from : {0, 300, 600, 900}) EXPECT_EQ(asked(from + 6), 4);
  asked(1200);  // one too many: the oldest is forgotten
  EXPECT_EQ(asked(309), 8);
  EXPECT_EQ(asked(9), 0);
}

TEST_F(SidecarWalkTest, WhatIsBroughtInVainIsBounded) {
  RC_ASSERT(rc::check("a random reader has at most eight days brought for each day he asks for", [] {
    SidecarWalk policy;
    std::set<int> brought, seen;
    const auto steps = *rc::gen::container<std::vector<int>>(rc::gen::inRange(-4, 5));
    int at = 3000;
    MonotonicTime clock{1h};
    for (const int step : steps) {
      at += 3 * step;
      seen.insert(at);
      const auto ahead = policy.asked(place(at), clock);
      for (int i = 1; i <= ahead.days; ++i) brought.insert(ahead.direction == Towards::Later ? at + 3 * i : at - 3 * i);
      clock = clock + 1s;
    }
    RC_ASSERT(brought.size() <= 8 * seen.size());
  }));
}

}  // namespace
}  // namespace g2afs
