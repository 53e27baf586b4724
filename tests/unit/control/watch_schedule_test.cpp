// SPDX-License-Identifier: MIT
#include "g2afs/control/watch_schedule.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace g2afs {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;

const auto kNever = [](RecordingId) { return false; };
const auto kAll = [](RecordingId) { return true; };

void add(WatchSchedule& schedule, DatedId id, MonotonicTime now) { schedule.add(std::span(&id, 1), now); }

/// Looks whenever it is due until it is over; how often.
int looks(WatchSchedule& schedule, MonotonicTime now, Duration transcode) {
  const MonotonicTime end = now + transcode;
  int count = 0;
  while (!schedule.empty()) {
    now = std::max(now, schedule.next());
    for (const Day day : schedule.due(now)) {
      ++count;
      schedule.looked(day, now, [&](RecordingId) { return now >= end; });
    }
  }
  return count;
}

TEST(WatchSchedule, LooksSoonAndThenLessAndLess) {
  WatchSchedule schedule;
  const MonotonicTime begin{1h};
  add(schedule, {Day{1}, {1}}, begin);
  EXPECT_THAT(schedule.due(begin), IsEmpty());
  EXPECT_EQ(schedule.next(), begin + 2s);
  EXPECT_THAT(schedule.due(begin + 2s), ElementsAre(Day{1}));
  schedule.looked(Day{1}, begin + 2s, kNever);
  EXPECT_EQ(schedule.next(), begin + 4s);
  schedule.looked(Day{1}, begin + 100s, kNever);
  EXPECT_EQ(schedule.next(), begin + 125s);
  schedule.looked(Day{1}, begin + 10h, kNever);
  EXPECT_EQ(schedule.next(), begin + 10h + 5min);
}

TEST(WatchSchedule, CostsWhatATranscodeIsWorth) {
  for (const auto& [transcode, most] : {std::pair<Duration, int>{5s, 4}, {60s, 14}, {1h, 35}, {23h, 310}}) {
    WatchSchedule schedule;
    for (std::uint64_t id = 0; id < 1000; ++id) add(schedule, {Day{1}, {id}}, MonotonicTime{});
    EXPECT_LE(looks(schedule, MonotonicTime{}, transcode), most);
  }
}

TEST(WatchSchedule, GivesUpAfterADay) {
  WatchSchedule schedule;
  add(schedule, {Day{1}, {1}}, MonotonicTime{});
  looks(schedule, MonotonicTime{}, 1000h);
  EXPECT_TRUE(schedule.empty());
}

TEST(WatchSchedule, ADayIsOverWhenItsLastIs) {
  WatchSchedule schedule;
  add(schedule, {Day{1}, {1}}, MonotonicTime{});
  add(schedule, {Day{1}, {2}}, MonotonicTime{});
  add(schedule, {Day{2}, {3}}, MonotonicTime{});
  schedule.looked(Day{1}, MonotonicTime{2s}, [](RecordingId id) { return id == RecordingId{1}; });
  schedule.looked(Day{2}, MonotonicTime{2s}, kAll);
  EXPECT_THAT(schedule.due(MonotonicTime{1h}), ElementsAre(Day{1}));
  schedule.looked(Day{1}, MonotonicTime{4s}, kAll);
  EXPECT_TRUE(schedule.empty());
  schedule.looked(Day{1}, MonotonicTime{4s}, kAll);
}

TEST(WatchSchedule, ANewOneOfADayIsLookedAtSoon) {
  WatchSchedule schedule;
  add(schedule, {Day{1}, {1}}, MonotonicTime{});
  schedule.looked(Day{1}, MonotonicTime{10h}, kNever);
  add(schedule, {Day{1}, {2}}, MonotonicTime{10h});
  EXPECT_EQ(schedule.next(), MonotonicTime{10h} + 2s);
}

}  // namespace
}  // namespace g2afs
