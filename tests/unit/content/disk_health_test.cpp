// SPDX-License-Identifier: MIT
#include "g2afs/content/disk_health.hpp"

#include <algorithm>
#include <chrono>

#include <gtest/gtest.h>

#include "fakes/fake_clock.hpp"
#include "fakes/temporary_directory.hpp"

namespace g2afs::test {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

class DiskHealthTest : public testing::Test {
 protected:
  static std::shared_ptr<Log> log_to(const std::filesystem::path& file) {
    LogOptions options;
    options.file = file;
    return make_log(options).value();
  }
  long lines(const std::string& with) {
    log->flush();
    const std::string text = read_file(directory / "log");
    long count = 0;
    for (auto at = text.find(with); at != std::string::npos; at = text.find(with, at + 1)) ++count;
    return count;
  }

  TemporaryDirectory directory;
  std::shared_ptr<Log> log = log_to(directory / "log");
  FakeClock clock;
  DiskHealth health{"writing to the disk cache", clock, *log};
  const Error full{Errc::Unavailable, "cannot write a block: No space left on device"};
};

TEST_F(DiskHealthTest, IsTriedUntilItFails) {
  EXPECT_TRUE(health.worth_trying());
  health.worked();
  EXPECT_TRUE(health.worth_trying());
  health.failed(full);
  EXPECT_FALSE(health.worth_trying());
}

TEST_F(DiskHealthTest, IsTriedAgainAfterPausesThatGrowToTenMinutes) {
  health.failed(full);
  for (const int count : {30, 60, 120, 240, 480, 600, 600}) {
    const seconds pause{count};
    clock.advance(pause - seconds{1});
    EXPECT_FALSE(health.worth_trying()) << pause.count();
    clock.advance(seconds{1});
    EXPECT_TRUE(health.worth_trying()) << pause.count();
    health.failed(full);
  }
}

TEST_F(DiskHealthTest, WhatFailsAlongCountsOnce) {
  for (int i = 0; i < 10; ++i) health.failed(full);
  clock.advance(seconds{30});
  EXPECT_TRUE(health.worth_trying());
}

TEST_F(DiskHealthTest, WarnsOnceARow) {
  for (int i = 0; i < 5; ++i) {
    health.failed(full);
    clock.advance(minutes{10});
  }
  EXPECT_EQ(lines(" warning writing to the disk cache: cannot write a block: No space left on device"), 1);
  health.worked();
  health.worked();
  EXPECT_EQ(lines("works again"), 1);
  health.failed(full);
  EXPECT_EQ(lines(" warning "), 2);
  clock.advance(seconds{30});
  EXPECT_TRUE(health.worth_trying()) << "the pause begins anew";
}

TEST_F(DiskHealthTest, AWriteThatWasUnderWayDoesNotEndThePause) {
  health.failed(full);
  health.worked();
  EXPECT_FALSE(health.worth_trying());
}

}  // namespace
}  // namespace g2afs::test
