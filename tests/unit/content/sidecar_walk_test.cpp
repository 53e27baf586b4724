// SPDX-License-Identifier: MIT
#include "g2afs/content/sidecar_walk.hpp"

#include <optional>
#include <vector>

#include <gtest/gtest.h>
#include <rapidcheck.h>

namespace g2afs {
namespace {

using namespace std::chrono_literals;
using Found = SidecarWalk::Found;

/// Days by number; those of an account are the multiples of three.
class SidecarWalkTest : public testing::Test {
 protected:
  static SidecarWalk::Place place(int number) {
    return {Day{number}, number == 0 ? std::nullopt : std::optional(Day{number - 3}), Day{number + 3}};
  }
  int asked(int number) { return signed_days(walk.asked(place(number), Found::Here, now)); }
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

TEST_F(SidecarWalkTest, AVisitCarriesAWalkOnButIsNoFirstStep) {
  EXPECT_EQ(visited(30), 0);
  EXPECT_EQ(visited(33), 0);
  asked(60);
  EXPECT_EQ(visited(63), 0);  // a listing of names that follows a look at one day
  EXPECT_EQ(asked(63), 2);
  EXPECT_EQ(visited(66), 4);
  EXPECT_EQ(visited(66), 0);  // he is there already
  EXPECT_EQ(visited(69), 8);
}

TEST_F(SidecarWalkTest, TellsWhoHasJustComeAndWhoAsksInVainAgain) {
  const auto first = walk.asked(place(30), Found::Missing, now);
  EXPECT_FALSE(first.stepped);
  EXPECT_FALSE(first.in_vain);
  EXPECT_FALSE(walk.asked(place(30), Found::Here, now).in_vain);
  // Another one elsewhere does not matter.
  EXPECT_FALSE(walk.asked(place(300), Found::Missing, now).in_vain);
  EXPECT_TRUE(walk.asked(place(30), Found::Missing, now).in_vain);
  const auto next = walk.asked(place(33), Found::Missing, now);
  EXPECT_TRUE(next.stepped);
  EXPECT_FALSE(next.in_vain);
  EXPECT_FALSE(walk.asked(place(33), Found::Here, now).stepped);
}

TEST_F(SidecarWalkTest, AVisitLongAfterTheWalkIsNoPartOfIt) {
  asked(30);
  asked(33);
  now = now + 31s;
  EXPECT_EQ(visited(36), 0);
  EXPECT_EQ(asked(36), 4);  // who asks goes on with it, however long he copied in between
}

TEST_F(SidecarWalkTest, WalksSideBySideAreToldApart) {
  const std::vector<int> begins{0, 300, 600, 900, 1200, 1500, 1800, 2100};
  for (const int from : begins) asked(from);
  for (const int from : begins) EXPECT_EQ(asked(from + 3), 2);
  for (const int from : begins) EXPECT_EQ(asked(from + 6), 4);
  EXPECT_EQ(asked(9), 8);
  asked(3000);  // one too many: the one that has not asked for longest is forgotten
  EXPECT_EQ(asked(12), 8);
  EXPECT_EQ(asked(309), 0);
}

TEST_F(SidecarWalkTest, OnlyStepsToTheNextDayAreWorthAnything) {
  RC_ASSERT(rc::check("who jumps about is brought nothing", [] {
    SidecarWalk policy;
    int at = 30'000;
    for (const int jump : *rc::gen::container<std::vector<int>>(rc::gen::inRange(2, 100))) {
      at += 3 * jump * (*rc::gen::arbitrary<bool>() ? 1 : -1);
      // Not beside a day he was in before either.
      const auto ahead =
          policy.asked({Day{at * 7}, Day{at * 7 - 1}, Day{at * 7 + 1}}, Found::Missing, MonotonicTime{1h});
      RC_ASSERT(ahead.days == 0);
    }
  }));
}

}  // namespace
}  // namespace g2afs
