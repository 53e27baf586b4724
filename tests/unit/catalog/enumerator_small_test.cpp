// SPDX-License-Identifier: MIT
#include "enumerator_fixture.hpp"

namespace g2afs::test {
namespace {

class EnumeratorSmallTest : public EnumeratorTest {
 protected:
  EnumeratorSmallTest() { world.api.to_inclusive = GetParam(); }

  /// Whether they were found whole.
  bool found(const DaySpan& span) {
    const auto harvest = world.run(world.enumerator.enumerate_if_small(span)).value();
    if (harvest) {
      EXPECT_TRUE(shown(*harvest) == world.truth(span));
    }
    one_page = harvest && harvest->one_page;
    return harvest.has_value();
  }

  World world;
  bool one_page = false;
};
INSTANTIATE_TEST_SUITE_P(ToTime, EnumeratorSmallTest, testing::Bool(),
                         [](const auto& of) { return of.param ? "Inclusive" : "Exclusive"; });

TEST_P(EnumeratorSmallTest, WhatAPageHoldsTakesNoMoreThanIt) {
  fill(world, 499, at("2016-01-01T00:00:00Z"), 10h);
  EXPECT_TRUE(found(DaySpan::all()));
  EXPECT_TRUE(one_page);
  EXPECT_EQ(world.api.calls(), 2 + 1);
}

TEST_P(EnumeratorSmallTest, AFullPageMayBeAll) {
  fill(world, 500, at("2016-01-01T00:00:00Z"), 16h);
  EXPECT_TRUE(found(DaySpan::all()));
  EXPECT_FALSE(one_page);
  // The page's times, the page after it, and what belongs to the ids.
  EXPECT_EQ(world.api.calls(), 2 + 2 + 1);
}

TEST_P(EnumeratorSmallTest, RecordingsMayHaveEndedYearsAgo) {
  fill(world, 900, at("2009-01-01T00:00:00Z"), 8h);
  EXPECT_TRUE(found(DaySpan::all()));
  EXPECT_LE(world.api.calls(), 2 + 3 + 2);
}

TEST_P(EnumeratorSmallTest, OfBothArchivedValues) {
  for (std::uint64_t id = 1; id <= 1800; ++id) {
    world.add(id, at("2015-01-01T00:00:00Z") + id * 4h, State::Ready, id % 3 == 0);
  }
  EXPECT_TRUE(found(DaySpan::of_year(2015)));
  EXPECT_LE(world.api.calls(), 2 + (2 + 2 + 1) + (2 + 1) + 4);
}

TEST_P(EnumeratorSmallTest, TheRootIsNotPagedAsFarAsAYear) {
  fill(world, 2000, at("2015-01-01T00:00:00Z"), 4h);
  EXPECT_FALSE(found(DaySpan::all()));
  EXPECT_TRUE(found(DaySpan::of_year(2015)));
}

TEST_P(EnumeratorSmallTest, ThatThereIsMoreCostsTwoCalls) {
  fill(world, 4000, at("2015-01-01T00:00:00Z"), 2h);
  EXPECT_FALSE(found(DaySpan::of_year(2015)));
  EXPECT_EQ(world.api.calls(), 2 + 2);
}

TEST_P(EnumeratorSmallTest, WhatIsDenserLaterThanAtFirstIsGivenUp) {
  fill(world, 600, at("2010-01-01T00:00:00Z"), 90h);
  fill(world, 4000, at("2016-06-01T00:00:00Z"), 60s, State::Ready, 1000);
  EXPECT_FALSE(found(DaySpan::all()));
  EXPECT_LE(world.api.calls(), 2 + 2 + 2 * 2);
}

TEST_P(EnumeratorSmallTest, PagesWithinASecondAreLeftToWhoPassesThem) {
  fill(world, 700, at("2016-01-01T00:00:00Z"), 0s);
  EXPECT_FALSE(found(DaySpan::all()));
  EXPECT_EQ(world.logged("cannot list the others"), 0U);
}

TEST_P(EnumeratorSmallTest, AnEndOfAPageThatIsUnavailableIsLeftToWhoPassesIt) {
  fill(world, 700, at("2016-01-01T00:00:00Z"), 1h);
  for (std::uint64_t id = 470; id <= 500; ++id) world.api.find({id})->available = false;
  EXPECT_FALSE(found(DaySpan::all()));
}

TEST_P(EnumeratorSmallTest, TheOldestMayBeUnavailable) {
  fill(world, 700, at("2014-01-01T00:00:00Z"), 24h);
  for (std::uint64_t id = 1; id <= 30; ++id) world.api.find({id})->available = false;
  EXPECT_FALSE(found(DaySpan::all()));
  EXPECT_EQ(world.run(world.enumerator.years()).value(), (std::vector<int>{2014, 2015}));
}

TEST_P(EnumeratorSmallTest, WhatWasCompletedInVainIsOfUse) {
  for (std::uint64_t id = 1; id <= 700; ++id) world.add(id, at("2014-01-01T00:00:00Z") + id * 24h, State::Ready, true);
  fill(world, 9000, at("2015-01-01T00:00:00Z"), 1h, State::Ready, 1000);
  const auto truth = world.truth(DaySpan::all());
  EXPECT_FALSE(found(DaySpan::all()));
  EXPECT_EQ(world.run(world.enumerator.years()).value(), (std::vector<int>{2014, 2015, 2016}));
  EXPECT_FALSE(found(DaySpan::all()));
  EXPECT_TRUE(enumerate(world, DaySpan::all()) == truth);
}

TEST_P(EnumeratorSmallTest, OnlyWholeSecondsAreAskedFor) {
  world.clock.advance(345ms);
  for (std::uint64_t id = 1; id <= 1200; ++id) world.add(id, at("2014-01-01T00:00:00.789Z") + id * 3h + id * 1ms);
  EXPECT_TRUE(found(DaySpan::of_year(2014)));
  EXPECT_FALSE(world.api.queries.empty());
  for (const ListQuery& query : world.api.queries) {
    for (const auto& bound : {query.from, query.to}) {
      const auto second = bound.value_or(Time{});
      EXPECT_EQ(std::chrono::floor<std::chrono::seconds>(second), second);
    }
  }
}

TEST_P(EnumeratorSmallTest, AServerThatIgnoresFromTimeIsNotAskedForEver) {
  fill(world, 700, at("2016-01-01T00:00:00Z"), 1h);
  world.api.ignores_from = true;
  EXPECT_FALSE(found(DaySpan::all()));
  EXPECT_LE(world.api.calls(), 10);
}

TEST_P(EnumeratorSmallTest, AFailureIsNotTakenForAnEnd) {
  for (int fails = 1; fails <= 5; ++fails) {
    World unlucky;
    fill(unlucky, 500, at("2016-01-01T00:00:00Z"), 16h);
    int calls = 0;
    unlucky.api.fault = [&](FakeArchiveApi::Call) {
      return ++calls == fails ? std::optional(Errc::Unavailable) : std::nullopt;
    };
    EXPECT_FALSE(unlucky.run(unlucky.enumerator.enumerate_if_small(DaySpan::all()))) << fails;
  }
}

}  // namespace
}  // namespace g2afs::test
