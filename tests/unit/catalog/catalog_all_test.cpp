// SPDX-License-Identifier: MIT
// Everything under a directory, and many days, in few calls.
#include "catalog_fixture.hpp"

namespace g2afs::test {
namespace {

using testing::IsEmpty;

class CatalogAll : public testing::Test {
 protected:
  CatalogAll() {
    // 6,000 in November, 1,000 in each year before.
    for (std::uint64_t i = 0; i < 6'000; ++i) world.add(i + 1, at("2016-11-01T00:00:00Z") + i * 400s);
    for (std::uint64_t i = 0; i < 2'000; ++i) world.add(10'001 + i, at("2014-01-01T00:00:00Z") + i * 31'000s);
  }
  Result<void> list_all(DateDir dir) { return world.run(world.catalog.list_all(dir)); }
  CatalogWorld world;
};

TEST_F(CatalogAll, ListsAMonthInAboutAsManyCallsAsItHasPages) {
  EXPECT_LE(world.calls_of([&] { ASSERT_TRUE(list_all(kMonth)); }), 2 * 12 + 10);
  EXPECT_EQ(world.tree_recordings(), world.truth(kMonth.span()));
}

TEST_F(CatalogAll, ListsTheRootAYearAtATime) {
  EXPECT_LE(world.calls_of([&] { ASSERT_TRUE(list_all(kRoot)); }), 2 * 16 + 40);
  EXPECT_EQ(world.tree_recordings(), world.truth(DaySpan::all()));
}

TEST_F(CatalogAll, AsksForNothingThatIsFresh) {
  ASSERT_TRUE(list_all(kRoot));
  for (const DateDir& dir : {kRoot, kYear, kMonth, kDayDir}) {
    EXPECT_EQ(world.calls_of([&] { ASSERT_TRUE(list_all(dir)); }), 0) << dir.path();
  }
  world.clock.advance(kStale);
  EXPECT_GT(world.calls_of([&] { ASSERT_TRUE(list_all(kDayDir)); }), 0);
}

TEST_F(CatalogAll, ADirectoryWhoseChildrenAreKnownButNotWhatTheyHoldIsListed) {
  ASSERT_TRUE(world.list(kYear));
  ASSERT_TRUE(list_all(kYear));
  EXPECT_EQ(world.day_recordings(kDay).size(), 216U);
}

TEST_F(CatalogAll, AListingThatFailsIsTheError) {
  ASSERT_TRUE(world.list(kRoot));
  int calls = 0;
  world.api.fault = [&](FakeArchiveApi::Call) { return ++calls > 3 ? std::optional(Errc::Unavailable) : std::nullopt; };
  EXPECT_EQ(list_all(kRoot).error().code, Errc::Unavailable);
}

TEST_F(CatalogAll, ManyDaysAreRefreshedTogether) {
  ASSERT_TRUE(list_all(kRoot));
  std::vector<Day> days;
  for (int number = 1; number <= 28; ++number) days.push_back(day(2016, 11, number));
  world.clock.advance(1s);
  world.add(999'999, at("2016-11-24T08:00:00Z"));
  EXPECT_LE(world.calls_of([&] { EXPECT_TRUE(world.run(world.catalog.refresh_days(days))); }), 40);
  EXPECT_EQ(world.day_recordings(kDay).size(), 217U);
}

TEST_F(CatalogTest, DaysThatWereListedTogetherAreRefreshedTogether) {
  world.api.find({2})->state = State::Ready;
  ASSERT_TRUE(world.find());
  world.clock.advance(1s);
  world.add(4, at("2016-11-24T10:00:00Z"));
  std::vector<Day> days{day(2016, 10, 1), kDay};
  EXPECT_LE(world.calls_of([&] { EXPECT_TRUE(world.run(world.catalog.refresh_days(days))); }), 3);
  EXPECT_EQ(world.day_recordings(kDay), world.truth(DaySpan::of_day(kDay)));
}

}  // namespace
}  // namespace g2afs::test
