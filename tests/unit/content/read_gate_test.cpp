// SPDX-License-Identifier: MIT
#include "g2afs/content/read_gate.hpp"

#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fakes/fake_clock.hpp"
#include "unit/net/loop_fixture.hpp"

namespace g2afs::test {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;

class ReadGateTest : public LoopFixture {
 protected:
  static Task<> pass(ReadGateTest& test, std::size_t bytes) {
    const auto permit = co_await test.gate.enter(bytes);
    if (!permit) test.errors.push_back(permit.error().code);
    if (!permit) co_return;
    ++test.inside;
    co_await test.finish.wait();
    --test.inside;
  }
  TaskId arrive(std::size_t bytes) {
    const TaskId id = loop.spawn(pass(*this, bytes));
    settle();
    return id;
  }
  void wait(Duration time) {
    clock.advance(time);
    settle();
  }
  void finish_those_inside() {
    finish.notify_all();
    settle();
  }
  void TearDown() override {
    while (inside > 0) finish_those_inside();
    EXPECT_EQ(gate.waiting(), 0u);
    EXPECT_EQ(clock.sleeping(), 0) << "nobody waits, so nothing is to wake up for";
    LoopFixture::TearDown();
  }

  FakeClock clock;
  Event finish;
  int inside = 0;
  std::vector<Errc> errors;
  ReadGate gate{loop, clock, 100, 120s};
};

TEST_F(ReadGateTest, LetsInByMemory) {
  arrive(60);
  arrive(40);
  EXPECT_EQ(inside, 2);
  arrive(60);
  EXPECT_EQ(inside, 2);
  finish_those_inside();
  EXPECT_EQ(inside, 1);
  EXPECT_THAT(errors, IsEmpty());
}

TEST_F(ReadGateTest, OneLargerThanAllGoesInAlone) {
  arrive(1000);
  EXPECT_EQ(inside, 1);
  arrive(1);
  EXPECT_EQ(inside, 1);
}

TEST_F(ReadGateTest, ALineThatMovesIsWaitedInForAsLongAsItTakes) {
  for (int i = 0; i < 20; ++i) arrive(100);
  for (int i = 0; i < 20; ++i) {
    wait(100s);
    gate.bytes_came();
    wait(100s);
    gate.bytes_came();
    finish_those_inside();
  }
  EXPECT_THAT(errors, IsEmpty());
  EXPECT_EQ(inside, 0);
}

TEST_F(ReadGateTest, WhereNothingComesAllInLineFailTogether) {
  arrive(100);
  arrive(100);
  wait(60s);
  arrive(100);
  gate.bytes_came();
  wait(119s);
  EXPECT_THAT(errors, IsEmpty());
  wait(1s);
  EXPECT_THAT(errors, ElementsAre(Errc::Unavailable, Errc::Unavailable));
  EXPECT_EQ(inside, 1) << "who is in has his own retries";
}

TEST_F(ReadGateTest, WhoComesToASilentLineHasHisTimeBeforeHim) {
  arrive(100);
  wait(1h);
  arrive(100);
  wait(119s);
  EXPECT_THAT(errors, IsEmpty());
  finish_those_inside();
  EXPECT_EQ(inside, 1);
}

TEST_F(ReadGateTest, TheyFailAsWhatWasTriedLast) {
  arrive(100);
  arrive(100);
  gate.failed({Errc::Unavailable, "stalled"});
  gate.failed({Errc::Throttled, "too many requests"});
  gate.failed({Errc::NotFound, "of another file"});
  wait(120s);
  EXPECT_THAT(errors, ElementsAre(Errc::Throttled));
}

TEST_F(ReadGateTest, ASleepOfTheMachineIsNoSilence) {
  arrive(100);
  arrive(100);
  wait(60s);
  gate.bytes_came();
  clock.suspend(8h);
  wait(60s);
  EXPECT_THAT(errors, IsEmpty());
  wait(59s);
  EXPECT_THAT(errors, IsEmpty());
  wait(1s);
  EXPECT_THAT(errors, ElementsAre(Errc::Unavailable));
}

TEST_F(ReadGateTest, ACancelledWaiterLeavesNoTrace) {
  arrive(100);
  loop.cancel(arrive(100));
  settle();
  EXPECT_EQ(gate.waiting(), 0u);
  arrive(100);
  finish_those_inside();
  EXPECT_EQ(inside, 1) << "the one behind";
}

}  // namespace
}  // namespace g2afs::test
