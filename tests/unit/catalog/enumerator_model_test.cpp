// SPDX-License-Identifier: MIT
// Random accounts against a plain list.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "enumerator_fixture.hpp"

namespace g2afs::test {
namespace {

const std::vector<std::string> kZones{
    "UTC", "Europe/Berlin", "America/New_York", "America/Sao_Paulo", "Asia/Kathmandu", "Pacific/Apia"};

rc::Gen<int> any_count() {
  return rc::gen::oneOf(rc::gen::inRange(0, 20), rc::gen::inRange(495, 506), rc::gen::inRange(20, 3000));
}

DaySpan draw_span(const DaySpan& within) {
  const int begin = *rc::gen::inRange(within.begin.number, within.end.number);
  const int days = *rc::gen::element(1, 1, 2, 7, 31, 100, 400);
  const auto ymd = ymd_of(Day{begin});
  return *rc::gen::element(DaySpan{Day{begin}, Day{begin + days}}, DaySpan::of_month(ymd.year, ymd.month),
                           DaySpan::of_year(ymd.year), within);
}

Filters draw_filters() {
  Filters filters;
  filters.archived = *rc::gen::element(Filters::Archived::All, Filters::Archived::All, Filters::Archived::Exclude,
                                       Filters::Archived::Only);
  if (*rc::gen::inRange(0, 4) == 0) filters.from = at("2016-03-05T07:00:00Z") + 1s * *rc::gen::inRange(0, 10'000);
  if (*rc::gen::inRange(0, 4) == 0) filters.to = at("2016-11-05T00:00:00Z") - 1s * *rc::gen::inRange(0, 10);
  if (*rc::gen::inRange(0, 6) == 0) filters.time_period = *rc::gen::inRange(0, 400);
  return filters;
}

struct Drawn {
  std::unique_ptr<World> world;
  DaySpan days;
};

Drawn draw_world() {
  const auto zone = *rc::gen::elementOf(kZones);
  const DaySpan days = *rc::gen::element(DaySpan{day(2016, 2, 1), day(2016, 2, 4)}, DaySpan::of_month(2016, 10), k2016,
                                         DaySpan{day(2014, 6, 1), day(2016, 12, 1)});
  Drawn drawn{std::make_unique<World>(zone, draw_filters()), days};
  World& world = *drawn.world;
  AccountMaker(world, *rc::gen::arbitrary<std::uint32_t>()).fill(days, *any_count(), *rc::gen::element(0, 10, 90));
  world.api.to_inclusive = *rc::gen::arbitrary<bool>();
  world.api.one_bad_element = *rc::gen::inRange(0, 5) == 0;
  if (*rc::gen::arbitrary<bool>()) world.api.delay(world.clock, 100ms);
  return drawn;
}

/// A bad element hides a recording now and then; what is found has to be true all the same.
bool right(const World& world, const std::set<Shown>& found, const std::set<Shown>& truth) {
  if (!world.api.one_bad_element) return found == truth;
  return std::includes(truth.begin(), truth.end(), found.begin(), found.end());
}

RC_GTEST_PROP(Enumerator, FindsWhatAPlainListHolds, ()) {
  const auto [world, days] = draw_world();
  const DaySpan span = draw_span(days);
  const auto found = enumerate(*world, span);
  RC_ASSERT(right(*world, found, world->truth(span)));
}

RC_GTEST_PROP(Enumerator, FindsSmallSpansWholeOrNotAtAll, ()) {
  const auto [world, days] = draw_world();
  const DaySpan span = draw_span(days);
  const auto harvest = world->run(world->enumerator.enumerate_if_small(span)).value();
  if (harvest) {
    RC_ASSERT(right(*world, shown(*harvest), world->truth(span)));
  } else {
    RC_ASSERT(world->api.size() > 0U);
    // For each `archived` value a page, four after it, the times of those before the next, and what is far behind.
    RC_ASSERT(world->api.calls() <= 2 * (1 + 4 + 4 + 1));
  }
}

RC_GTEST_PROP(Enumerator, TellsWhichSpansAreOccupied, ()) {
  const auto [world, days] = draw_world();
  std::vector<DaySpan> spans;
  const int length = *rc::gen::element(1, 3, 31);
  for (int begin = days.begin.number; begin < days.end.number && spans.size() < 40; begin += length) {
    if (*rc::gen::inRange(0, 5) != 0) spans.push_back({Day{begin}, Day{begin + length}});
  }
  std::vector<bool> expected;
  for (const DaySpan& span : spans) expected.push_back(world->any(span));
  RC_ASSERT(world->run(world->enumerator.occupied(spans)).value() == expected);
  RC_ASSERT(world->run(world->enumerator.occupied(spans)).value() == expected);  // the order of values may have changed
}

RC_GTEST_PROP(Enumerator, TellsTheYears, ()) {
  const auto [world, days] = draw_world();
  AccountMaker maker(*world, *rc::gen::arbitrary<std::uint32_t>());
  if (*rc::gen::arbitrary<bool>()) {
    maker.fill({day(*rc::gen::inRange(1970, 2140), 1, 1), day(2148, 1, 1)}, *rc::gen::inRange(1, 5), 50);
  }
  const auto years = world->run(world->enumerator.years()).value();
  RC_ASSERT(std::is_sorted(years.begin(), years.end()));
  // One that holds only what is listed and not available may be told or not.
  std::set<int> available, listed;
  world->api.for_each([&](const FakeRecording& one) {
    if (!World::listed(one) || !world->visible(one, DaySpan::all())) return;
    const int year = ymd_of(world->zone().day_of(one.start)).year;
    listed.insert(year);
    if (one.state == State::Untranscoded || one.available) available.insert(year);
  });
  RC_ASSERT(std::includes(years.begin(), years.end(), available.begin(), available.end()));
  RC_ASSERT(std::includes(listed.begin(), listed.end(), years.begin(), years.end()));
}

}  // namespace
}  // namespace g2afs::test
