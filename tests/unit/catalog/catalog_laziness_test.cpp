// SPDX-License-Identifier: MIT
// Laziness: how many calls of `list` and `urls` each listing costs.
#include "catalog_fixture.hpp"

namespace g2afs::test {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
struct Account {
  int count;
  int untranscoded;  // of a thousand
};

class LazinessTest : public testing::TestWithParam<Account> {
 protected:
  LazinessTest() { fill_ten_years(world, GetParam().count, GetParam().untranscoded); }
  /// Each budget holds on a fresh mount.
  int calls_of(const std::function<bool()>& action) {
    return world.calls_of([&] { EXPECT_TRUE(action()); });
  }
  void report(int calls) { RecordProperty("calls", calls); }
  CatalogWorld world;
};
std::string name_of(const testing::TestParamInfo<Account>& of) {
  return std::to_string(of.param.count) + (of.param.untranscoded == 0 ? "" : "SomeUntranscoded");
}
INSTANTIATE_TEST_SUITE_P(Recordings, LazinessTest,
                         testing::Values(Account{20'000, 0}, Account{20'000, 20}, Account{200'000, 0}), name_of);

/// Those that list everything take a while with many.
using CatalogWalkTest = LazinessTest;
INSTANTIATE_TEST_SUITE_P(Recordings, CatalogWalkTest, testing::Values(Account{20'000, 0}, Account{20'000, 20}),
                         name_of);

TEST_P(LazinessTest, MountingCostsOneCall) { EXPECT_EQ(world.api.calls(), 1); }

TEST_P(LazinessTest, OneDayByItsPath) {
  const int calls = calls_of([&] { return world.list_path(kDayDir).has_value(); });
  report(calls);
  EXPECT_LE(calls, 6);
  EXPECT_EQ(world.day_recordings(kDay), world.truth(DaySpan::of_day(kDay)));
}

TEST_P(LazinessTest, TheRoot) {
  const int calls = calls_of([&] { return world.list(kRoot).has_value(); });
  report(calls);
  EXPECT_LE(calls, 40 - 1);
  EXPECT_EQ(world.names(kRoot).size(), 10U);
}

TEST_P(LazinessTest, AYear) {
  const int calls = calls_of([&] { return world.list({2012, 0, 0}).has_value(); });
  report(calls);
  EXPECT_LE(calls, 30);
  EXPECT_EQ(world.names({2012, 0, 0}).size(), 12U);
}

TEST_P(CatalogWalkTest, EverythingAndThenAgain) {
  const int pages = (GetParam().count + 499) / 500;
  const int calls = calls_of([&] { return world.find(); });
  report(calls);
  if (GetParam().untranscoded == 0) {  // dating those is not in the budget
    EXPECT_LE(calls, 4 * pages + 60);
  }
  EXPECT_EQ(world.tree_recordings(), world.truth(DaySpan::all()));
  EXPECT_EQ(calls_of([&] { return world.find(); }), 0);
}

TEST_P(CatalogWalkTest, EverythingAfterTheListingsAged) {
  ASSERT_TRUE(world.find());
  world.clock.advance(kStale);
  world.api.delay(world.clock, 100ms);
  const int calls = world.calls_of([&] { EXPECT_TRUE(world.find_known()); });
  report(calls);
  if (GetParam().untranscoded == 0) {
    EXPECT_LE(calls, 4 * ((GetParam().count + 499) / 500) + 60);
  }
  EXPECT_EQ(world.tree_recordings(), world.truth(DaySpan::all()));
}

TEST(Catalog, ALargeAccountThatDidNotChangeIsRefreshedWithHardlyMoreCallsThanItHasPages) {
  CatalogWorld world;
  fill_ten_years(world, 100'000, 0);
  ASSERT_TRUE(world.find());
  for (const auto latency : {0ms, 100ms}) {
    world.clock.advance(kStale);
    world.api.delay(world.clock, latency);
    const int calls = world.calls_of([&] { EXPECT_TRUE(world.find_known()); });
    const int pages = 2 * 100'000 / 500;  // of ids, and of what belongs to them
    EXPECT_LE(calls, pages * 11 / 10) << latency.count() << " ms";
    RecordProperty("calls_at_" + std::to_string(latency.count()) + "_ms", calls);
  }
}

TEST(Catalog, ASmallAccountIsListedWholeByItsFirstListing) {
  CatalogWorld world;
  AccountMaker(world, 1).fill({day(2010, 1, 1), day(2016, 12, 1)}, 300, 0);
  EXPECT_LE(world.calls_of([&] { EXPECT_TRUE(world.list(kRoot)); }), 4);
  EXPECT_EQ(world.calls_of([&] { EXPECT_TRUE(world.find()); }), 0);
  EXPECT_EQ(world.tree_recordings(), world.truth(DaySpan::all()));
  world.clock.advance(kStale);
  EXPECT_LE(world.calls_of([&] { EXPECT_TRUE(world.find()); }), 4);
}

TEST(Catalog, AnAccountOfAFewPagesIsWalkedInAboutAsManyCalls) {
  for (const int count : {500, 501, 1000, 2000}) {
    for (const int years : {1, 5}) {
      CatalogWorld world;
      for (int i = 0; i < count; ++i) {
        world.add(static_cast<std::uint64_t>(i + 1), at("2011-12-01T08:00:00Z") + i * (years * 365 * 24h / count));
      }
      const int calls = world.calls_of([&] { EXPECT_TRUE(world.find()); });
      EXPECT_LE(calls, count <= 1000 ? 10 : 40) << count << " over " << years;
      EXPECT_EQ(world.tree_recordings(), world.truth(DaySpan::all()));
      EXPECT_EQ(world.calls_of([&] { EXPECT_TRUE(world.find()); }), 0);
    }
  }
}

TEST(Catalog, OneDayOfAnAccountOfAFewPagesIsRefreshedByItself) {
  CatalogWorld world;
  for (std::uint64_t id = 1; id <= 900; ++id) world.add(id, at("2016-01-01T08:00:00Z") + id * 8h);
  ASSERT_TRUE(world.find());
  world.clock.advance(kStale);
  EXPECT_LE(world.calls_of([&] { EXPECT_TRUE(world.list(kDayDir)); }), 4);
}

TEST(Catalog, ASmallAccountThatGrewIsListedDirectoryByDirectory) {
  CatalogWorld world;
  for (std::uint64_t id = 1; id <= 400; ++id) world.add(id, at("2016-11-01T00:00:00Z") + id * 1h);
  ASSERT_TRUE(world.find());
  for (std::uint64_t id = 401; id <= 600; ++id) world.add(id, at("2016-11-01T00:00:00Z") + id * 1h);
  world.clock.advance(kStale);
  EXPECT_LE(world.calls_of([&] { EXPECT_TRUE(world.find_known()); }), 100);
  EXPECT_TRUE(world.find());
  EXPECT_EQ(world.tree_recordings(), world.truth(DaySpan::all()));
}

TEST(Catalog, ADirectoryThatGrewIsNotAskedTwiceWhetherItDid) {
  CatalogWorld world;
  for (std::uint64_t id = 1; id <= 400; ++id) world.add(id, at("2016-11-01T00:00:00Z") + id * 1h);
  AccountMaker(world, 2).fill(DaySpan::of_year(2014), 2000, 0);
  ASSERT_TRUE(world.list(DateDir{2016, 11, 0}));
  for (std::uint64_t id = 401; id <= 600; ++id) world.add(id, at("2016-11-01T00:00:00Z") + id * 1h);
  world.clock.advance(kStale);
  // Two to see that it has grown, one for each day, and a second for the last five, which hold nothing, and their end.
  EXPECT_LE(world.calls_of([&] { EXPECT_TRUE(world.refresh({2016, 11, 0})); }), 2 + 30 + 5 + 1);
}

TEST(Catalog, ARefreshDoesNotDateAgainWhatItKnows) {
  CatalogWorld world;
  for (int i = 0; i < 40; ++i) {
    world.add(static_cast<std::uint64_t>(i + 1), at("2016-01-10T08:00:00Z") + i * 24h * 7,
              i % 20 == 7 ? State::Untranscoded : State::Ready);
  }
  ASSERT_TRUE(world.find());
  world.clock.advance(kStale);
  const int calls = world.calls_of([&] { EXPECT_TRUE(world.find_known()); });
  EXPECT_LE(calls, 10) << "narrowing takes four times as many";
  EXPECT_EQ(world.tree_recordings(), world.truth(DaySpan::all()));
}

TEST(Catalog, OneDayOfAWalkedTreeIsRefreshedByItself) {
  CatalogWorld world;
  fill_ten_years(world, 20'000, 0);
  ASSERT_TRUE(world.find());
  world.clock.advance(kStale);
  EXPECT_LE(world.calls_of([&] { EXPECT_TRUE(world.list(kDayDir)); }), 4);
}

TEST(Catalog, DatesThatAreTriedOneAfterTheOtherAreAWalkToo) {
  CatalogWorld world;
  world.add(1, at("2016-03-05T10:00:00Z"));
  AccountMaker(world, 2).fill(DaySpan::of_year(2014), 2000, 0);
  const int calls = world.calls_of([&] {
    for (int number = 1; number <= 31; ++number) EXPECT_TRUE(world.locate({2016, 3, number}));
  });
  EXPECT_LE(calls, 12);
  EXPECT_THAT(world.names({2016, 3, 0}), ElementsAre("05"));
}

TEST(Catalog, WhatIsKnownToBeAbsentIsNotAskedForAgain) {
  CatalogWorld world;
  world.add(1, at("2016-11-24T10:00:00Z"));
  ASSERT_TRUE(world.find());
  const int calls = world.calls_of([&] {
    for (const DateDir dir : {DateDir{2015, 0, 0}, DateDir{2015, 3, 0}, DateDir{2015, 3, 1}, DateDir{2016, 10, 0},
                              DateDir{2016, 10, 1}, DateDir{2016, 11, 23}}) {
      EXPECT_TRUE(world.locate(dir));
      EXPECT_TRUE(world.list(dir));
      EXPECT_FALSE(knowledge(*world.catalog.tree(), dir).occupied);
    }
  });
  EXPECT_EQ(calls, 0);
}

TEST(Catalog, WhatTheFiltersExcludeIsNotThere) {
  Filters filters;
  filters.from = at("2016-01-01T00:00:00Z");
  CatalogWorld world("UTC", filters);
  world.add(1, at("2015-11-24T10:00:00Z"));
  EXPECT_FALSE(world.catalog.within_filters({2015, 0, 0}));
  EXPECT_TRUE(world.catalog.within_filters(kYear));
  EXPECT_EQ(world.calls_of([&] { EXPECT_TRUE(world.list({2015, 11, 24})); }), 0);
  EXPECT_TRUE(world.find());
  EXPECT_THAT(world.names(kRoot), IsEmpty());
}

}  // namespace
}  // namespace g2afs::test
