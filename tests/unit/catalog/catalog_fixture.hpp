// SPDX-License-Identifier: MIT
// What the tests of the catalogue share: a small account and a busy one, and the directories they are about.
#pragma once

#include <functional>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "catalog_world.hpp"

namespace g2afs::test {

inline const Day kDay = day(2016, 11, 24);
inline const DateDir kRoot{}, kYear{2016, 0, 0}, kMonth{2016, 11, 0}, kDayDir{2016, 11, 24};
inline constexpr auto kStale = 61s;

/// A busy account: `count` recordings over ten years, most on weekdays between 8 and 18 h, 30 % of them
/// archived, and `untranscoded` of a thousand ready for transcode.
inline void fill_ten_years(CatalogWorld& world, int count, int untranscoded) {
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

}  // namespace g2afs::test
