// SPDX-License-Identifier: MIT
#include "g2afs/net/event.hpp"

#include <memory>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/net/loop_fixture.hpp"

#include "g2afs/net/loop.hpp"

namespace g2afs::test {
namespace {

using testing::ElementsAre;

Task<> wait_once(Event& event, std::vector<int>& woken, int number) {
  co_await event.wait();
  woken.push_back(number);
}

class EventTest : public LoopFixture {
 protected:
  std::vector<int> woken;
};

TEST_F(EventTest, NotifyAllWakesThoseWhoWaitInOrder) {
  Event event;
  for (int i = 0; i < 3; ++i) loop.spawn(wait_once(event, woken, i));
  settle();
  EXPECT_TRUE(woken.empty());
  EXPECT_TRUE(event.has_waiters());
  event.notify_all();
  EXPECT_TRUE(woken.empty()) << "a waiter must not run within the notifier";
  EXPECT_TRUE(loop.run_until_idle(kHangs));
  EXPECT_THAT(woken, ElementsAre(0, 1, 2));
}

TEST_F(EventTest, ANotificationIsNotStored) {
  Event event;
  event.notify_all();
  loop.spawn(wait_once(event, woken, 1));
  settle();
  EXPECT_TRUE(woken.empty());
  event.notify_all();
  EXPECT_TRUE(loop.run_until_idle(kHangs));
  EXPECT_THAT(woken, ElementsAre(1));
}

TEST_F(EventTest, WhoWaitsAgainInReturnIsNotWokenByTheSameNotification) {
  struct Twice {
    static Task<> run(Event& event, std::vector<int>& woken) {
      for (int i = 0; i < 2; ++i) {
        co_await event.wait();
        woken.push_back(i);
      }
    }
  };
  Event event;
  loop.spawn(Twice::run(event, woken));
  settle();
  event.notify_all();
  settle();
  EXPECT_THAT(woken, ElementsAre(0));
  event.notify_all();
  EXPECT_TRUE(loop.run_until_idle(kHangs));
  EXPECT_THAT(woken, ElementsAre(0, 1));
}

TEST_F(EventTest, ACancelledWaiterLeavesTheLineAndTheOthersStay) {
  Event event;
  loop.spawn(wait_once(event, woken, 0));
  const TaskId cancelled = loop.spawn(wait_once(event, woken, 1));
  loop.spawn(wait_once(event, woken, 2));
  settle();
  loop.cancel(cancelled);
  settle();
  EXPECT_EQ(loop.running(), 2u);
  event.notify_all();
  EXPECT_TRUE(loop.run_until_idle(kHangs));
  EXPECT_THAT(woken, ElementsAre(0, 2));
}

TEST_F(EventTest, ACancellationThatComesAfterTheNotificationWakesNobodyTwice) {
  Event event;
  const TaskId id = loop.spawn(wait_once(event, woken, 1));
  settle();
  event.notify_all();  // the waiter is on its way …
  loop.cancel(id);     // … and gone when this arrives
  EXPECT_TRUE(loop.run_until_idle(kHangs));
  EXPECT_THAT(woken, ElementsAre(1));
}

TEST_F(EventTest, ANotificationThatComesAfterTheCancellationIsTooLate) {
  Event event;
  const TaskId id = loop.spawn(wait_once(event, woken, 1));
  settle();
  loop.cancel(id);
  loop.post([&] { event.notify_all(); });
  EXPECT_TRUE(loop.run_until_idle(kHangs));
  EXPECT_TRUE(woken.empty());
}

TEST_F(EventTest, TheEndOfTheEventWakesItsWaiters) {
  auto event = std::make_unique<Event>();
  loop.spawn(wait_once(*event, woken, 1));
  settle();
  event.reset();
  EXPECT_TRUE(loop.run_until_idle(kHangs));
  EXPECT_THAT(woken, ElementsAre(1));
}

}  // namespace
}  // namespace g2afs::test
