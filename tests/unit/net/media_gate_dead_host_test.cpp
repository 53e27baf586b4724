// SPDX-License-Identifier: MIT
// What a host of media that is dead is sent, and when it is asked again.
#include <algorithm>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/net/media_gate_fixture.hpp"

#include "g2afs/net/retry.hpp"

namespace g2afs::test {
namespace {

using testing::HasSubstr;
using testing::Not;

/// Readers of a host that is dead until `back`, each of whom tries again as every fetch does.
struct DeadHostTest : MediaGateTest {
  static constexpr int kReaders = 400;
  static constexpr Duration kTimeout = 30s;  // of requests that hang

  static Task<> read(DeadHostTest& test) {
    std::optional<Retry> retry;
    for (;;) {
      {
        MediaGate::Turn turn(*test.gate, "A", kSoon);
        auto entered = co_await turn.come();
        if (entered) {
          test.sent.push_back(test.clock.now());
          co_await test.clock.sleep(test.time_to_fail);
          if (test.clock.now() >= test.back) {
            ResponseHead head;
            head.status = 206;
            entered->answered(head);
            ++test.read_well;
            co_return;
          }
          entered->failed();
        }
      }
      if (!retry) retry.emplace(RetryPolicy{}, test.clock);
      if (!co_await retry->again()) break;
    }
    ++test.gave_up;
  }
  void read_all(std::size_t places = 32) {
    open(places);
    for (int i = 0; i < kReaders; ++i) loop.spawn(read(*this));
    ASSERT_TRUE(clock.run(loop));
  }
  std::string text() {
    log.flush();
    return said.str();
  }
  auto lines() {
    const std::string all = text();
    return std::count(all.begin(), all.end(), '\n');
  }

  const MonotonicTime start = clock.now();
  MonotonicTime back = start + 24h;
  Duration time_to_fail = 5ms;
  std::vector<MonotonicTime> sent;
  int read_well = 0, gave_up = 0;
};

TEST_F(DeadHostTest, IsNotHammeredByHundredsOfReaders) {
  read_all();
  EXPECT_EQ(gave_up, kReaders);
  EXPECT_LE(clock.now() - start, 120s + 15s) << "nobody waits in line for ever";
  // 32 every four seconds, but for the first of them; left alone they would send ten thousand.
  EXPECT_LT(sent.size(), 2000u);
  EXPECT_THAT(text(), HasSubstr("A/…: the host fails whatever it is asked: it is left alone"));
  EXPECT_THAT(text(), Not(HasSubstr("well again")));
  EXPECT_EQ(lines(), 1) << "told once";
}

TEST_F(DeadHostTest, IsAskedByAllAsSoonAsItIsBack) {
  back = start + 30s;
  read_all();
  EXPECT_EQ(read_well, kReaders);
  EXPECT_LE(sent.back() - start, 30s + 15s);
  EXPECT_THAT(text(), HasSubstr("A/…: the host is well again"));
  EXPECT_EQ(lines(), 2) << "told once";
}

TEST_F(DeadHostTest, ThatHangsKeepsNobodyInLine) {
  time_to_fail = kTimeout;
  for (const std::size_t places : {32, 1}) {
    gave_up = 0;
    const MonotonicTime began = clock.now();
    read_all(places);
    EXPECT_EQ(gave_up, kReaders);
    EXPECT_LE(clock.now() - began, 120s + 4 * kTimeout + 15s) << places << " at a time";
    gate.reset();
  }
}

TEST_F(DeadHostTest, ThatHungIsAskedByAllAsSoonAsItIsBack) {
  back = start + 100s;
  time_to_fail = kTimeout;
  read_all();
  EXPECT_EQ(read_well, kReaders);
}

}  // namespace
}  // namespace g2afs::test
