// SPDX-License-Identifier: MIT
#include "g2afs/catalog/recent_marks.hpp"

#include <map>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace g2afs {
namespace {

using namespace std::chrono_literals;

MonotonicTime at(Duration since) { return {since}; }

TEST(RecentMarks, HoldAgainstWhatWasAskedBeforeAndSoonAfter) {
  RecentMarks marks;
  EXPECT_TRUE(marks.empty());
  marks.add({1}, at(1h));
  EXPECT_FALSE(marks.empty());
  EXPECT_TRUE(marks.holds({1}, at(10min))) << "asked long before";
  EXPECT_TRUE(marks.holds({1}, at(1h + kMarkLasts - 1s)));
  EXPECT_FALSE(marks.holds({1}, at(1h + kMarkLasts)));
  EXPECT_FALSE(marks.holds({2}, at(1h)));
}

TEST(RecentMarks, DoNotStayForEver) {
  RecentMarks marks;
  marks.add({1}, at(1h));
  marks.forget(at(1h + RecentMarks::kKept + 1s));
  EXPECT_FALSE(marks.empty());
  marks.forget(at(1h + 2 * RecentMarks::kKept + 2s));
  EXPECT_TRUE(marks.empty());
}

RC_GTEST_PROP(RecentMarks, AreForgottenButNeverTooEarly, ()) {
  RecentMarks marks;
  std::map<std::uint64_t, MonotonicTime> reference;
  MonotonicTime now = at(1h);
  const int steps = *rc::gen::inRange(0, 60);
  for (int i = 0; i < steps; ++i) {
    now = now + std::chrono::seconds{*rc::gen::inRange(0, 2'000)};
    if (*rc::gen::arbitrary<bool>()) marks.forget(now);
    const auto id = *rc::gen::inRange<std::uint64_t>(0, 8);
    if (*rc::gen::arbitrary<bool>()) {
      marks.add({id}, now);
      reference[id] = now;
    }
    for (std::uint64_t one = 0; one < 8; ++one) {
      const auto marked = reference.find(one);
      for (const Duration ago : {0min, 1min, 29min}) {  // the listing took so long
        const MonotonicTime asked = now + -ago;
        const bool holds = marked != reference.end() && asked < marked->second + kMarkLasts;
        if (marked == reference.end() || now - marked->second <= RecentMarks::kKept) {
          RC_ASSERT(marks.holds({one}, asked) == holds);
        } else {
          RC_ASSERT(holds || !marks.holds({one}, asked));
        }
      }
    }
  }
}

}  // namespace
}  // namespace g2afs
