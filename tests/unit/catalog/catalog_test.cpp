// SPDX-License-Identifier: MIT
// When what is asked of the API: refreshing, failures, first pages, other threads.
#include <atomic>
#include <thread>

#include "catalog_fixture.hpp"

namespace g2afs::test {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
// Refresh

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

/// Looks at one day after the other of a known tree.
struct SlowWalk {
  static Task<> run(CatalogWorld& world, int days) {
    for (int number = 0; number < days; ++number) {
      co_await world.clock.sleep(400ms);
      world.catalog.refresh_if_stale({2016, 1 + number / 28 % 12, 1 + number % 28});
    }
  }
};

TEST_F(CatalogTest, AWalkIsRefreshedOnceItIsOver) {
  CatalogWorld walked;
  fill_ten_years(walked, 20'000, 0);
  ASSERT_TRUE(walked.find());
  walked.clock.advance(kStale);
  const auto calls = [&] { return walked.calls_of([&] { walked.settle(); }); };
  walked.loop.spawn(SlowWalk::run(walked, 20));
  for (int i = 0; i < 20; ++i) {
    EXPECT_EQ(calls(), 0);
    walked.clock.advance(400ms);
  }
  walked.settle();
  EXPECT_LE(walked.calls_of([&] { EXPECT_TRUE(walked.clock.run(walked.loop)); }), 12);
}

TEST_F(CatalogTest, AWalkThatDoesNotEndIsRefreshedMeanwhile) {
  CatalogWorld walked;
  fill_ten_years(walked, 20'000, 0);
  ASSERT_TRUE(walked.find());
  walked.clock.advance(kStale);
  walked.loop.spawn(SlowWalk::run(walked, 10'000));
  int calls = 0;
  for (int i = 0; i < 30; ++i) {
    walked.clock.advance(400ms);
    calls += walked.calls_of([&] { walked.settle(); });
  }
  EXPECT_GT(calls, 0);
  walked.loop.cancel_all();
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

TEST_F(FirstPageTest, AgesInSuspendAndNotByTheClockOnTheWall) {
  CatalogOptions options = world.options();
  options.dir_ttl = 1h;
  Metrics metrics;
  Catalog catalog(world.loop, world.enumerator, world.clock, metrics, world.log, options);
  ASSERT_TRUE(world.run(catalog.list(kRoot)));
  world.api.reset_calls();
  for (const auto step : {24h * 2, -24h * 4}) {
    world.clock.step_wall(step);
    ASSERT_TRUE(world.run(catalog.list(kRoot)));
    EXPECT_EQ(world.api.lists, 0);
  }
  world.clock.suspend(2h);
  ASSERT_TRUE(world.run(catalog.list(kRoot)));
  EXPECT_GT(world.api.lists, 0);
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

}  // namespace
}  // namespace g2afs::test
