// SPDX-License-Identifier: MIT
// Everything a span holds, in the corners of the list call.
#include "enumerator_fixture.hpp"

namespace g2afs::test {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
INSTANTIATE_TEST_SUITE_P(ToTime, EnumeratorTest, testing::Bool(),
                         [](const auto& of) { return of.param ? "Inclusive" : "Exclusive"; });

TEST_P(EnumeratorTest, AsManyAsAPageHoldsOrOneMoreOrLess) {
  for (const int count : {499, 500, 501}) {
    for (const State state : {State::Ready, State::Untranscoded}) {
      SCOPED_TRACE(count);
      World world;
      fill(world, count, at("2016-11-24T08:00:00Z"), 60s, state);
      expect_truth(world, DaySpan::of_day(day(2016, 11, 24)));
      World year;
      fill(year, count, at("2016-01-01T00:00:00Z"), 60'000s, state);
      expect_truth(year, k2016);
    }
  }
}

TEST_P(EnumeratorTest, WholePagesInASecondAreLoggedAndPassed) {
  for (const State state : {State::Ready, State::Untranscoded}) {
    World world;
    fill(world, 700, at("2016-11-24T08:00:00Z"), 0s, state);
    fill(world, 30, at("2016-11-24T07:00:00Z"), 60s, state, 10'000);
    fill(world, 600, at("2016-11-24T09:00:00Z"), 1s, state, 20'000);
    world.api.to_inclusive = GetParam();
    const auto found = enumerate(world, DaySpan::of_day(day(2016, 11, 24)));
    EXPECT_EQ(found.size(), 500U + 30 + 600);
    EXPECT_EQ(world.logged("start at 2016-11-24T08:00:00Z"), 1U);
    EXPECT_LT(world.api.calls(), 100);
  }
}

TEST_P(EnumeratorTest, ExactlyAPageInASecondIsComplete) {
  World world;
  fill(world, 500, at("2016-11-24T08:00:00Z"), 0s);
  fill(world, 10, at("2016-11-24T09:00:00Z"), 1s, State::Ready, 10'000);
  expect_truth(world, DaySpan::of_day(day(2016, 11, 24)));
}

TEST_P(EnumeratorTest, MidnightBelongsToTheDayThatBegins) {
  for (const State state : {State::Ready, State::Untranscoded}) {
    for (const char* zone : {"UTC", "Europe/Berlin", "America/New_York"}) {
      World world(zone);
      const Time midnight = world.zone().begin_of(day(2016, 11, 24));
      world.add(1, midnight - 1s, state);
      world.add(2, midnight, state);
      world.add(3, midnight + 1s, state);
      for (const int number : {22, 23, 24, 25}) expect_truth(world, DaySpan::of_day(day(2016, 11, number)));
      expect_truth(world, DaySpan::of_month(2016, 11));
      expect_truth(world, {day(2016, 11, 1), day(2016, 11, 24)});
      expect_truth(world, {day(2016, 11, 24), day(2016, 12, 1)});
    }
  }
}

TEST_P(EnumeratorTest, DaysAroundClockChangesHold23Or25Hours) {
  struct Change {
    const char* zone;
    Day day;
  };
  for (const auto& [zone, changed] :
       {Change{"Europe/Berlin", day(2016, 3, 27)}, Change{"Europe/Berlin", day(2016, 10, 30)},
        Change{"America/New_York", day(2016, 3, 13)}, Change{"America/New_York", day(2016, 11, 6)},
        Change{"America/Sao_Paulo", day(2016, 10, 16)}, Change{"America/Sao_Paulo", day(2016, 2, 20)}}) {
    for (const State state : {State::Ready, State::Untranscoded}) {
      SCOPED_TRACE(zone);
      World world(zone);
      const Day before{changed.number - 1};
      fill(world, 4 * 24 * 4, world.zone().begin_of(before), 900s, state);
      for (int offset = -1; offset <= 2; ++offset) expect_truth(world, DaySpan::of_day(Day{changed.number + offset}));
      expect_truth(world, {before, Day{changed.number + 2}});
    }
  }
}

TEST_P(EnumeratorTest, ADayWhoseMidnightDoesNotExistBeginsAtOne) {
  World world("America/Sao_Paulo", {}, at("2017-12-01T12:00:00Z"));
  world.add(1, at("2017-10-15T02:59:59Z"));  // 23:59:59 of the 14th
  world.add(2, at("2017-10-15T03:00:00Z"));  // 01:00:00 of the 15th
  world.add(3, at("2017-10-15T03:00:00Z"), State::Untranscoded);
  world.api.to_inclusive = GetParam();
  EXPECT_THAT(enumerate(world, DaySpan::of_day(day(2017, 10, 14))),
              ElementsAre(Shown{day(2017, 10, 14), 1, State::Ready, false}));
  EXPECT_THAT(enumerate(world, DaySpan::of_day(day(2017, 10, 15))),
              ElementsAre(Shown{day(2017, 10, 15), 2, State::Ready, false},
                          Shown{day(2017, 10, 15), 3, State::Untranscoded, false}));
}

TEST_P(EnumeratorTest, ADayThatAZoneLeftOutHoldsNothing) {
  World world("Pacific/Apia");
  world.add(1, at("2011-12-30T09:59:59Z"));  // the last second of the 29th
  world.add(2, at("2011-12-30T10:00:00Z"));  // the first of the 31st
  EXPECT_FALSE(world.enumerator.visible(DaySpan::of_day(day(2011, 12, 30))));
  for (const int number : {29, 30, 31}) expect_truth(world, DaySpan::of_day(day(2011, 12, number)));
  expect_truth(world, DaySpan::of_month(2011, 12));
  const std::vector<DaySpan> spans{DaySpan::of_day(day(2011, 12, 29)), DaySpan::of_day(day(2011, 12, 30)),
                                   DaySpan::of_day(day(2011, 12, 31))};
  EXPECT_THAT(world.run(world.enumerator.occupied(spans)).value(), ElementsAre(true, false, true));
}

TEST(Enumerator, TheFirstDayHoldsWhatWasBeforeIt) {
  World world("America/New_York");
  world.add(1, at("1970-01-01T00:00:00Z"));  // still 1969 there
  world.add(2, at("1970-01-02T12:00:00Z"));
  const Shown first{day(1970, 1, 1), 1};
  EXPECT_THAT(enumerate(world, DaySpan::all()), ElementsAre(first, Shown{day(1970, 1, 2), 2}));
  EXPECT_THAT(enumerate(world, DaySpan::of_day(day(1970, 1, 1))), ElementsAre(first));
}

TEST_P(EnumeratorTest, IdsAboveTheSignedRange) {
  World world;
  fill(world, 1100, at("2016-11-24T00:00:00Z"), 60s, State::Ready, (std::uint64_t{1} << 63) - 3);
  world.add(~std::uint64_t{0}, at("2016-11-24T12:00:00Z"), State::Untranscoded, true);
  expect_truth(world, DaySpan::of_day(day(2016, 11, 24)));
}

TEST_P(EnumeratorTest, ABadElementInAFullPageDoesNotHideThePagesAfterIt) {
  World world;
  fill(world, 1600, at("2016-11-24T00:00:00Z"), 50s);
  world.api.one_bad_element = true;
  world.api.to_inclusive = GetParam();
  const auto found = enumerate(world, DaySpan::of_day(day(2016, 11, 24)));
  EXPECT_GE(found.size(), 1590U);
  EXPECT_EQ(world.logged("start at"), 0U);
}

TEST_P(EnumeratorTest, ManyReadyForTranscodeDoNotDisturbThePagesOfOthers) {
  World world;
  fill(world, 1300, at("2016-11-24T00:00:00Z"), 60s, State::Untranscoded);
  fill(world, 20, at("2016-11-24T08:00:00Z"), 60s, State::Ready, 10'000);
  expect_truth(world, DaySpan::of_day(day(2016, 11, 24)));
  EXPECT_EQ(world.logged("start at"), 0U);
}

TEST_P(EnumeratorTest, AFullPageOfWhichNothingIsAvailableIsPassed) {
  World world;
  fill(world, 1200, at("2016-11-24T00:00:00Z"), 20s);
  for (std::uint64_t id = 101; id <= 1100; ++id) world.api.find({id})->available = false;
  expect_truth(world, DaySpan::of_day(day(2016, 11, 24)));
  EXPECT_LT(world.api.calls(), 100);
  EXPECT_EQ(world.logged("start at"), 0U);
}

TEST_P(EnumeratorTest, TheFirstPageMayBeUnavailableAsAWhole) {
  World world;
  fill(world, 900, at("2016-01-05T00:00:00Z"), 20s);
  for (std::uint64_t id = 1; id <= 600; ++id) world.api.find({id})->available = false;
  expect_truth(world, k2016);
  EXPECT_EQ(world.run(world.enumerator.years()).value(), std::vector<int>{2016});
}

TEST_P(EnumeratorTest, ASecondFullOfUnavailableOnesIsLogged) {
  World world;
  fill(world, 600, at("2016-11-24T08:00:00Z"), 0s);
  fill(world, 5, at("2016-11-24T09:00:00Z"), 1s, State::Ready, 10'000);
  for (std::uint64_t id = 1; id <= 600; ++id) world.api.find({id})->available = false;
  expect_truth(world, DaySpan::of_day(day(2016, 11, 24)));
  EXPECT_EQ(world.logged("start at 2016-11-24T08:00:00Z"), 1U);
}

TEST_P(EnumeratorTest, ATranscodeThatEndsBetweenTwoCallsIsFound) {
  World world;
  fill(world, 3, at("2016-11-24T08:00:00Z"), 60s, State::Untranscoded);
  world.api.to_inclusive = GetParam();
  int answers = 0;
  world.api.answered = [&](FakeArchiveApi::Call) {
    if (++answers == 3) world.api.find({2})->state = State::Ready;
  };
  EXPECT_THAT(enumerate(world, DaySpan::of_month(2016, 11)),
              ElementsAre(Shown{day(2016, 11, 24), 1, State::Untranscoded, false},
                          Shown{day(2016, 11, 24), 2, State::Ready, false},
                          Shown{day(2016, 11, 24), 3, State::Untranscoded, false}));
}

TEST_P(EnumeratorTest, OneWhoseTranscodeBeginsBetweenTwoCallsIsLeftOut) {
  World world;
  fill(world, 2, at("2016-11-24T08:00:00Z"), 60s, State::Untranscoded);
  world.api.to_inclusive = GetParam();
  int answers = 0;
  world.api.answered = [&](FakeArchiveApi::Call) {
    if (++answers == 3) world.api.find({2})->state = State::Transcoding;
  };
  EXPECT_THAT(enumerate(world, DaySpan::of_month(2016, 11)),
              ElementsAre(Shown{day(2016, 11, 24), 1, State::Untranscoded, false}));
}

TEST_P(EnumeratorTest, WhoseDaysAreKnownTheyAreAskedAndNothingElse) {
  World world;
  world.api.to_inclusive = GetParam();
  world.add(1, at("2016-03-01T00:00:00Z"), State::Untranscoded);
  world.add(2, at("2016-03-01T10:00:00Z"), State::Untranscoded);
  world.add(3, at("2016-11-24T08:00:00Z"), State::Untranscoded, true);
  const auto truth = world.truth(k2016);
  const Enumerator::Dates known{{{1}, day(2016, 3, 1)}, {{2}, day(2016, 3, 1)}, {{3}, day(2016, 11, 24)}};
  const int before = world.api.calls();
  EXPECT_EQ(shown(world.run(world.enumerator.enumerate(k2016, known)).value()), truth);
  EXPECT_EQ(world.api.calls() - before, 2 + 2) << "a first page and a day for each archived value";
}

TEST_P(EnumeratorTest, AKnownDayThatDoesNotHoldItIsNotBelieved) {
  World world;
  world.api.to_inclusive = GetParam();
  world.add(1, at("2016-03-01T10:00:00Z"), State::Untranscoded);
  world.add(2, at("2016-06-24T00:00:00Z"), State::Untranscoded);
  world.add(3, at("2016-06-24T08:00:00Z"), State::Untranscoded);
  const auto truth = world.truth(k2016);
  // Of one nothing is known, one is elsewhere by now, and one never was within the span.
  const Enumerator::Dates known{{{1}, day(2016, 3, 2)}, {{3}, day(2015, 6, 24)}};
  EXPECT_EQ(shown(world.run(world.enumerator.enumerate(k2016, known)).value()), truth);
}

TEST_P(EnumeratorTest, OneArchivedBetweenTwoCallsIsFoundOnce) {
  World world;
  fill(world, 3, at("2016-11-24T08:00:00Z"), 60s);
  world.api.to_inclusive = GetParam();
  int answers = 0;
  world.api.answered = [&](FakeArchiveApi::Call) {
    if (++answers == 1) world.api.find({2})->archived = true;
  };
  EXPECT_THAT(
      enumerate(world, DaySpan::of_day(day(2016, 11, 24))),
      ElementsAre(Shown{day(2016, 11, 24), 1, State::Ready, false}, Shown{day(2016, 11, 24), 2, State::Ready, true},
                  Shown{day(2016, 11, 24), 3, State::Ready, false}));
}

TEST(Enumerator, AServerThatIgnoresFromTimeIsAnErrorAndNotALoop) {
  for (const bool available : {true, false}) {
    World world;
    for (std::uint64_t id = 1; id <= 2000; ++id) {
      world.add(id, at("2016-01-01T00:00:00Z") + id * 3600s);
      world.api.find({id})->available = available;
    }
    world.api.ignores_from = true;
    const auto harvest = world.run(world.enumerator.enumerate(k2016));
    ASSERT_FALSE(harvest);
    EXPECT_EQ(harvest.error().code, Errc::Unavailable);
    EXPECT_LT(world.api.calls(), 100);
  }
}

TEST(Enumerator, AServerThatIgnoresTheTimesOfUndatedOnesIsAnErrorAndNotALoop) {
  for (const int count : {3, 500, 700}) {
    for (const DaySpan& span : {DaySpan::of_day(day(2016, 11, 24)), DaySpan::of_month(2016, 11), k2016}) {
      World world;
      for (int i = 0; i < count; ++i) {
        world.add(static_cast<std::uint64_t>(i + 1), at("2016-11-24T08:00:00Z") + i * 1s, State::Untranscoded);
      }
      world.api.ignores_times_of_untranscoded = true;
      if (count < 500 && span.days() == 1) continue;  // that answer makes sense
      const auto harvest = world.run(world.enumerator.enumerate(span));
      ASSERT_FALSE(harvest) << count << " " << span.days();
      EXPECT_EQ(harvest.error().code, Errc::Unavailable);
      EXPECT_LT(world.api.calls(), 200);
    }
  }
}

TEST(Enumerator, AServerThatIgnoresFromTimeIsNotTakenForAFullOne) {
  World world;
  for (std::uint64_t id = 1; id <= 400; ++id) world.add(id, at("2016-01-01T00:00:00Z") + id * 3600s);
  world.api.ignores_from = true;
  const DaySpan span = DaySpan::of_day(day(2016, 1, 3));
  EXPECT_TRUE(enumerate(world, span) == world.truth(span));
}

TEST(Enumerator, AFailureAnywhereFailsTheWhole) {
  for (int good = 0; good < 30; ++good) {
    World world;
    AccountMaker(world, 7).fill(DaySpan::of_month(2016, 11), 1500);
    int calls = 0;
    bool failed = false;
    world.api.fault = [&](FakeArchiveApi::Call) {
      const bool now = calls++ == good;
      failed = failed || now;
      return now ? std::optional(Errc::Throttled) : std::nullopt;
    };
    const auto harvest = world.run(world.enumerator.enumerate(DaySpan::of_month(2016, 11)));
    ASSERT_EQ(harvest.has_value(), !failed) << good;
    if (failed) {
      EXPECT_EQ(harvest.error().code, Errc::Throttled);
    }
  }
}

TEST(Enumerator, AFinalErrorEndsTheOtherCallsOfTheListing) {
  for (const bool which_are_occupied : {true, false}) {
    World world;
    AccountMaker(world, 7).fill(DaySpan::of_month(2016, 11), 3000);
    world.api.delay(world.clock, 1h);
    int after = 0;
    bool failed = false;
    int calls = 0;
    world.api.fault = [&](FakeArchiveApi::Call) {
      const bool now = ++calls == 12;
      failed = failed || now;
      return now ? std::optional(Errc::Unavailable) : std::nullopt;
    };
    world.api.answered = [&](FakeArchiveApi::Call) { after += failed ? 1 : 0; };
    std::vector<DaySpan> days;
    for (int number = 1; number <= 30; ++number) days.push_back(DaySpan::of_day(day(2016, 11, number)));
    if (which_are_occupied) {
      EXPECT_FALSE(world.run(world.enumerator.occupied(days)));
    } else {
      EXPECT_FALSE(world.run(world.enumerator.enumerate(DaySpan::of_month(2016, 11))));
    }
    EXPECT_TRUE(failed);
    EXPECT_EQ(after, 0);
  }
}

TEST(Enumerator, EntriesAreHandedOn) {
  World world;
  std::set<std::uint64_t> handed;
  Enumerator enumerator(world.loop, world.api, world.clock, world.log, world.zone(), {},
                        [&](std::span<const MediaEntry> entries) {
                          for (const MediaEntry& entry : entries) handed.insert(entry.id.value);
                        });
  for (std::uint64_t id = 1; id <= 1100; ++id) world.add(id, at("2016-01-01T00:00:00Z") + id * 3600s);
  ASSERT_TRUE(world.run(enumerator.enumerate(k2016)));
  EXPECT_EQ(handed.size(), 1100U);
}

TEST(Enumerator, TheEndsOfTimeAreNotSent) {
  World world;
  world.add(1, at("2016-11-24T08:00:00Z"));
  ASSERT_TRUE(world.run(world.enumerator.enumerate(DaySpan::all())));
  for (const ListQuery& query : world.api.queries) {
    EXPECT_FALSE(query.from);
    EXPECT_FALSE(query.to);
  }
}

TEST(Enumerator, WhatTheFiltersExcludeCostsNothing) {
  Filters filters;
  filters.from = at("2016-01-01T00:00:00Z");
  filters.time_period = 30;
  World world("UTC", filters);
  EXPECT_THAT(enumerate(world, DaySpan::of_year(2015)), IsEmpty());
  EXPECT_THAT(enumerate(world, DaySpan::of_month(2016, 10)), IsEmpty());
  EXPECT_EQ(world.api.calls(), 0);
  EXPECT_EQ(world.enumerator.visible(DaySpan::of_month(2016, 11))->begin(), at("2016-11-01T00:00:00Z"));
  EXPECT_EQ(world.enumerator.visible(k2016)->begin(), at("2016-11-01T00:00:00Z"));
}

// A long window is paged in parts, side by side.

TEST(Enumerator, ALongWindowTakesHardlyMoreCallsForBeingPagedInParts) {
  World world;
  constexpr int kCount = 60'000;
  for (int i = 0; i < kCount; ++i) world.add(static_cast<std::uint64_t>(i + 1), at("2016-01-01T00:00:00Z") + i * 480s);
  const auto found = enumerate(world, k2016);
  EXPECT_EQ(found.size(), static_cast<std::size_t>(kCount));
  EXPECT_LT(world.api.calls(), 2 * kCount / 500 + 25);
}

TEST(Enumerator, TheFutureIsNotPagedInParts) {
  World world("UTC", {}, at("2016-01-10T00:00:00Z"));
  for (int i = 0; i < 2000; ++i) world.add(static_cast<std::uint64_t>(i + 1), at("2016-01-01T00:00:00Z") + i * 300s);
  EXPECT_EQ(enumerate(world, k2016).size(), 2000U);
  EXPECT_LT(world.api.calls(), 14);
}

// Occupied

TEST(Enumerator, TheFirstPageIsNotAskedForAgain) {
  World world;
  for (std::uint64_t id = 1; id <= 20; ++id) world.add(id, at("2016-01-01T00:00:00Z") + id * 3600s);
  Listing page = world.run(world.api.list({})).value();
  world.api.reset_calls();
  world.enumerator.first_page(false, page);
  world.enumerator.set_page_age(60s);
  EXPECT_TRUE(world.run(world.enumerator.enumerate_if_small(DaySpan::all())).value());
  EXPECT_EQ(world.api.lists, 1);
  EXPECT_EQ(world.api.urls_calls, 1);
  EXPECT_TRUE(world.run(world.enumerator.enumerate_if_small(DaySpan::all())).value());
  EXPECT_EQ(world.api.lists, 3);
}

TEST(Enumerator, AnOldFirstPageSaysNothingOfNow) {
  World world;
  world.enumerator.first_page(false, {});
  world.enumerator.set_page_age(60s);
  world.add(1, at("2016-01-01T00:00:00Z"));
  world.clock.advance(61s);
  EXPECT_EQ(enumerate(world, DaySpan::all()).size(), 1U);
}

TEST(Enumerator, AFirstPageOfEverythingIsNotThatOfAFilteredTree) {
  Filters filters;
  filters.from = at("2016-06-01T00:00:00Z");
  World world("UTC", filters);
  for (std::uint64_t id = 1; id <= 800; ++id) world.add(id, at("2016-01-01T00:00:00Z") + id * 6h);
  Listing page = world.run(world.api.list({})).value();
  world.enumerator.first_page(false, page);
  world.enumerator.set_page_age(60s);
  EXPECT_TRUE(enumerate(world, DaySpan::all()) == world.truth(DaySpan::all()));
}

TEST(Enumerator, AsksFirstForTheArchivedValueThatHasRecordings) {
  World world;
  EXPECT_FALSE(world.enumerator.first_archived_value());
  world.add(1, at("2016-01-01T10:00:00Z"), State::Ready, true);
  world.enumerator.first_page(false, {});
  EXPECT_TRUE(world.enumerator.first_archived_value());
  Filters exclude;
  exclude.archived = Filters::Archived::Exclude;
  World excluding("UTC", exclude);
  excluding.enumerator.first_page(false, {});
  EXPECT_FALSE(excluding.enumerator.first_archived_value());
}

}  // namespace
}  // namespace g2afs::test
