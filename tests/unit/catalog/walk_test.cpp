// SPDX-License-Identifier: MIT
#include "g2afs/catalog/walk.hpp"

#include <gtest/gtest.h>

namespace g2afs {
namespace {

Day day(int year, int month, int number) { return *make_day({year, month, number}); }
DaySpan one(int year, int month, int number) { return DaySpan::of_day(day(year, month, number)); }
DaySpan days(Day begin, int count) { return {begin, Day{begin.number + count}}; }

const Day kHorizon = day(2030, 1, 1);

class WalkTest : public testing::Test {
 protected:
  DaySpan list(const DaySpan& wanted, Day horizon = kHorizon) {
    const DaySpan span = walk.next(wanted, horizon);
    walk.step(span);
    return span;
  }
  Walk walk;
};

TEST_F(WalkTest, TheFirstDayIsListedAlone) { EXPECT_EQ(list(one(2016, 11, 24)), one(2016, 11, 24)); }

TEST_F(WalkTest, EachStepCoversTwiceTheDays) {
  list(one(2016, 11, 1));
  EXPECT_EQ(list(one(2016, 11, 2)), days(day(2016, 11, 2), 2));
  EXPECT_EQ(list(one(2016, 11, 4)), days(day(2016, 11, 4), 4));
  EXPECT_EQ(list(one(2016, 11, 8)), days(day(2016, 11, 8), 8));
}

TEST_F(WalkTest, LongStepsEndWithAMonthAndThenWithAYear) {
  walk.step(days(day(2016, 11, 1), 8));
  EXPECT_EQ(list(one(2016, 11, 9)), (DaySpan{day(2016, 11, 9), day(2016, 12, 1)}));
  EXPECT_EQ(list(one(2016, 12, 1)), (DaySpan{day(2016, 12, 1), day(2017, 2, 1)}));
  walk.step(days(day(2017, 2, 1), 100));
  EXPECT_EQ(list(one(2017, 5, 12)), (DaySpan{day(2017, 5, 12), day(2018, 1, 1)}));
}

TEST_F(WalkTest, PassesOverAGapOfTwoMonths) {
  list(one(2016, 1, 1));
  EXPECT_EQ(list(one(2016, 3, 1)), days(day(2016, 3, 1), 2));
  EXPECT_EQ(list(one(2016, 6, 1)), one(2016, 6, 1));
}

TEST_F(WalkTest, AListingElsewhereBeginsAnew) {
  list(one(2016, 1, 1));
  list(one(2016, 1, 2));
  EXPECT_EQ(list(one(2016, 1, 1)), one(2016, 1, 1));
  EXPECT_EQ(list(one(2015, 1, 1)), one(2015, 1, 1));
}

TEST_F(WalkTest, StopsAtTheHorizonButNeverBeforeWhatIsWanted) {
  walk.step(days(day(2016, 1, 1), 200));
  EXPECT_EQ(list(one(2016, 7, 20), day(2017, 1, 1)).end, day(2017, 1, 1));
  walk.step(days(day(2016, 1, 1), 200));
  EXPECT_EQ(list(one(2016, 7, 20), day(2016, 7, 1)), one(2016, 7, 20));
}

TEST_F(WalkTest, ReachesAMonthAfterHalfAMonthAndAYearOnlyLater) {
  const DateDir december{2016, 12, 0}, year{2017, 0, 0};
  EXPECT_FALSE(walk.reaches(december));
  walk.step(days(day(2016, 11, 16), 15));
  EXPECT_FALSE(walk.reaches(december));  // thirty days would not cover it
  walk.step(days(day(2016, 11, 15), 16));
  EXPECT_TRUE(walk.reaches(december));
  EXPECT_FALSE(walk.reaches(year));
  walk.step({day(2016, 12, 1), day(2016, 12, 10)});
  walk.step({day(2016, 12, 10), day(2017, 1, 1)});
  EXPECT_FALSE(walk.reaches(year));
  EXPECT_FALSE(walk.reaches(DateDir::root()));

  Walk long_walk;
  for (int month = 1; month <= 9; month += 4) long_walk.step({day(2016, month, 1), day(2016, month + 3, 1)});
  long_walk.step({day(2016, 12, 1), day(2017, 1, 1)});
  EXPECT_FALSE(long_walk.reaches(year));
  long_walk.step({day(2017, 1, 1), day(2018, 1, 1)});
  EXPECT_TRUE(long_walk.reaches({2018, 0, 0}));
}

TEST_F(WalkTest, AStepIsNoLongerThanWhatManyRecordingsTake) {
  walk.found(days(day(2016, 1, 1), 10), 10'000);
  walk.step(days(day(2016, 1, 1), 100));
  EXPECT_EQ(list(one(2016, 4, 10)).end, day(2016, 6, 1));  // 32 days, and on to the end of the month
  walk.found(days(day(2016, 6, 1), 10), 0);
  walk.step(days(day(2016, 6, 1), 100));
  EXPECT_EQ(list(one(2016, 9, 9)).end, day(2018, 1, 1));
}

}  // namespace
}  // namespace g2afs
