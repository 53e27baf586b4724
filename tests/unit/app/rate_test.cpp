// SPDX-License-Identifier: MIT
#include "g2afs/app/rate.hpp"

#include <gtest/gtest.h>

namespace g2afs {
namespace {

using namespace std::chrono_literals;

class RateTest : public testing::Test {
 protected:
  /// `bytes` more after so much time.
  void go_on(std::uint64_t bytes, Rate::Instant::duration time) {
    done_ += bytes;
    now_ += time;
    rate_.update(done_, now_);
  }

  Rate rate_;
  std::uint64_t done_ = 0;
  Rate::Instant now_;
};

TEST_F(RateTest, IsNotKnownAtFirst) {
  EXPECT_EQ(rate_.time_for(1), std::nullopt);
  go_on(1000, 1s);
  EXPECT_EQ(rate_.per_second(), 0);
  EXPECT_EQ(rate_.time_for(1), std::nullopt);
}

TEST_F(RateTest, IsExactWhileItIsTheSame) {
  go_on(0, 1s);
  for (const auto time : {200ms, 1000ms, 5ms, 20000ms}) {
    go_on(static_cast<std::uint64_t>(time.count()), time);
    EXPECT_NEAR(rate_.per_second(), 1000, 0.001);
  }
  EXPECT_EQ(rate_.time_for(60'000), 60s);
  EXPECT_EQ(rate_.time_for(0), 0s);
}

TEST_F(RateTest, IsTheMeanOfWhatItHasSeenWhileThatIsShort) {
  go_on(0, 1s);
  go_on(100, 1s);
  go_on(300, 1s);
  EXPECT_NEAR(rate_.per_second(), 200, 0.001);
}

TEST_F(RateTest, FollowsAChangeWithinHalfAMinute) {
  go_on(0, 1s);
  for (int i = 0; i < 300; ++i) go_on(1000, 1s);
  go_on(0, 1s);
  EXPECT_GT(rate_.per_second(), 800) << "one second without any is no standstill";
  for (int i = 0; i < 30; ++i) go_on(100, 1s);
  EXPECT_NEAR(rate_.per_second(), 100, 50);
}

TEST_F(RateTest, PromisesNothingWhenItStandsStill) {
  go_on(0, 1s);
  go_on(1, 1s);
  EXPECT_EQ(rate_.time_for(1'000'000'000), std::nullopt);
  go_on(0, 0s);
  EXPECT_NEAR(rate_.per_second(), 1, 0.001) << "no time has passed";
}

}  // namespace
}  // namespace g2afs
