// SPDX-License-Identifier: MIT
#include "g2afs/catalog/catalog.hpp"

#include <atomic>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "catalog_world.hpp"

namespace g2afs::test {
namespace {

using namespace std::chrono_literals;
using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Not;

const Day kDay = day(2016, 11, 24);
const DateDir kRoot{}, kYear{2016, 0, 0}, kMonth{2016, 11, 0}, kDayDir{2016, 11, 24};
constexpr auto kStale = 61s;

// Laziness: calls to `list` and `urls`

/// A busy account: `count` recordings over ten years, most on weekdays between 8 and 18 h, 30 % of them
/// archived, and `untranscoded` of a thousand ready for transcode.
void fill_ten_years(CatalogWorld& world, int count, int untranscoded) {
  std::mt19937 random(4711);
  const auto number = [&](int most) { return std::uniform_int_distribution<int>(0, most - 1)(random); };
  const DaySpan days{day(2007, 1, 1), day(2016, 12, 1)};
  for (int i = 0; i < count; ++i) {
    Day date{days.begin.number + number(days.days())};
    if (const int weekday = (date.number + 4) % 7; (weekday == 0 || weekday == 6) && number(10) != 0) {
      date.number -= weekday == 0 ? 2 : 1;
    }
    const Time start = Time{24h * date.number + 8h + 1s * number(36'000)};
    const State state = number(1000) < untranscoded ? State::Untranscoded : State::Ready;
    world.add(static_cast<std::uint64_t>(i) * 16 + 1, start, state, number(10) < 3);
  }
  // The mount's own check.
  const bool archived = world.enumerator.first_archived_value();
  ListQuery query;
  query.archived = archived;
  world.enumerator.first_page(archived, world.run(world.api.list(query)).value());
}

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

// Refresh

class CatalogTest : public testing::Test {
 protected:
  CatalogTest() {
    world.add(1, at("2016-11-24T08:00:00Z"));
    world.add(2, at("2016-11-24T09:00:00Z"), State::Untranscoded);
    world.add(3, at("2016-10-01T09:00:00Z"), State::Ready, true);
  }
  std::set<std::uint64_t> ids() const {
    std::set<std::uint64_t> all;
    for (const Shown& one : world.day_recordings(kDay)) all.insert(one.id);
    return all;
  }
  /// Lists what is known, and lets the refresh that this starts end.
  void age_and_list(Duration by = kStale, DateDir dir = kDayDir) {
    world.clock.advance(by);
    EXPECT_TRUE(world.list(dir));
  }
  CatalogWorld world;
};

TEST_F(CatalogTest, AStaleListingIsServedAtOnceAndRefreshedBehindIt) {
  ASSERT_TRUE(world.list(kDayDir));
  world.clock.advance(kStale);
  world.add(4, at("2016-11-24T10:00:00Z"));
  world.api.delay(world.clock, 10s);
  std::optional<Result<void>> listed;
  struct List {
    static Task<> run(Catalog& catalog, std::optional<Result<void>>& out) {
      out.emplace(co_await catalog.list(kDayDir));
    }
  };
  world.loop.spawn(List::run(world.catalog, listed));
  world.settle();
  ASSERT_TRUE(listed.has_value());
  EXPECT_TRUE(*listed);
  EXPECT_THAT(ids(), ElementsAre(1, 2));
  EXPECT_GT(world.loop.running(), 0U);
  EXPECT_TRUE(world.clock.run(world.loop));
  EXPECT_THAT(ids(), ElementsAre(1, 2, 4));
}

TEST_F(CatalogTest, AFreshListingIsNotAskedForAgain) {
  ASSERT_TRUE(world.find());
  world.clock.advance(59s);
  EXPECT_EQ(world.calls_of([&] { EXPECT_TRUE(world.find()); }), 0);
}

TEST_F(CatalogTest, RefreshAsksWhateverTheAge) {
  ASSERT_TRUE(world.find());
  world.add(4, at("2016-11-24T10:00:00Z"));
  world.add(5, at("2016-11-25T10:00:00Z"));
  world.add(6, at("2015-11-25T10:00:00Z"));
  EXPECT_TRUE(world.refresh(kDayDir));
  EXPECT_THAT(ids(), ElementsAre(1, 2, 4));
  EXPECT_TRUE(world.refresh(kMonth));
  EXPECT_THAT(world.names(kMonth), ElementsAre("24", "25"));
  EXPECT_TRUE(world.refresh(kRoot));
  EXPECT_THAT(world.names(kRoot), ElementsAre("2015", "2016"));
}

TEST_F(CatalogTest, RefreshDoesNotJoinAListingThatBeganBeforeIt) {
  // The day is being listed for its own sake, or with everything for the sake of another directory.
  for (const DateDir& under_way : {kDayDir, kRoot, kMonth}) {
    SCOPED_TRACE(under_way.path());
    CatalogWorld busy;
    busy.add(1, at("2016-11-24T08:00:00Z"));
    ASSERT_TRUE(busy.find());
    busy.clock.advance(kStale);
    busy.api.delay(busy.clock, 10s);
    std::set<Shown> seen;
    int users = 0;
    struct Refresh {
      static Task<> run(CatalogWorld& of, std::set<Shown>& out) {
        const Result<void> done = co_await of.catalog.refresh(kDayDir);
        EXPECT_TRUE(done);
        out = of.day_recordings(kDay);
      }
    };
    busy.api.answered = [&](FakeArchiveApi::Call) {
      if (users++ != 1) return;
      busy.add(2, at("2016-11-24T10:00:00Z"));
      busy.loop.spawn(Refresh::run(busy, seen));
    };
    busy.catalog.refresh_if_stale(under_way);
    EXPECT_TRUE(busy.clock.run(busy.loop));
    EXPECT_EQ(seen.size(), 2U);
  }
}

TEST_F(CatalogTest, RefreshesThatWaitForOneUnderWayShareTheNext) {
  ASSERT_TRUE(world.find());
  world.clock.advance(kStale);
  world.api.delay(world.clock, 1s);
  int refreshed = 0;
  struct Refresh {
    static Task<> run(Catalog& catalog, int& count) {
      const Result<void> done = co_await catalog.refresh(kDayDir);
      if (done) ++count;
    }
  };
  world.catalog.refresh_if_stale(kDayDir);
  const int calls = world.calls_of([&] {
    for (int i = 0; i < 10; ++i) world.loop.spawn(Refresh::run(world.catalog, refreshed));
    EXPECT_TRUE(world.clock.run(world.loop));
  });
  EXPECT_EQ(refreshed, 10);
  EXPECT_LE(calls, 8);
}

TEST_F(CatalogTest, AFailingApiKeepsTheOldListingAndIsLoggedOnce) {
  ASSERT_TRUE(world.find());
  const auto before = world.tree_recordings();
  world.api.remove({1});
  world.api.fail_next(1000, Errc::Unavailable);
  for (int i = 0; i < 5; ++i) {
    world.clock.advance(1h);
    EXPECT_TRUE(world.find());
    EXPECT_EQ(world.tree_recordings(), before);
  }
  EXPECT_EQ(world.logged("listing fails"), 1U);
  EXPECT_EQ(world.logged("listing works again"), 0U);
  EXPECT_FALSE(world.catalog.health().last_error.empty());
  EXPECT_THAT(world.kernel.gone, IsEmpty());

  world.api.fail_next(0, Errc::Unavailable);
  age_and_list();
  EXPECT_EQ(world.logged("listing works again"), 1U);
  EXPECT_TRUE(world.catalog.health().last_error.empty());
  EXPECT_EQ(world.catalog.health().last_refresh, world.clock.wall_now());
}

TEST_F(CatalogTest, AFirstListingThatFailsIsAnError) {
  for (const DateDir dir : {kRoot, kYear, kMonth, kDayDir}) {
    world.api.fail_next(1, Errc::Denied);
    const auto listed = world.list(dir);
    ASSERT_FALSE(listed) << dir.path();
    EXPECT_EQ(listed.error().code, Errc::Denied);
    EXPECT_FALSE(knowledge(*world.catalog.tree(), dir).listed);
  }
  for (const DateDir dir : {kYear, kMonth, kDayDir}) {
    world.api.fail_next(1, Errc::Denied);
    EXPECT_FALSE(world.locate(dir)) << dir.path();
  }
  EXPECT_EQ(world.logged("listing fails"), 1U);
  EXPECT_TRUE(world.find());
  EXPECT_THAT(ids(), ElementsAre(1, 2));
}

TEST_F(CatalogTest, AFailureInTheMiddleOfAListingChangesNothing) {
  AccountMaker(world, 3).fill(DaySpan::of_month(2016, 11), 1200);
  ASSERT_TRUE(world.find());
  world.clock.advance(kStale);
  const auto before = world.tree_recordings();
  for (int good = 0; good < 3; ++good) {
    int calls = 0;
    world.api.fault = [&](FakeArchiveApi::Call) {
      return calls++ >= good ? std::optional(Errc::Unavailable) : std::nullopt;
    };
    EXPECT_FALSE(world.refresh(kDayDir));
    EXPECT_EQ(world.tree_recordings(), before);
  }
}

TEST_F(CatalogTest, ManyWhoWaitForOneListingCostOne) {
  world.api.delay(world.clock, 1s);
  int listed = 0;
  struct List {
    static Task<> run(Catalog& catalog, int& count) {
      const Result<void> done = co_await catalog.list(kDayDir);
      if (done) ++count;
    }
  };
  for (int i = 0; i < 50; ++i) world.loop.spawn(List::run(world.catalog, listed));
  EXPECT_TRUE(world.clock.run(world.loop));
  EXPECT_EQ(listed, 50);
  EXPECT_LE(world.api.calls(), 5);

  world.clock.advance(kStale);
  const int refresh = world.calls_of([&] {
    for (int i = 0; i < 50; ++i) world.loop.spawn(List::run(world.catalog, listed));
    EXPECT_TRUE(world.clock.run(world.loop));
  });
  EXPECT_EQ(listed, 100);
  EXPECT_LE(refresh, 5);
}

TEST_F(CatalogTest, ManyDirectoriesOfOneListingAreRefreshedTogether) {
  AccountMaker(world, 4).fill(DaySpan::of_month(2016, 11), 300, 0);
  world.api.remove({2});
  ASSERT_TRUE(world.list(kRoot));
  world.clock.advance(kStale);
  world.api.delay(world.clock, 1s);
  const int calls = world.calls_of([&] {
    for (int number = 1; number <= 30; ++number) world.catalog.refresh_if_stale({2016, 11, number});
    EXPECT_TRUE(world.clock.run(world.loop));
  });
  EXPECT_LE(calls, 4);
}

TEST_F(CatalogTest, ADayThatAnotherListingIsAboutToBringIsNotAskedForAgain) {
  CatalogWorld busy;
  fill_ten_years(busy, 20'000, 0);
  for (const int number : {1, 2, 3, 4}) ASSERT_TRUE(busy.list({2016, 8, number}));
  busy.api.delay(busy.clock, 1s);
  struct List {
    static Task<> run(Catalog& catalog, DateDir dir) {
      const Result<void> listed = co_await catalog.list(dir);
      EXPECT_TRUE(listed);
    }
  };
  const int calls = busy.calls_of([&] {
    for (const int number : {8, 9, 10, 11, 9}) busy.loop.spawn(List::run(busy.catalog, {2016, 8, number}));
    EXPECT_TRUE(busy.clock.run(busy.loop));
  });
  EXPECT_LE(calls, 4);
}

// The first page that the check before mounting asked for

class FirstPageTest : public testing::Test {
 protected:
  FirstPageTest() : world("UTC", excluding()) {
    world.add(1, at("2016-11-24T08:00:00Z"));
    world.enumerator.first_page(false, world.run(world.api.list({})).value());
  }
  static Filters excluding() {
    Filters filters;
    filters.archived = Filters::Archived::Exclude;
    return filters;
  }
  CatalogWorld world;
};

TEST_F(FirstPageTest, TakesNothingAwayThatCameAfterIt) {
  world.clock.advance(30s);
  world.add(2, at("2016-11-24T09:00:00Z"));
  ASSERT_TRUE(world.list(kDayDir));
  EXPECT_EQ(world.day_recordings(kDay).size(), 2U);
  world.clock.advance(20s);
  EXPECT_EQ(world.calls_of([&] { EXPECT_TRUE(world.list(kRoot)); }), 1);  // only `urls`
  EXPECT_EQ(world.day_recordings(kDay).size(), 2U);
  // It is as old as the page.
  world.clock.advance(11s);
  EXPECT_GT(world.calls_of([&] { EXPECT_TRUE(world.list(kRoot)); }), 0);
}

TEST_F(FirstPageTest, IsNotWhatARefreshShows) {
  world.add(2, at("2016-11-24T09:00:00Z"));
  ASSERT_TRUE(world.refresh(kRoot));
  EXPECT_EQ(world.tree_recordings().size(), 2U);
}

TEST_F(FirstPageTest, SpeaksForAsLongAsAListingDoes) {
  for (const Duration age : {Duration{kStale}, Duration{29s}}) {
    Metrics metrics;
    CatalogOptions options = world.options();
    options.dir_ttl = 30s;
    Catalog catalog(world.loop, world.enumerator, world.clock, metrics, world.log, options);
    world.enumerator.first_page(false, world.run(world.api.list({})).value());
    world.clock.advance(age);
    world.api.reset_calls();
    ASSERT_TRUE(world.run(catalog.list(kRoot)));
    EXPECT_EQ(world.api.lists, age < options.dir_ttl ? 0 : 1);
    options.dir_ttl = 1h;
    Catalog slow(world.loop, world.enumerator, world.clock, metrics, world.log, options);
    world.enumerator.first_page(false, world.run(world.api.list({})).value());
    world.clock.advance(30min);
    world.api.reset_calls();
    ASSERT_TRUE(world.run(slow.list(kRoot)));
    EXPECT_EQ(world.api.lists, 0);
  }
}

// What vanishes, and what comes back

TEST_F(CatalogTest, ATranscodeIsSeenFromBeginningToEnd) {
  ASSERT_TRUE(world.find());
  world.api.find({2})->state = State::Transcoding;
  age_and_list();
  EXPECT_THAT(world.day_recordings(kDay), Contains(Shown{kDay, 2, State::Transcoding, false}));
  EXPECT_THAT(world.kernel.changes, Contains(recording_ino(kDay, {2})));
  world.kernel.changes.clear();
  age_and_list(23h);
  EXPECT_THAT(ids(), ElementsAre(1, 2));
  world.api.find({2})->state = State::Ready;
  age_and_list();
  EXPECT_THAT(world.day_recordings(kDay), Contains(Shown{kDay, 2, State::Ready, false}));
  EXPECT_THAT(world.kernel.changes, Contains(recording_ino(kDay, {2})));
  EXPECT_THAT(world.kernel.gone, IsEmpty());
}

TEST_F(CatalogTest, ATranscodeThatNeverEndsIsDroppedAfterADay) {
  ASSERT_TRUE(world.find());
  world.api.find({2})->state = State::Transcoding;
  age_and_list();
  age_and_list(24h - 1min);
  EXPECT_THAT(ids(), ElementsAre(1, 2));
  age_and_list(1min + 1s);
  EXPECT_THAT(ids(), ElementsAre(1));
  EXPECT_THAT(world.kernel.gone, ElementsAre("2016/11/24/2"));
}

TEST(Catalog, OneThatWasFiledUnderTheDayBesideIsNotShownTwice) {
  CatalogWorld world;
  world.api.to_inclusive = true;
  const Day first = day(2016, 11, 24), second = day(2016, 11, 25);
  world.add(1, world.zone().begin_of(second), State::Untranscoded);
  // Both days return it. When it is asked which of them has it, it is in no list for a moment.
  int lists = 0;
  world.api.answered = [&](FakeArchiveApi::Call call) {
    if (call != FakeArchiveApi::Call::List) return;
    world.api.find({1})->state = ++lists == 2 ? State::Transcoding : State::Untranscoded;
  };
  ASSERT_TRUE(world.list(DateDir::of(first)));
  world.api.answered = nullptr;
  world.api.find({1})->state = State::Untranscoded;
  ASSERT_EQ(world.day_recordings(first).size(), 1u) << "the case this test is for";
  ASSERT_TRUE(world.list(DateDir::of(second)));
  ASSERT_TRUE(world.refresh(DateDir::of(first)));
  EXPECT_EQ(world.day_recordings(first).size(), 0u);
  EXPECT_EQ(world.day_recordings(second).size(), 1u);
}

TEST_F(CatalogTest, AReadyOneGoesWithTheSecondListingThatLacksIt) {
  ASSERT_TRUE(world.find());
  world.api.remove({1});
  age_and_list();
  EXPECT_THAT(ids(), ElementsAre(1, 2));
  EXPECT_THAT(world.kernel.gone, IsEmpty());
  age_and_list();
  EXPECT_THAT(ids(), ElementsAre(2));
  EXPECT_THAT(world.kernel.gone, ElementsAre("2016/11/24/1"));
}

TEST_F(CatalogTest, WhatIsArchivedLeavesAMountThatExcludesItAtOnce) {
  Filters filters;
  filters.archived = Filters::Archived::Exclude;
  CatalogWorld excluding("UTC", filters);
  excluding.add(1, at("2016-11-24T08:00:00Z"));
  excluding.add(2, at("2016-11-24T09:00:00Z"));
  ASSERT_TRUE(excluding.find());
  excluding.api.find({1})->archived = true;
  excluding.clock.advance(kStale);
  ASSERT_TRUE(excluding.list(kDayDir));
  EXPECT_EQ(excluding.day_recordings(kDay).size(), 1U);
  EXPECT_THAT(excluding.kernel.gone, ElementsAre("2016/11/24/1"));
}

TEST_F(CatalogTest, WhatIsListedStaysThoughUrlsLeavesItOut) {
  for (const Filters::Archived archived : {Filters::Archived::All, Filters::Archived::Exclude}) {
    Filters filters;
    filters.archived = archived;
    CatalogWorld busy("UTC", filters);
    for (std::uint64_t id = 1; id <= 1200; ++id) busy.add(id, at("2016-11-24T08:00:00Z") + id * 10s);
    ASSERT_TRUE(busy.find());
    for (const std::uint64_t id : {1, 250, 500, 501, 1200}) busy.api.find({id})->available = false;
    for (int i = 0; i < 3; ++i) {
      busy.clock.advance(kStale);
      EXPECT_TRUE(busy.list(kDayDir));
      EXPECT_EQ(busy.day_recordings(kDay).size(), 1200U);
    }
    EXPECT_THAT(busy.kernel.gone, IsEmpty());
    EXPECT_EQ(busy.metrics.recordings("ready").Value(), 1200);
  }
}

TEST_F(CatalogTest, WhatIsTranscodedAgainStaysWhereOneArchivedValueIsAsked) {
  for (const bool archived : {false, true}) {
    Filters filters;
    filters.archived = archived ? Filters::Archived::Only : Filters::Archived::Exclude;
    CatalogWorld half("UTC", filters);
    half.add(1, at("2016-11-24T08:00:00Z"), State::Ready, archived);
    half.add(2, at("2016-11-24T09:00:00Z"), State::Ready, archived);
    ASSERT_TRUE(half.find());
    const auto refreshed = [&](Duration by) {
      return half.calls_of([&] {
        half.clock.advance(by);
        EXPECT_TRUE(half.list(kDayDir));
      });
    };
    EXPECT_EQ(refreshed(kStale), 2);
    half.api.find({1})->state = State::Transcoding;
    EXPECT_EQ(refreshed(kStale), 3);
    EXPECT_THAT(half.day_recordings(kDay), Contains(Shown{kDay, 1, State::Transcoding, archived}));
    EXPECT_EQ(refreshed(23h), 2);
    EXPECT_EQ(half.day_recordings(kDay).size(), 2U);
    EXPECT_THAT(half.kernel.gone, testing::Each(testing::StartsWith("2016/11/24/1/")));
    half.api.find({1})->state = State::Ready;
    refreshed(kStale);
    EXPECT_THAT(half.day_recordings(kDay), Contains(Shown{kDay, 1, State::Ready, archived}));
    // One that is nowhere for a day is gone.
    half.kernel.gone.clear();
    half.api.remove({1});
    refreshed(kStale);
    refreshed(24h);
    EXPECT_EQ(half.day_recordings(kDay).size(), 2U);
    refreshed(kStale);
    EXPECT_EQ(half.day_recordings(kDay).size(), 1U);
    EXPECT_THAT(half.kernel.gone, Contains("2016/11/24/1"));
  }
}

TEST_F(CatalogTest, AMonthThatIsArchivedLeavesAMountThatExcludesItAtOnce) {
  Filters filters;
  filters.archived = Filters::Archived::Exclude;
  CatalogWorld excluding("UTC", filters);
  for (std::uint64_t id = 1; id <= 3000; ++id) excluding.add(id, at("2016-11-01T00:00:00Z") + id * 800s);
  for (std::uint64_t id = 5001; id <= 5700; ++id) {  // archived long ago
    excluding.add(id, at("2016-11-01T00:00:00Z") + id % 300 * 800s, State::Ready, true);
  }
  ASSERT_TRUE(excluding.find());
  for (std::uint64_t id = 1; id <= 2500; ++id) excluding.api.find({id})->archived = true;
  for (std::uint64_t id = 100; id <= 2900; id += 200) excluding.api.find({id})->state = State::Transcoding;
  excluding.clock.advance(kStale);
  EXPECT_LE(excluding.calls_of([&] { EXPECT_TRUE(excluding.refresh(kMonth)); }), 45);
  EXPECT_TRUE(excluding.find());
  EXPECT_EQ(excluding.tree_recordings().size(), 500U + 13);
}

TEST_F(CatalogTest, AMissingOneStaysWhereItIsNotKnownWhetherItIsArchived) {
  Filters filters;
  filters.archived = Filters::Archived::Exclude;
  CatalogWorld excluding("UTC", filters);
  excluding.add(1, at("2016-11-24T08:00:00Z"));
  ASSERT_TRUE(excluding.find());
  excluding.api.find({1})->archived = true;
  int calls = 0;
  excluding.api.fault = [&](FakeArchiveApi::Call call) {
    return call == FakeArchiveApi::Call::List && ++calls == 2 ? std::optional(Errc::Unavailable) : std::nullopt;
  };
  EXPECT_FALSE(excluding.refresh(kDayDir));
  EXPECT_EQ(excluding.day_recordings(kDay).size(), 1U);
  EXPECT_EQ(excluding.logged("listing fails"), 1U);
  EXPECT_TRUE(excluding.refresh(kDayDir));
  EXPECT_EQ(excluding.day_recordings(kDay).size(), 0U);
}

TEST_F(CatalogTest, DaysMonthsAndYearsGoWithTheirLastRecording) {
  world.add(4, at("2015-10-01T09:00:00Z"));
  world.api.remove({2});
  ASSERT_TRUE(world.find());
  world.api.remove({1});
  for (int i = 0; i < 2; ++i) age_and_list(kStale, kDayDir);
  EXPECT_THAT(world.kernel.gone, ElementsAre("2016/11"));
  EXPECT_THAT(world.names(kYear), ElementsAre("10"));
  world.kernel.gone.clear();
  world.api.remove({4});
  world.add(5, at("2016-10-02T09:00:00Z"));
  for (int i = 0; i < 2; ++i) age_and_list(kStale, kRoot);
  EXPECT_THAT(world.kernel.gone, ElementsAre("2015"));
  world.kernel.gone.clear();
  world.api.remove({5});
  for (int i = 0; i < 2; ++i) age_and_list(kStale, {2016, 10, 0});
  EXPECT_THAT(world.kernel.gone, ElementsAre("2016/10/02"));
}

TEST(Catalog, WhatABigDirectoryNoLongerShowsIsListedBeforeItGoes) {
  CatalogWorld world;
  AccountMaker(world, 5).fill(DaySpan::of_year(2014), 3000, 0);
  AccountMaker(world, 6).fill(DaySpan::of_year(2015), 1200, 0);
  ASSERT_TRUE(world.find());
  ASSERT_THAT(world.names(kRoot), Contains("2015"));
  std::vector<RecordingId> gone;
  world.api.for_each([&](const FakeRecording& one) {
    if (world.zone().day_of(one.start) >= day(2015, 1, 1)) gone.push_back(one.id);
  });
  for (const RecordingId id : gone) world.api.remove(id);
  world.clock.advance(kStale);
  EXPECT_TRUE(world.list(kRoot));
  EXPECT_THAT(world.names(kRoot), Contains("2015"));
  world.clock.advance(kStale);
  EXPECT_TRUE(world.list(kRoot));
  EXPECT_THAT(world.names(kRoot), Not(Contains("2015")));
  EXPECT_THAT(world.kernel.gone, Contains("2015"));
}

TEST_F(CatalogTest, TheKernelIsToldOfFilesThatChange) {
  ASSERT_TRUE(world.find());
  world.api.find({1})->video_size = 5;
  world.api.find({1})->thumbnail = false;
  age_and_list();
  EXPECT_THAT(world.kernel.changes, ElementsAre(file_ino(kDay, {1}, FileKind::Video)));
  EXPECT_THAT(world.kernel.gone, ElementsAre("2016/11/24/1/1.png"));
}

TEST_F(CatalogTest, ARollingPeriodLeavesOldDaysBehind) {
  Filters filters;
  filters.time_period = 7;
  CatalogWorld rolling("UTC", filters);
  rolling.add(1, at("2016-11-24T08:00:00Z"));
  rolling.add(2, at("2016-11-30T08:00:00Z"));
  ASSERT_TRUE(rolling.find());
  EXPECT_THAT(rolling.names(kMonth), ElementsAre("24", "30"));
  rolling.clock.advance(24h);
  ASSERT_TRUE(rolling.list(kMonth));
  EXPECT_THAT(rolling.names(kMonth), ElementsAre("30"));
  EXPECT_EQ(rolling.catalog.known_recordings(), 1U);
}

TEST_F(CatalogTest, AYearThatTheRootShowsIsListedEvenIfItWasEmptyAMomentAgo) {
  CatalogWorld busy;
  AccountMaker(busy, 8).fill(DaySpan::of_year(2014), 2000, 0);
  ASSERT_TRUE(busy.locate(kYear));
  ASSERT_FALSE(knowledge(*busy.catalog.tree(), kYear).occupied);
  busy.add(1, at("2016-11-24T08:00:00Z"));
  ASSERT_TRUE(busy.list(kRoot));
  ASSERT_THAT(busy.names(kRoot), Contains("2016"));
  ASSERT_TRUE(busy.list(kYear));
  EXPECT_THAT(busy.names(kYear), ElementsAre("11"));
}

TEST(Catalog, ShowsWhatStartedInTheHourThatComesTwiceAroundMidnight) {
  CatalogWorld world("America/St_Johns", {}, at("2010-12-01T12:00:00Z"));
  // 00:00:30, then, after the clocks went back at 00:01, 23:30 of the day before and 00:10.
  world.add(1, at("2010-11-07T02:30:30Z"));
  world.add(2, at("2010-11-07T03:00:00Z"));
  world.add(3, at("2010-11-07T03:00:00Z"), State::Untranscoded);
  world.add(4, at("2010-11-07T03:40:00Z"));
  for (const int number : {6, 7, 8}) ASSERT_TRUE(world.list({2010, 11, number}));
  EXPECT_EQ(world.day_recordings(day(2010, 11, 7)).size(), 4U);
  EXPECT_THAT(world.names({2010, 11, 0}), ElementsAre("07"));
}

// Any thread

TEST(Catalog, OtherThreadsReadWhileItIsRefreshed) {
  CatalogWorld world;
  AccountMaker(world, 9).fill(DaySpan::of_month(2016, 11), 300);
  ASSERT_TRUE(world.find());
  std::atomic<bool> done = false;
  std::atomic<int> torn = 0;
  std::vector<std::thread> readers;
  for (int i = 0; i < 2; ++i) {
    readers.emplace_back([&] {
      while (!done) {
        const auto tree = world.catalog.tree();
        for (Day date = day(2016, 11, 1); date < day(2016, 12, 1); ++date.number) {
          const DirKnowledge known = knowledge(*tree, DateDir::of(date));
          const DayNode* node = tree->find(date);
          if (node == nullptr) continue;
          if (known.occupied == node->recordings.empty()) ++torn;
          for (const Recording& one : node->recordings) {
            if (one.size(FileKind::Events).value_or(70) != 70) ++torn;
          }
        }
        if (world.catalog.known_recordings() > world.api.size()) ++torn;
      }
    });
  }
  for (int round = 0; round < 30; ++round) {
    world.clock.advance(kStale);
    EXPECT_TRUE(world.find());
    for (const Shown& one : world.tree_recordings()) {
      world.catalog.learn_size(one.day, {{one.id}, FileKind::Events}, 70);
    }
  }
  done = true;
  for (std::thread& reader : readers) reader.join();
  EXPECT_EQ(torn, 0);
}

// Sizes and counts

TEST_F(CatalogTest, CountsWhatIsKnown) {
  EXPECT_EQ(world.catalog.known_recordings(), 0U);
  ASSERT_TRUE(world.list(kDayDir));
  EXPECT_EQ(world.catalog.known_recordings(), 2U);
  EXPECT_EQ(world.catalog.known_bytes(), 1000U);
  ASSERT_TRUE(world.find());
  EXPECT_EQ(world.catalog.known_recordings(), 3U);
  EXPECT_EQ(world.catalog.known_bytes(), 2000U);
  EXPECT_EQ(world.metrics.recordings("ready").Value(), 2);
  EXPECT_EQ(world.metrics.recordings("untranscoded").Value(), 1);

  world.catalog.learn_size(kDay, {{1}, FileKind::Events}, 70);
  world.catalog.learn_size(kDay, {{1}, FileKind::Thumbnail}, 7);
  EXPECT_EQ(world.catalog.known_bytes(), 2077U);
  world.catalog.learn_size(kDay, {{2}, FileKind::Thumbnail}, 9);  // it has none yet
  EXPECT_EQ(world.catalog.known_bytes(), 2077U);
  world.catalog.learn_absent(kDay, {{1}, FileKind::Thumbnail});
  EXPECT_EQ(world.catalog.known_bytes(), 2070U);
  EXPECT_THAT(world.kernel.gone, ElementsAre("2016/11/24/1/1.png"));

  world.api.find({2})->state = State::Transcoding;
  world.api.find({1})->video_size = 500;
  age_and_list();
  EXPECT_EQ(world.catalog.known_bytes(), 1570U);
  EXPECT_EQ(world.metrics.recordings("transcoding").Value(), 1);
  EXPECT_EQ(world.metrics.recordings("untranscoded").Value(), 0);
  for (const std::uint64_t id : {1, 2, 3}) world.api.remove({id});
  for (int i = 0; i < 2; ++i) {
    world.clock.advance(25h);
    EXPECT_TRUE(world.find());
  }
  EXPECT_EQ(world.catalog.known_recordings(), 0U);
  EXPECT_EQ(world.catalog.known_bytes(), 0U);
}

TEST_F(CatalogTest, LearntSizesSurviveARefresh) {
  ASSERT_TRUE(world.find());
  world.catalog.learn_size(kDay, {{1}, FileKind::Events}, 70);
  age_and_list();
  EXPECT_EQ(world.recording(world.catalog.tree(), kDay, 1)->size(FileKind::Events), 70U);
  world.kernel.changes.clear();
  world.catalog.forget_size(kDay, {{1}, FileKind::Events});
  EXPECT_EQ(world.recording(world.catalog.tree(), kDay, 1)->size(FileKind::Events), std::nullopt);
  EXPECT_THAT(world.kernel.changes, ElementsAre(file_ino(kDay, {1}, FileKind::Events)));
}

TEST_F(CatalogTest, ASidecarThatAppearsLaterIsShown) {
  world.api.find({1})->events = false;
  ASSERT_TRUE(world.find());
  EXPECT_FALSE(world.recording(world.catalog.tree(), kDay, 1)->has(FileKind::Events));
  world.api.find({1})->events = true;
  age_and_list();
  EXPECT_TRUE(world.recording(world.catalog.tree(), kDay, 1)->has(FileKind::Events));
  EXPECT_THAT(world.kernel.changes, ElementsAre(recording_ino(kDay, {1})));
}

TEST_F(CatalogTest, ASidecarThatWasNotThereIsProbedAgainWhileTheApiAnnouncesIt) {
  ASSERT_TRUE(world.find());
  world.catalog.learn_absent(kDay, {{1}, FileKind::Events});
  age_and_list();
  const auto tree = world.catalog.tree();
  EXPECT_TRUE(world.recording(tree, kDay, 1)->has(FileKind::Events));
  EXPECT_EQ(world.recording(tree, kDay, 1)->size(FileKind::Events), std::nullopt);
}

TEST_F(CatalogTest, AVideoSizeThatIsForgottenDuringARefreshIsAskedForAfterIt) {
  ASSERT_TRUE(world.find());
  world.clock.advance(kStale);
  world.api.delay(world.clock, 10s);
  world.api.answered = [this](FakeArchiveApi::Call call) {
    if (call != FakeArchiveApi::Call::Urls) return;
    world.api.answered = nullptr;
    world.api.find({1})->video_size = 5;
    world.catalog.forget_size(kDay, {{1}, FileKind::Video});
  };
  world.catalog.refresh_if_stale(kDayDir);
  EXPECT_TRUE(world.clock.run(world.loop));
  EXPECT_EQ(world.recording(world.catalog.tree(), kDay, 1)->video_size, 5U);
}

TEST_F(CatalogTest, AForgottenVideoSizeIsAskedForAnew) {
  ASSERT_TRUE(world.find());
  world.api.find({1})->video_size = 5;
  world.catalog.forget_size(kDay, {{1}, FileKind::Video});
  EXPECT_TRUE(world.clock.run(world.loop));
  EXPECT_EQ(world.recording(world.catalog.tree(), kDay, 1)->video_size, 5U);
}

TEST_F(CatalogTest, OfTwoWithOneInodeNumberTheSameOneIsAlwaysShown) {
  constexpr std::uint64_t a = 11'637'826'907'966'966'848U, b = 3'325'384'066'235'378'440U;
  ASSERT_EQ(inode_bits({a}), inode_bits({b}));
  world.add(a, at("2016-11-24T10:00:00Z"));
  world.add(b, at("2016-11-24T11:00:00Z"));
  for (int i = 0; i < 3; ++i) {
    age_and_list();
    EXPECT_THAT(ids(), Contains(std::min(a, b)));
    EXPECT_THAT(ids(), Not(Contains(std::max(a, b))));
  }
  EXPECT_GE(world.logged("share an inode number"), 1U);
}

}  // namespace
}  // namespace g2afs::test
