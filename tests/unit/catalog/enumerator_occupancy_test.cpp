// SPDX-License-Identifier: MIT
// Which spans and which years hold recordings.
#include "enumerator_fixture.hpp"

namespace g2afs::test {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
TEST_P(EnumeratorTest, OccupiedLeavesTheBoundaryToTheLaterSpan) {
  for (const State state : {State::Ready, State::Untranscoded}) {
    World world;
    world.api.to_inclusive = GetParam();
    world.add(1, at("2016-11-24T00:00:00Z"), state);
    const auto occupied = [&](std::vector<int> numbers) {
      std::vector<DaySpan> spans;
      for (const int number : numbers) spans.push_back(DaySpan::of_day(day(2016, 11, number)));
      return world.run(world.enumerator.occupied(spans)).value();
    };
    EXPECT_THAT(occupied({22, 23, 24, 25}), ElementsAre(false, false, true, false));
    EXPECT_THAT(occupied({23}), ElementsAre(false));
    EXPECT_THAT(occupied({23, 25}), ElementsAre(false, false));
    EXPECT_THAT(occupied({24}), ElementsAre(true));
    world.add(2, at("2016-11-23T23:59:59.500Z"), state, true);  // the last second of the day before
    EXPECT_THAT(occupied({22, 23, 24, 25}), ElementsAre(false, true, true, false));
    EXPECT_THAT(occupied({23}), ElementsAre(true));
    EXPECT_THAT(occupied({23, 25}), ElementsAre(true, false));
  }
}

TEST_P(EnumeratorTest, OccupiedLeavesOutWhatStartsWhereTheFiltersEnd) {
  Filters filters;
  filters.to = at("2016-11-24T10:00:00Z");
  World world("UTC", filters);
  world.api.to_inclusive = GetParam();
  world.add(1, at("2016-11-24T10:00:00Z"));
  world.add(2, at("2016-11-24T10:00:00Z"), State::Untranscoded);
  std::vector<DaySpan> spans{DaySpan::of_day(day(2016, 11, 24)), DaySpan::of_day(day(2016, 11, 25))};
  EXPECT_THAT(world.run(world.enumerator.occupied(spans)).value(), ElementsAre(false, false));
  EXPECT_THAT(enumerate(world, spans.front()), IsEmpty());
}

TEST(Enumerator, OccupiedAsksForEachSpanOnce) {
  World world;
  std::vector<DaySpan> spans;
  for (int number = 1; number <= 12; ++number) {
    spans.push_back(DaySpan::of_month(2016, number));
    world.add(static_cast<std::uint64_t>(number), world.zone().begin_of(spans.back().begin) + 10h);
  }
  ASSERT_TRUE(world.run(world.enumerator.occupied(spans)));
  EXPECT_EQ(world.api.calls(), 12);
}

// Years

TEST_P(EnumeratorTest, YearsOfAnAccountThatHoldsNothing) {
  World world;
  world.api.to_inclusive = GetParam();
  EXPECT_THAT(world.run(world.enumerator.years()).value(), IsEmpty());
  EXPECT_LE(world.api.calls(), 2);
}

TEST_P(EnumeratorTest, YearsOfRecordingsThatAreDatedInTheFuture) {
  for (const State state : {State::Ready, State::Untranscoded}) {
    World world;
    world.api.to_inclusive = GetParam();
    world.add(1, at("2015-05-01T00:00:00Z"), state);
    world.add(2, at("2017-01-01T00:00:00Z"), state);
    world.add(3, at("2042-01-01T00:00:00Z"), state);
    world.add(4, at("2148-12-31T23:59:59Z"), state, true);
    EXPECT_THAT(world.run(world.enumerator.years()).value(), ElementsAre(2015, 2017, 2042, 2148));
    World only;
    only.api.to_inclusive = GetParam();
    only.add(1, at("2083-01-01T00:00:00Z"), state);
    EXPECT_THAT(only.run(only.enumerator.years()).value(), ElementsAre(2083));
  }
}

TEST_P(EnumeratorTest, YearsOfAnAccountThatIsOnlyReadyForTranscode) {
  for (const int first : {1970, 1999, 2009, 2016}) {
    World world;
    world.api.to_inclusive = GetParam();
    world.add(1, world.zone().begin_of(day(first, 1, 1)), State::Untranscoded);
    world.add(2, at("2016-12-01T00:00:00Z"), State::Untranscoded);
    const std::vector<int> expected = first == 2016 ? std::vector{2016} : std::vector{first, 2016};
    EXPECT_EQ(world.run(world.enumerator.years()).value(), expected);
  }
}

TEST_P(EnumeratorTest, YearsBeforeTheFirstDownloadableOne) {
  World world;
  world.api.to_inclusive = GetParam();
  world.add(1, at("2004-12-31T23:59:59Z"), State::Untranscoded);
  world.add(2, at("2010-01-01T00:00:00Z"));
  EXPECT_THAT(world.run(world.enumerator.years()).value(), ElementsAre(2004, 2010));
}

// The first page

}  // namespace
}  // namespace g2afs::test
