// SPDX-License-Identifier: MIT
#include "g2afs/net/media_gate.hpp"

#include <algorithm>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/net/media_gate_fixture.hpp"

#include "g2afs/net/retry.hpp"

namespace g2afs::test {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST_F(MediaGateTest, InteractiveBeforeBulkInOrderOfArrival) {
  open(2);
  Guest& first = arrive("first", kSoon);
  Guest& second = arrive("second", kSoon);
  arrive("ahead 1", kAhead);
  arrive("soon 1", kSoon);
  arrive("ahead 2", kAhead);
  arrive("soon 2", kSoon);
  EXPECT_THAT(notes, ElementsAre("first", "second"));
  leave(first);
  leave(second);
  EXPECT_THAT(notes, ElementsAre("first", "second", "soon 1", "soon 2"));
  leave(*guests[3]);
  leave(*guests[5]);
  EXPECT_THAT(notes, ElementsAre("first", "second", "soon 1", "soon 2", "ahead 1"));
}

TEST_F(MediaGateTest, BulkLeavesAnEighthAndAtLeastOne) {
  for (const auto& [places, bulk] : {std::pair{1, 1}, {2, 1}, {8, 7}, {15, 14}, {16, 14}, {32, 28}}) {
    notes.clear();
    guests.clear();
    open(static_cast<std::size_t>(places));
    for (int i = 0; i < 40; ++i) arrive("ahead", kAhead);
    EXPECT_EQ(notes.size(), static_cast<std::size_t>(bulk)) << places;
    for (int i = 0; i < 40; ++i) arrive("soon", kSoon);
    EXPECT_EQ(notes.size(), static_cast<std::size_t>(places));
    for (auto& guest : guests) loop.cancel(guest->id);
    settle();
    for (auto& guest : guests) guest->permit.reset();
  }
}

TEST_F(MediaGateTest, SmallOnesLeaveASixteenthAndGoBeforeBulk) {
  for (const auto& [places, small] : {std::pair{1, 1}, {2, 1}, {8, 7}, {32, 30}}) {
    notes.clear();
    guests.clear();
    open(static_cast<std::size_t>(places));
    for (int i = 0; i < 40; ++i) arrive("small", Priority::Small);
    EXPECT_EQ(notes.size(), static_cast<std::size_t>(small)) << places;
    for (auto& guest : guests) loop.cancel(guest->id);
    settle();
    for (auto& guest : guests) guest->permit.reset();
  }
  notes.clear();
  guests.clear();
  open(8);
  for (int i = 0; i < 7; ++i) arrive("soon", kSoon);
  arrive("busy", kSoon);
  arrive("ahead", kAhead);
  arrive("small", Priority::Small);
  for (int i = 0; i < 3; ++i) leave(*guests[static_cast<std::size_t>(i)]);
  EXPECT_THAT(std::vector(notes.end() - 2, notes.end()), ElementsAre("small", "ahead"));
}

TEST_F(MediaGateTest, ALineOfSmallOnesLeavesBulkItsHalf) {
  open(32);
  const auto under_way = [&](const std::string& name) {
    return std::count_if(guests.begin(), guests.end(),
                         [&](const auto& guest) { return guest->name == name && guest->permit.has_value(); });
  };
  for (int i = 0; i < 28; ++i) arrive("ahead", kAhead);
  for (int round = 0; round < 60; ++round) {
    for (int i = 0; i < 4; ++i) arrive("small", Priority::Small);
    for (int i = 0; i < 2; ++i) arrive("ahead", kAhead);
    // The one that has been under way longest ends.
    for (int i = 0; i < 4; ++i) {
      const auto first =
          std::find_if(guests.begin(), guests.end(), [](const auto& guest) { return guest->permit.has_value(); });
      leave(**first);
    }
    EXPECT_GE(under_way("ahead"), 14);
    EXPECT_LE(under_way("small"), 14);
  }
  EXPECT_EQ(under_way("ahead"), 14);
  EXPECT_EQ(under_way("small"), 14);
}

TEST_F(MediaGateTest, AHostThatRefusesGetsHalfAndHoldsUpNobodyElse) {
  open(8);
  std::vector<Guest*> refused;
  for (int i = 0; i < 8; ++i) refused.push_back(&arrive("", kSoon, "A"));
  for (Guest* one : refused) leave(*one, 429);
  notes.clear();
  for (const char* name : {"a1", "a2", "a3", "a4", "a5"}) arrive(name, kSoon, "A");
  EXPECT_THAT(notes, IsEmpty()) << "it has its pause";
  arrive("b1", kSoon, "B");
  arrive("b2", kAhead, "B");
  EXPECT_THAT(notes, ElementsAre("b1", "b2"));
  pass(499ms);
  EXPECT_EQ(notes.size(), 2u);
  pass(1ms);
  EXPECT_THAT(notes, ElementsAre("b1", "b2", "a1", "a2", "a3", "a4"));
  arrive("b3", kAhead, "B");
  EXPECT_EQ(notes.back(), "b3");
  leave(*guests[8]);
  EXPECT_EQ(notes.back(), "a5");
}

TEST_F(MediaGateTest, RetryAfterHoldsForThoseWhoCameBeforeAndAfter) {
  open(2);
  Guest& first = arrive("first", kSoon);
  Guest& second = arrive("second", kSoon);
  arrive("third", kSoon);
  leave(first, 503, 10s);
  EXPECT_THAT(notes, ElementsAre("first", "second"));
  leave(second, 503, 20s);
  pass(10s);
  EXPECT_THAT(notes, ElementsAre("first", "second")) << "the later answer said more";
  pass(10s);
  EXPECT_EQ(notes.back(), "third");
}

TEST_F(MediaGateTest, ANewcomerDoesNotOvertakeThoseWhosePauseHasJustEnded) {
  open(2);
  leave(arrive("first", kSoon), 429, 1s);
  arrive("second", kSoon);
  clock.advance(1s);  // and the newcomer runs before whoever was woken by that
  loop.spawn(enter(*this, *guests.emplace_back(std::make_unique<Guest>(Guest{"third", "A", kSoon, {}, {}}))));
  settle();
  EXPECT_THAT(notes, ElementsAre("first", "second"));
}

TEST_F(MediaGateTest, ACancelledWaiterLeavesNoTrace) {
  open(1);
  Guest& first = arrive("first", kSoon);
  Guest& cancelled = arrive("cancelled", kSoon);
  loop.cancel(cancelled.id);
  settle();
  EXPECT_EQ(gate->waiting(), 0u);
  leave(first, 429, 10s);
  Guest& paused = arrive("paused", kSoon);
  EXPECT_EQ(clock.sleeping(), 1);
  loop.cancel(paused.id);
  settle();
  EXPECT_EQ(clock.sleeping(), 0);
  pass(10s);
  arrive("last", kSoon);
  EXPECT_THAT(notes, ElementsAre("first", "last"));
}

TEST_F(MediaGateTest, APlaceGivenToOneWhoIsCancelledIsHandedOn) {
  open(1);
  Guest& first = arrive("first", kSoon);
  Guest& granted = arrive("granted", kSoon);
  arrive("next", kSoon);
  loop.cancel(granted.id);
  loop.post([&] { first.permit.reset(); });  // so that it is granted before it has unwound
  settle();
  EXPECT_THAT(notes, ElementsAre("first", "next"));
}

TEST_F(MediaGateTest, WantedIsWhatSomebodyInLineLacks) {
  open(8);
  Guest& soon = arrive("", kSoon, "A");
  std::vector<Guest*> ahead;
  for (int i = 0; i < 7; ++i) ahead.push_back(&arrive("", kAhead, "B"));
  EXPECT_EQ(shortages, 0);
  EXPECT_FALSE(gate->wanted(*soon.permit, {}));
  EXPECT_FALSE(gate->wanted(*ahead[0]->permit, {}));

  arrive("", kAhead, "A");
  EXPECT_EQ(shortages, 1);
  EXPECT_FALSE(gate->wanted(*soon.permit, {})) << "bulk would not get its place";
  EXPECT_TRUE(gate->wanted(*ahead[0]->permit, {}));
  EXPECT_FALSE(gate->wanted(*ahead[0]->permit, {&*ahead[1]->permit})) << "another is leaving anyway";
  EXPECT_TRUE(gate->wanted(*ahead[0]->permit, {&*soon.permit}));

  arrive("", kSoon, "A");
  EXPECT_TRUE(gate->wanted(*soon.permit, {})) << "any place will do";
  EXPECT_TRUE(gate->wanted(*soon.permit, {&*ahead[1]->permit})) << "two are in line";
  EXPECT_FALSE(gate->wanted(*soon.permit, {&*ahead[1]->permit, &*ahead[2]->permit}));
}

TEST_F(MediaGateTest, WhatASlowHostLacksIsNotWantedFromOthers) {
  open(8);
  Guest& other = arrive("", kSoon, "A");
  std::vector<Guest*> slow;
  for (int i = 0; i < 5; ++i) slow.push_back(&arrive("", kSoon, "B"));
  leave(*slow[0], 429, 5s);
  arrive("", kSoon, "B");
  EXPECT_FALSE(gate->wanted(*slow[1]->permit, {})) << "it waits for the time";
  const int before = shortages;
  pass(5s);
  EXPECT_GT(shortages, before);
  EXPECT_TRUE(gate->wanted(*slow[1]->permit, {}));
  EXPECT_FALSE(gate->wanted(*other.permit, {}));
}

TEST_F(MediaGateTest, WhoStandsInLineForAHostThatRefusesTwiceInARowIsRefusedAlong) {
  for (const auto& [status, error] : {std::pair{429, Errc::Throttled}, std::pair{503, Errc::Unavailable}}) {
    SCOPED_TRACE(status);
    guests.clear();
    notes.clear();
    open(2);
    Guest& first = arrive("first", kSoon);
    Guest& second = arrive("second", kSoon);
    Guest& third = arrive("third", kSoon);
    Guest& fourth = arrive("fourth", kSoon);
    arrive("other", kSoon, "B");
    leave(first, status, 1s);
    leave(second, status, 1s);
    EXPECT_EQ(notes.back(), "other") << "both were one event";
    pass(1s);
    EXPECT_EQ(notes.back(), "third");
    Guest& fifth = arrive("fifth", kSoon);
    leave(third, status, 1s);
    EXPECT_TRUE(fourth.refused && fifth.refused);
    EXPECT_EQ(fourth.error, error);
    arrive("sixth", kSoon);
    pass(1s);
    EXPECT_EQ(notes.back(), "sixth") << "who comes later has a try";
  }
}

TEST_F(MediaGateTest, NobodyWaitsInLineForEverForTheOnlyPlaceEither) {
  open(1);
  Guest& first = arrive("first", kSoon);
  Guest& second = arrive("second", kSoon);
  Guest& third = arrive("third", kSoon);
  leave(first, 429, 1s);
  pass(1s);
  leave(second, 429, 1s);
  EXPECT_TRUE(third.refused);
}

TEST_F(MediaGateTest, WhereASlowedDownHostFailsSilentlyNobodyWaitsInLineForEver) {
  for (const std::size_t places : {4, 1}) {
    guests.clear();
    open(places);
    Guest& first = arrive("first", kSoon);
    leave(first, 503, 1s);
    pass(1s);
    std::vector<Guest*> all;
    for (int i = 0; i < 6; ++i) all.push_back(&arrive(std::to_string(i), kSoon));
    fail(*all[0]);  // the second event in a row
    EXPECT_TRUE(all[5]->refused) << places;
    EXPECT_EQ(all[5]->error, Errc::Unavailable);
    for (auto& guest : guests) guest->permit.reset();
    settle();
  }
}

TEST_F(MediaGateTest, AHostThatWasNotSlowedDownMayFailWithoutConsequences) {
  open(1);
  Guest& first = arrive("first", kSoon);
  for (const char* name : {"second", "third", "fourth"}) arrive(name, kSoon);
  fail(first);
  fail(*guests[1]);
  fail(*guests[2]);
  EXPECT_THAT(notes, ElementsAre("first", "second", "third", "fourth"));
}

TEST_F(MediaGateTest, WhoIsWaitedForGoesOnAsInteractive) {
  open(8);
  for (int i = 0; i < 7; ++i) arrive("", kAhead);
  Guest& urgent = arrive("urgent", kAhead);
  EXPECT_FALSE(urgent.permit);
  urgent.turn->hurry();
  settle();
  EXPECT_TRUE(urgent.permit);
  EXPECT_EQ(gate->waiting(), 0u);
}

TEST_F(MediaGateTest, ASuccessBetweenRefusalsKeepsEverybodyInLine) {
  open(2);
  Guest& first = arrive("first", kSoon);
  Guest& second = arrive("second", kSoon);
  for (const char* name : {"third", "fourth", "fifth", "sixth"}) arrive(name, kSoon);
  leave(first, 429, 1s);
  leave(second, 429, 1s);
  pass(1s);
  leave(*guests[2]);
  leave(*guests[3], 429, 1s);
  pass(1s);
  leave(*guests[4]);
  EXPECT_THAT(notes, ElementsAre("first", "second", "third", "fourth", "fifth", "sixth"));
}

// Against the rules said plainly, whatever comes.
TEST_F(MediaGateTest, RandomGuestsAreNeverTooManyAndNeverForgotten) {
  const auto seed = std::random_device{}();
  SCOPED_TRACE(testing::Message() << "seed " << seed);
  std::minstd_rand random(seed);
  const auto draw = [&](int n) { return static_cast<int>(random() % static_cast<unsigned>(n)); };
  const int places = 1 + draw(20);
  open(static_cast<std::size_t>(places));
  const int bulk = places == 1 ? 1 : places - std::max(places / 8, 1);
  for (int step = 0; step < 3'000; ++step) {
    std::erase_if(guests, [](const auto& guest) { return guest->refused; });
    std::vector<Guest*> inside, in_line;
    int inside_bulk = 0;
    for (const auto& guest : guests) {
      (guest->permit ? inside : in_line).push_back(guest.get());
      if (guest->permit && guest->priority == kAhead) ++inside_bulk;
    }
    ASSERT_LE(static_cast<int>(inside.size()), places);
    ASSERT_LE(inside_bulk, bulk);
    ASSERT_EQ(gate->waiting(), in_line.size());
    const int what = draw(10);
    if (what < 4 && in_line.size() < 30) {
      arrive("", draw(2) == 0 ? kSoon : kAhead, std::string(1, static_cast<char>('A' + draw(3))));
      continue;
    }
    if (what == 4) {
      pass(std::chrono::milliseconds(draw(2'000)));
      continue;
    }
    auto& from = what == 5 ? in_line : inside;
    if (from.empty()) continue;
    Guest* one = from[static_cast<std::size_t>(draw(static_cast<int>(from.size())))];
    if (what == 5) {
      loop.cancel(one->id);
      settle();
    } else {
      leave(*one, draw(8) == 0 ? 429 : 206, draw(2) == 0 ? std::optional(1s) : std::nullopt);
    }
    std::erase_if(guests, [one](const auto& guest) { return guest.get() == one; });
  }
  // Everybody comes in in the end.
  while (!guests.empty()) {
    pass(1s);
    std::erase_if(guests, [](const auto& guest) { return guest->refused; });
    if (guests.empty()) break;
    const auto ready =
        std::find_if(guests.begin(), guests.end(), [](const auto& guest) { return guest->permit.has_value(); });
    ASSERT_TRUE(ready != guests.end() || clock.now() < MonotonicTime{24h}) << "somebody was forgotten";
    if (ready == guests.end()) continue;
    leave(**ready);
    guests.erase(ready);
  }
}

}  // namespace
}  // namespace g2afs::test
