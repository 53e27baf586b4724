// SPDX-License-Identifier: MIT
// What the tests of the enumerator share. EnumeratorTest runs with both readings of toTime.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "world.hpp"

namespace g2afs::test {

using namespace std::chrono_literals;

inline std::set<Shown> shown(const Harvest& harvest) {
  std::set<Shown> all;
  for (const auto& [date, recording] : harvest.recordings) {
    const bool fresh = all.insert({date, recording.id.value, recording.state, recording.archived}).second;
    if (!fresh) throw std::logic_error("found twice");
  }
  return all;
}

inline std::set<Shown> enumerate(World& world, const DaySpan& span) {
  return shown(world.run(world.enumerator.enumerate(span)).value());
}

inline const DaySpan k2016 = DaySpan::of_year(2016);

class EnumeratorTest : public testing::TestWithParam<bool> {
 protected:
  /// `count` recordings, `step` apart, with ids from `first` on.
  static void fill(World& world, int count, Time start, std::chrono::seconds step, State state = State::Ready,
                   std::uint64_t first = 1) {
    for (int i = 0; i < count; ++i) world.add(first + static_cast<std::uint64_t>(i), start + i * step, state);
  }
  void expect_truth(World& world, const DaySpan& span) {
    world.api.to_inclusive = GetParam();
    const auto found = enumerate(world, span);
    const auto truth = world.truth(span);
    EXPECT_EQ(found.size(), truth.size());
    EXPECT_TRUE(found == truth);
  }
};

}  // namespace g2afs::test
