// SPDX-License-Identifier: MIT
#include "g2afs/net/host_limits.hpp"

#include <algorithm>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace g2afs::test {
namespace {

using namespace std::chrono_literals;

const std::string kHost = "https://media:443";
const std::string kOther = "https://media:8443";

struct HostLimitsTest : testing::Test {
  HostLimits limits{16, 60s};
  MonotonicTime now{1h};

  /// One request from its beginning to its end.
  void ask(int status, std::optional<std::chrono::seconds> retry_after = std::nullopt) {
    const auto began = limits.begin(kHost, now);
    limits.answered(kHost, began, status, retry_after, now);
    limits.end(kHost, now);
  }
  Duration pause() const { return std::max<Duration>(limits.not_before(kHost) - now, 0s); }
};

TEST_F(HostLimitsTest, AHostBeginsWithAllThereIs) {
  EXPECT_EQ(limits.room(kHost), 16);
  EXPECT_LE(limits.not_before(kHost), now);
  limits.begin(kHost, now);
  EXPECT_EQ(limits.room(kHost), 15);
  EXPECT_EQ(limits.room(kOther), 16);
}

TEST_F(HostLimitsTest, ABurstOfRefusalsIsOneEvent) {
  std::vector<HostLimits::Began> began;
  for (int i = 0; i < 10; ++i) began.push_back(limits.begin(kHost, now));
  EXPECT_EQ(limits.answered(kHost, began[0], 429, std::nullopt, now).events, 1);
  for (std::size_t i = 1; i < began.size(); ++i)
    EXPECT_EQ(limits.answered(kHost, began[i], 429, std::nullopt, now).events, 0);
  EXPECT_EQ(limits.limit(kHost), 8u);
  EXPECT_EQ(limits.room(kHost), -2);
  EXPECT_EQ(pause(), 500ms);
  for (std::size_t i = 0; i < began.size(); ++i) limits.end(kHost, now);
  ask(503);
  EXPECT_EQ(limits.limit(kHost), 4u) << "this one began afterwards";
  EXPECT_EQ(limits.limit(kOther), 16u);
  EXPECT_LE(limits.not_before(kOther), now);
}

TEST_F(HostLimitsTest, NeverBelowOne) {
  for (int i = 0; i < 10; ++i) ask(429);
  EXPECT_EQ(limits.limit(kHost), 1u);
}

TEST_F(HostLimitsTest, WithoutRetryAfterThePauseDoublesUntilASuccess) {
  for (const Duration expected : {500ms, 1'000ms, 2'000ms, 4'000ms, 4'000ms}) {
    ask(503, 0s);
    EXPECT_EQ(pause(), expected);
    now = now + expected;
  }
  ask(206);
  ask(503);
  EXPECT_EQ(pause(), 500ms);
}

TEST_F(HostLimitsTest, WithOneConnectionWhatRefusesIsRememberedAsWell) {
  limits = HostLimits{1, 60s};
  int event = 0;
  for (const Duration expected : {500ms, 1'000ms, 2'000ms, 4'000ms, 4'000ms}) {
    const auto began = limits.begin(kHost, now);
    EXPECT_EQ(limits.answered(kHost, began, 429, std::nullopt, now).events, ++event);
    limits.end(kHost, now);
    EXPECT_EQ(pause(), expected);
    now = now + expected;
  }
  ask(206);
  EXPECT_EQ(limits.known_hosts(), 0u);
}

TEST_F(HostLimitsTest, RetryAfterIsObeyedUpToALimitAlsoFromALateAnswer) {
  const auto early = limits.begin(kHost, now);
  ask(429, 10s);
  EXPECT_EQ(pause(), 10s);
  limits.answered(kHost, early, 429, 20s, now);
  EXPECT_EQ(pause(), 20s);
  EXPECT_EQ(limits.limit(kHost), 8u);
  ask(429, 5s);
  EXPECT_EQ(pause(), 20s) << "a shorter one takes nothing back";
  ask(429, 3600s);
  EXPECT_EQ(pause(), 60s);
  EXPECT_EQ(limits.next_end_of_pause(now), now + 60s);
  EXPECT_EQ(limits.next_end_of_pause(now + 60s), std::nullopt);
}

TEST_F(HostLimitsTest, EachStepUpTakesAsManySuccessesAsTheLimitIs) {
  ask(429);
  ask(429);
  ASSERT_EQ(limits.limit(kHost), 4u);
  for (int i = 0; i < 3; ++i) ask(206);
  EXPECT_EQ(limits.limit(kHost), 4u);
  ask(200);
  EXPECT_EQ(limits.limit(kHost), 5u);
  for (int i = 0; i < 4; ++i) ask(206);
  EXPECT_EQ(limits.limit(kHost), 5u);
  ask(206);
  EXPECT_EQ(limits.limit(kHost), 6u);
}

TEST_F(HostLimitsTest, WhatBeganBeforeTheEventOrSaysNothingOfLoadDoesNotCount) {
  const auto early = limits.begin(kHost, now);
  ask(429);
  for (int i = 0; i < 100; ++i) limits.answered(kHost, early, 206, std::nullopt, now);
  for (int i = 0; i < 100; ++i) ask(404);
  EXPECT_EQ(limits.limit(kHost), 8u);
}

TEST_F(HostLimitsTest, AHostThatFailsIsTakenForDeadAfterEightBurstsInARow) {
  for (const int status : {0, 500, 502, 504}) {
    SCOPED_TRACE(status);
    const auto fail_once = [&] {
      const auto one = limits.begin(kHost, now), other = limits.begin(kHost, now);
      const auto lesson =
          status == 0 ? limits.failed(kHost, one, now) : limits.answered(kHost, one, status, std::nullopt, now);
      EXPECT_EQ(limits.failed(kHost, other, now).events, 0) << "of the same burst";
      limits.end(kHost, now);
      limits.end(kHost, now);
      return lesson.events;
    };
    for (int i = 0; i < 7; ++i) EXPECT_EQ(fail_once(), 0);
    EXPECT_EQ(pause(), 0s);
    int event = 0;
    for (const Duration expected : {500ms, 1'000ms, 2'000ms, 4'000ms, 4'000ms}) {
      EXPECT_EQ(fail_once(), ++event);
      EXPECT_EQ(pause(), expected);
      now = now + expected;
    }
    EXPECT_EQ(limits.limit(kHost), 16u) << "how many it can take, it has not said";
    const auto began = limits.begin(kHost, now);
    EXPECT_EQ(limits.answered(kHost, began, 206, std::nullopt, now).events_before, 5);
    limits.end(kHost, now);
    EXPECT_EQ(limits.known_hosts(), 0u);
  }
}

TEST_F(HostLimitsTest, AHostThatHangsIsTakenForDeadAtTheSecondFailure) {
  int event = -1;
  for (const Duration expected : {0ms, 500ms, 1'000ms, 2'000ms}) {
    const auto began = limits.begin(kHost, now);
    now = now + 30s;
    EXPECT_EQ(limits.failed(kHost, began, now).events, ++event);
    limits.end(kHost, now);
    EXPECT_EQ(pause(), expected);
    now = now + expected;
  }
}

TEST_F(HostLimitsTest, AHostThatAnsweredOthersMeanwhileDoesNotHang) {
  const auto hangs = limits.begin(kHost, now);
  now = now + 25s;
  const auto well = limits.begin(kHost, now);
  limits.answered(kHost, well, 206, std::nullopt, now);
  limits.end(kHost, now);
  now = now + 5s;
  EXPECT_EQ(limits.failed(kHost, hangs, now).events, 0);
  limits.end(kHost, now);
  EXPECT_EQ(pause(), 0s);
  const auto next = limits.begin(kHost, now);
  now = now + 5s;
  EXPECT_EQ(limits.failed(kHost, next, now).events, 1) << "ten seconds after its last answer";
  limits.end(kHost, now);
}

TEST_F(HostLimitsTest, ForgetsHostsThatAreIdleAndNotSlowedDown) {
  for (int i = 0; i < 100; ++i) {
    const std::string host = "https://" + std::to_string(i);
    limits.begin(host, now);
    EXPECT_EQ(limits.known_hosts(), 1u);
    limits.end(host, now);
    EXPECT_EQ(limits.known_hosts(), 0u);
  }
  ask(429);
  limits.begin(kOther, now);
  EXPECT_EQ(limits.known_hosts(), 2u);
  limits.end(kOther, now);
  EXPECT_EQ(limits.known_hosts(), 1u) << "the slowed down one is remembered";
  now = now + 1h;
  limits.begin(kOther, now);
  EXPECT_EQ(limits.known_hosts(), 1u) << "but not for ever";
}

RC_GTEST_PROP(HostLimits, KeepsItsPromisesWhateverTheServerAnswers, ()) {
  const auto most = *rc::gen::inRange<std::size_t>(1, 40);
  HostLimits limits(most, 60s);
  MonotonicTime now{1h};
  std::vector<HostLimits::Began> under_way;
  const auto steps = *rc::gen::container<std::vector<int>>(rc::gen::inRange(0, 1'000'000));
  for (const int step : steps) {
    now = now + std::chrono::milliseconds(step % 700);
    const MonotonicTime not_before = limits.not_before(kHost);
    const std::size_t limit = limits.limit(kHost);
    if (step % 3 != 0 || under_way.empty()) {
      if (limits.room(kHost) <= 0 || not_before > now) continue;
      under_way.push_back(limits.begin(kHost, now));
      RC_ASSERT(under_way.size() <= limit);
    } else {
      const auto at = under_way.begin() + step % static_cast<int>(under_way.size());
      const int status = std::vector{200, 206, 429, 503, 404}[static_cast<std::size_t>(step / 7 % 5)];
      const auto retry_after = step % 2 == 0 ? std::optional(std::chrono::seconds(step % 100)) : std::nullopt;
      if (step % 11 != 0) limits.answered(kHost, *at, status, retry_after, now);
      RC_ASSERT(limits.limit(kHost) == limit || limits.limit(kHost) == std::max<std::size_t>(limit / 2, 1) ||
                limits.limit(kHost) == limit + 1);
      RC_ASSERT(limits.not_before(kHost) >= not_before);
      under_way.erase(at);
      limits.end(kHost, now);
    }
    RC_ASSERT(limits.limit(kHost) >= 1);
    RC_ASSERT(limits.limit(kHost) <= most);
    RC_ASSERT(limits.room(kHost) == static_cast<std::ptrdiff_t>(limits.limit(kHost) - under_way.size()));
    RC_ASSERT(limits.not_before(kHost) <= now + 60s);
  }
  // Enough successes bring it back, whatever it has been through.
  while (!under_way.empty()) {
    under_way.pop_back();
    limits.end(kHost, now);
  }
  for (std::size_t i = 0; i < most * most; ++i) {
    limits.answered(kHost, limits.begin(kHost, now), 206, std::nullopt, now);
    limits.end(kHost, now);
  }
  RC_ASSERT(limits.limit(kHost) == most);
}

}  // namespace
}  // namespace g2afs::test
