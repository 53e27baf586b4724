// SPDX-License-Identifier: MIT
// SingleFlight, join and join_results.
#include "g2afs/net/concurrency.hpp"

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/net/loop_fixture.hpp"

namespace g2afs::test {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

// SingleFlight

class SingleFlightTest : public LoopFixture {
 protected:
  std::function<Task<int>()> operation(int result) {
    return [this, result] { return operate(result); };
  }
  Task<int> operate(int result) {
    ++started;
    while (!open) co_await opened.wait();
    co_return result;
  }
  Task<int> never_ends() {
    Event never;
    co_await never.wait();
    co_return 0;
  }
  static Task<> ask(SingleFlightTest& test, int key, int result) {
    const int got = co_await test.flights.run(key, test.operation(result));
    test.results.push_back(got);
  }
  void let_land() {
    open = true;
    opened.notify_all();
    settle();
  }

  SingleFlight<int, int> flights{loop};
  int started = 0;
  bool open = false;
  Event opened;
  std::vector<int> results;
};

TEST_F(SingleFlightTest, CallersOfOneKeyShareOneOperation) {
  for (int i = 0; i < 3; ++i) loop.spawn(ask(*this, 1, 10 + i));
  settle();
  EXPECT_EQ(started, 1);
  EXPECT_TRUE(flights.under_way(1));
  let_land();
  EXPECT_THAT(results, ElementsAre(10, 10, 10));
  EXPECT_FALSE(flights.under_way(1));
}

TEST_F(SingleFlightTest, KeysDoNotWaitForEachOther) {
  loop.spawn(ask(*this, 1, 10));
  loop.spawn(ask(*this, 2, 20));
  settle();
  EXPECT_EQ(started, 2);
}

TEST_F(SingleFlightTest, WhoComesAfterTheLandingStartsAnew) {
  loop.spawn(ask(*this, 1, 10));
  let_land();
  loop.spawn(ask(*this, 1, 20));
  settle();
  EXPECT_EQ(started, 2);
  EXPECT_THAT(results, ElementsAre(10, 20));
}

TEST_F(SingleFlightTest, ACancelledCallerDoesNotTakeTheOthersResultAway) {
  const TaskId first = loop.spawn(ask(*this, 1, 10));
  loop.spawn(ask(*this, 1, 20));
  settle();
  loop.cancel(first);
  settle();
  EXPECT_TRUE(flights.under_way(1));
  let_land();
  EXPECT_EQ(started, 1);
  EXPECT_THAT(results, ElementsAre(10));
}

TEST_F(SingleFlightTest, StartDoesNotWaitAndIsJoined) {
  flights.start(1, operation(10));
  flights.start(1, operation(11));
  loop.spawn(ask(*this, 1, 12));
  settle();
  EXPECT_EQ(started, 1);
  let_land();
  EXPECT_THAT(results, ElementsAre(10));
}

TEST_F(SingleFlightTest, ACancelledFlightLeavesTheTable) {
  flights.start(1, operation(10));
  settle();
  loop.cancel_all();
  EXPECT_TRUE(loop.run_until_idle(kHangs));
  EXPECT_FALSE(flights.under_way(1));
}

TEST_F(SingleFlightTest, SettledWaitsForWhatWasUnderWayWhenItWasCalled) {
  int settled = 0;
  struct Wait {
    static Task<> run(SingleFlight<int, int>& all, int& count) {
      co_await all.settled([](int key) { return key < 10; });
      ++count;
    }
  };
  loop.spawn(Wait::run(flights, settled));  // nothing to wait for
  settle();
  EXPECT_EQ(settled, 1);
  flights.start(1, operation(10));
  flights.start(10, [this] { return never_ends(); });
  settle();
  loop.spawn(Wait::run(flights, settled));
  settle();
  flights.start(2, [this] { return never_ends(); });
  EXPECT_EQ(settled, 1);
  let_land();
  EXPECT_EQ(settled, 2);
}

// join

class JoinTest : public LoopFixture {
 protected:
  static Task<int> answer(int number) { co_return number; }
  static Task<int> wait_for(JoinTest& test, Event& event, int number) {
    struct Gone {
      JoinTest& test;
      int number;
      ~Gone() { test.notes.push_back("gone " + std::to_string(number)); }
    } gone{test, number};
    co_await event.wait();
    co_return number;
  }
  static Task<> collect(JoinTest& test, std::vector<Task<int>> tasks) {
    struct Gone {
      JoinTest& test;
      ~Gone() { test.notes.push_back("caller gone"); }
    } gone{test};
    test.results = co_await join(test.loop, std::move(tasks));
    test.notes.push_back("joined");
  }
  template <class... Tasks>
  static std::vector<Task<int>> list(Tasks... tasks) {
    std::vector<Task<int>> result;
    (result.push_back(std::move(tasks)), ...);
    return result;
  }

  std::vector<int> results;
  std::vector<std::string> notes;
};

TEST_F(JoinTest, ReturnsTheResultsInOrderWhateverEndsFirst) {
  Event a, b;
  loop.spawn(collect(*this, list(wait_for(*this, a, 1), answer(2), wait_for(*this, b, 3))));
  settle();
  b.notify_all();
  settle();
  EXPECT_THAT(results, IsEmpty());
  a.notify_all();
  settle();
  EXPECT_THAT(results, ElementsAre(1, 2, 3));
}

TEST_F(JoinTest, OfNothingIsNothing) {
  loop.spawn(collect(*this, {}));
  settle();
  EXPECT_THAT(notes, ElementsAre("joined", "caller gone"));
}

TEST_F(JoinTest, ACancelledCallerUnwindsAfterItsChildren) {
  Event never;
  const TaskId caller = loop.spawn(collect(*this, list(wait_for(*this, never, 1), wait_for(*this, never, 2))));
  settle();
  loop.cancel(caller);
  settle();
  EXPECT_THAT(notes, ElementsAre("gone 1", "gone 2", "caller gone"));
  EXPECT_EQ(loop.running(), 0u);
}

TEST_F(JoinTest, ACancelledCallerWaitsForAChildThatEndsByItselfAtThatMoment) {
  Event soon, never;
  const TaskId caller = loop.spawn(collect(*this, list(wait_for(*this, soon, 1), wait_for(*this, never, 2))));
  settle();
  soon.notify_all();
  loop.cancel(caller);
  settle();
  EXPECT_THAT(notes, ElementsAre("gone 1", "gone 2", "caller gone"));
}

TEST_F(JoinTest, EndsWithTheLoop) {
  Event never;
  loop.spawn(collect(*this, list(wait_for(*this, never, 1), wait_for(*this, never, 2))));
  settle();
  loop.cancel_all();
  EXPECT_TRUE(loop.run_until_idle(kHangs));
  EXPECT_EQ(notes.back(), "caller gone");
}

TEST_F(JoinTest, UnwindsTheCallerWhereAChildWasCancelledAlone) {
  Event never;
  const TaskId caller = loop.spawn(collect(*this, list(answer(1), wait_for(*this, never, 2))));
  settle();
  loop.cancel(TaskId{caller.value + 2});  // the second child
  settle();
  EXPECT_THAT(notes, ElementsAre("gone 2", "caller gone"));
  EXPECT_EQ(loop.running(), 0u);
}

// join_results

class JoinResultsTest : public JoinTest {
 protected:
  static Task<Result<int>> succeed(int number) { co_return number; }
  static Task<Result<int>> fail_after(Event& event, Errc code) {
    co_await event.wait();
    co_return fail(code, "made to fail");
  }
  static Task<Result<int>> wait_for(JoinTest& test, Event& event, int number) {
    co_return co_await JoinTest::wait_for(test, event, number);
  }
  static Task<> collect(JoinResultsTest& test, std::vector<Task<Result<int>>> tasks) {
    struct Gone {
      JoinResultsTest& test;
      ~Gone() { test.notes.push_back("caller gone"); }
    } gone{test};
    test.joined = co_await join_results(test.loop, std::move(tasks));
    test.notes.push_back("joined");
  }
  template <class... Tasks>
  static std::vector<Task<Result<int>>> list(Tasks... tasks) {
    std::vector<Task<Result<int>>> result;
    (result.push_back(std::move(tasks)), ...);
    return result;
  }

  Event end, never;
  Result<std::vector<int>> joined;
};

TEST_F(JoinResultsTest, ReturnsTheValuesInOrder) {
  loop.spawn(collect(*this, list(wait_for(*this, end, 1), succeed(2))));
  settle();
  EXPECT_THAT(*joined, IsEmpty());
  end.notify_all();
  settle();
  EXPECT_THAT(*joined, ElementsAre(1, 2));
  loop.spawn(collect(*this, {}));
  settle();
  EXPECT_THAT(*joined, IsEmpty());
}

TEST_F(JoinResultsTest, TheFirstErrorCancelsTheOthersAndIsReturnedAfterThem) {
  Event later;
  loop.spawn(collect(*this, list(succeed(1), wait_for(*this, never, 2), fail_after(later, Errc::Denied),
                                 fail_after(end, Errc::Throttled), wait_for(*this, never, 3))));
  settle();
  EXPECT_THAT(notes, IsEmpty());
  end.notify_all();
  settle();
  ASSERT_FALSE(joined);
  EXPECT_EQ(joined.error().code, Errc::Throttled);
  EXPECT_THAT(notes, ElementsAre("gone 2", "gone 3", "joined", "caller gone"));
  EXPECT_EQ(loop.running(), 0u);
}

TEST_F(JoinResultsTest, ACancelledCallerUnwindsAfterItsChildrenAlsoAfterAnError) {
  for (const bool failed : {false, true}) {
    notes.clear();
    const TaskId caller = loop.spawn(collect(*this, list(wait_for(*this, never, 1), fail_after(end, Errc::Denied))));
    settle();
    if (failed) end.notify_all();
    loop.cancel(caller);
    settle();
    EXPECT_THAT(notes, ElementsAre("gone 1", "caller gone"));
    EXPECT_EQ(loop.running(), 0u);
  }
}

TEST_F(JoinResultsTest, UnwindsTheCallerWhereAChildWasCancelledAlone) {
  const TaskId caller = loop.spawn(collect(*this, list(succeed(1), wait_for(*this, never, 2))));
  settle();
  loop.cancel(TaskId{caller.value + 2});  // the second child
  settle();
  EXPECT_THAT(notes, ElementsAre("gone 2", "caller gone"));
}

}  // namespace
}  // namespace g2afs::test
