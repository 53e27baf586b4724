// SPDX-License-Identifier: MIT
#include "g2afs/catalog/refresh_plan.hpp"

#include <algorithm>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "catalog_world.hpp"

namespace g2afs::test {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

/// A known tree with `a_day` recordings on every day of 2014 to 2016.
std::shared_ptr<const Tree> tree_with(int a_day) {
  auto tree = std::make_shared<Tree>();
  for (int year = 2014; year <= 2016; ++year) {
    auto year_node = std::make_shared<YearNode>(YearNode{year, true, false, nullptr, {}});
    for (int month = 1; month <= 12; ++month) {
      auto month_node = std::make_shared<MonthNode>(MonthNode{year, month, true, false, nullptr, {}});
      const DaySpan days = DaySpan::of_month(year, month);
      for (Day date = days.begin; date < days.end; ++date.number) {
        month_node->days.push_back(std::make_shared<DayNode>(
            DayNode{date, true, nullptr, std::vector<Recording>(static_cast<std::size_t>(a_day))}));
      }
      year_node->months.push_back(std::move(month_node));
    }
    tree->years.push_back(std::move(year_node));
  }
  return tree;
}

std::set<DateDir> days_of(const DaySpan& span) {
  std::set<DateDir> days;
  for (Day date = span.begin; date < span.end; ++date.number) days.insert(DateDir::of(date));
  return days;
}

TEST(RefreshPlan, NothingIsNothing) {
  const auto plan = plan_refresh(*tree_with(1), {});
  EXPECT_THAT(plan.spans, IsEmpty());
  EXPECT_THAT(plan.children, IsEmpty());
}

TEST(RefreshPlan, OneDirectoryIsRefreshedByItself) {
  const auto tree = tree_with(300);
  const DateDir date{2015, 3, 4}, month{2015, 3, 0}, year{2015, 0, 0};
  EXPECT_THAT(plan_refresh(*tree, {date}).spans, ElementsAre(date.span()));
  for (const DateDir& dir : {month, year, DateDir::root()}) {
    const auto plan = plan_refresh(*tree, {dir});
    EXPECT_THAT(plan.spans, IsEmpty());
    EXPECT_THAT(plan.children, ElementsAre(dir));
  }
}

TEST(RefreshPlan, AWalkIsRefreshedInWholes) {
  auto stale = days_of(DaySpan::of_year(2015));
  for (int month = 1; month <= 12; ++month) stale.insert({2015, month, 0});
  stale.insert({2015, 0, 0});
  for (const int a_day : {1, 30, 300}) {
    const auto plan = plan_refresh(*tree_with(a_day), stale);
    ASSERT_EQ(plan.spans.size(), 1u);
    EXPECT_TRUE(plan.spans.front().contains(DaySpan::of_year(2015)));
    EXPECT_THAT(plan.children, IsEmpty());
  }
}

TEST(RefreshPlan, ABeginningOfALargeYearDoesNotPullAllOfIt) {
  auto stale = days_of({day(2015, 1, 1), day(2015, 1, 20)});
  stale.insert({2015, 0, 0});
  const auto plan = plan_refresh(*tree_with(300), stale);
  EXPECT_THAT(plan.spans, ElementsAre(DaySpan::of_month(2015, 1)));
  EXPECT_THAT(plan.children, ElementsAre(DateDir{2015, 0, 0}));
}

TEST(RefreshPlan, DaysFarApartStayApart) {
  const DateDir one{2014, 2, 3}, other{2016, 10, 11};
  EXPECT_THAT(plan_refresh(*tree_with(300), {one, other}).spans, ElementsAre(one.span(), other.span()));
}

RC_GTEST_PROP(RefreshPlan, EverythingStaleIsAskedForOnce, ()) {
  const auto tree = tree_with(*rc::gen::element(0, 1, 5, 40, 600));
  std::set<DateDir> stale;
  const auto count = *rc::gen::inRange(0, 60);
  for (int i = 0; i < count; ++i) {
    const DateDir date = DateDir::of(Day{*rc::gen::inRange(day(2014, 1, 1).number, day(2017, 1, 1).number)});
    stale.insert(*rc::gen::element(date, date, date, date.parent(), date.parent().parent(), DateDir::root()));
  }
  const auto plan = plan_refresh(*tree, stale);
  for (const DateDir& dir : stale) {
    const auto covered = std::count_if(plan.spans.begin(), plan.spans.end(),
                                       [&](const DaySpan& span) { return span.contains(dir.span()); });
    const auto asked = std::count(plan.children.begin(), plan.children.end(), dir);
    RC_ASSERT(covered + asked == 1);
  }
  for (const DateDir& dir : plan.children) RC_ASSERT(!dir.is_day() && stale.contains(dir));
  for (std::size_t i = 1; i < plan.spans.size(); ++i) RC_ASSERT(plan.spans[i - 1].end < plan.spans[i].begin);
}

}  // namespace
}  // namespace g2afs::test
