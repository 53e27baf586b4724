// SPDX-License-Identifier: MIT
// Gate.
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/net/loop_fixture.hpp"

#include "g2afs/net/concurrency.hpp"

namespace g2afs::test {
namespace {

using testing::ElementsAre;

class GateTest : public LoopFixture {
 protected:
  static Task<> pass(GateTest& test, std::string name, int rank, std::size_t weight) {
    const auto permit = co_await test.gate.enter(rank, weight);
    ++test.inside;
    struct Leave {
      int& count;
      ~Leave() { --count; }
    } leave{test.inside};
    test.notes.push_back(std::move(name));
    co_await test.finish.wait();
  }
  TaskId arrive(std::string name, int rank = 0, std::size_t weight = 1) {
    const TaskId id = loop.spawn(pass(*this, std::move(name), rank, weight));
    settle();
    return id;
  }
  void finish_those_inside() {
    finish.notify_all();
    settle();
  }

  Gate gate{2};
  Event finish;
  int inside = 0;
  std::vector<std::string> notes;
};

TEST_F(GateTest, LetsInNoMoreThanItsLimitInOrderOfArrival) {
  for (const char* name : {"a", "b", "c", "d", "e"}) arrive(name);
  EXPECT_THAT(notes, ElementsAre("a", "b"));
  EXPECT_EQ(inside, 2);
  finish_those_inside();
  EXPECT_THAT(notes, ElementsAre("a", "b", "c", "d"));
  EXPECT_EQ(inside, 2);
  finish_those_inside();
  EXPECT_THAT(notes, ElementsAre("a", "b", "c", "d", "e"));
}

TEST_F(GateTest, LowerRanksGoFirst) {
  for (const char* name : {"a", "b"}) arrive(name);
  arrive("late", 2);
  arrive("bulk 1", 1);
  arrive("soon 1", 0);
  arrive("bulk 2", 1);
  arrive("soon 2", 0);
  for (int i = 0; i < 3; ++i) finish_those_inside();
  EXPECT_THAT(notes, ElementsAre("a", "b", "soon 1", "soon 2", "bulk 1", "bulk 2", "late"));
}

TEST_F(GateTest, CountsWhatTheyWeigh) {
  gate = Gate(10);
  arrive("a", 0, 6);
  arrive("b", 0, 4);
  arrive("heavy", 0, 7);
  arrive("light", 0, 1);
  EXPECT_THAT(notes, ElementsAre("a", "b"));
  EXPECT_EQ(gate.waiting(), 2u);
  finish_those_inside();
  EXPECT_THAT(notes, ElementsAre("a", "b", "heavy", "light"));
  const TaskId huge = arrive("more than there is", 0, 100);
  EXPECT_EQ(gate.waiting(), 1u);
  arrive("behind", 0, 1);
  EXPECT_EQ(gate.waiting(), 2u);
  loop.cancel(huge);  // and whoever stood behind it goes in
  settle();
  EXPECT_EQ(notes.back(), "behind");
  finish_those_inside();
  arrive("alone", 0, 100);
  arrive("after", 0, 1);
  EXPECT_EQ(notes.back(), "alone");
  finish_those_inside();
  EXPECT_EQ(notes.back(), "after");
}

TEST_F(GateTest, WhoTriesOnlyGoesInWhereHeNeedNotWait) {
  gate = Gate(10);
  std::optional<Gate::Permit> first = gate.try_enter(6);
  EXPECT_TRUE(first);
  EXPECT_FALSE(gate.try_enter(5));
  const TaskId in_line = arrive("in line", 0, 8);
  EXPECT_FALSE(gate.try_enter(1)) << "nor past others";
  loop.cancel(in_line);
  settle();
  EXPECT_TRUE(gate.try_enter(4)) << "and gives it back";
  first.reset();
  EXPECT_TRUE(gate.try_enter(1000)) << "one heavier than the limit, alone";
}

TEST_F(GateTest, ACancelledWaiterLeavesTheLine) {
  for (const char* name : {"a", "b"}) arrive(name);
  const TaskId cancelled = arrive("c");
  arrive("d");
  loop.cancel(cancelled);
  settle();
  finish_those_inside();
  EXPECT_THAT(notes, ElementsAre("a", "b", "d"));
  arrive("e");
  EXPECT_EQ(inside, 2) << "no place was lost";
}

TEST_F(GateTest, ACancelledHolderGivesItsPlaceOn) {
  const TaskId holder = arrive("a");
  arrive("b");
  arrive("c");
  loop.cancel(holder);
  settle();
  EXPECT_THAT(notes, ElementsAre("a", "b", "c"));
}

TEST_F(GateTest, ATurnGrantedToAWaiterThatIsCancelledIsHandedOn) {
  const TaskId a = arrive("a");
  arrive("b");
  const TaskId granted = arrive("c");
  arrive("d");
  // c is cancelled, and granted its turn before it has unwound.
  loop.cancel(a);
  loop.cancel(granted);
  settle();
  EXPECT_THAT(notes, ElementsAre("a", "b", "d"));
  EXPECT_EQ(inside, 2);
}

TEST_F(GateTest, ANewcomerDoesNotOvertakeAGrantedTurn) {
  const TaskId a = arrive("a");
  arrive("b");
  arrive("c");
  // a has gone and c has its turn, but has not run yet when the newcomer does.
  loop.cancel(a);
  loop.post([&] { loop.spawn(pass(*this, "newcomer", 0, 1)); });
  settle();
  EXPECT_THAT(notes, ElementsAre("a", "b", "c"));
  EXPECT_EQ(inside, 2);
}

}  // namespace
}  // namespace g2afs::test
