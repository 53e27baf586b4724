// SPDX-License-Identifier: MIT
// A loop for a test, which ends what is left on it before what that refers to goes. Loop thread only.
#pragma once

#include <gtest/gtest.h>

#include "g2afs/net/loop.hpp"

namespace g2afs::test {

class LoopFixture : public testing::Test {
 protected:
  void TearDown() override {
    loop.cancel_all();
    EXPECT_TRUE(loop.run_until_idle(kHangs));
  }
  /// Runs everything that can run.
  void settle() {
    loop.context().restart();
    loop.context().poll();
  }

  /// Reached only by a test that hangs.
  static constexpr Duration kHangs = std::chrono::seconds{60};

  Loop loop;
};

}  // namespace g2afs::test
