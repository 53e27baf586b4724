// SPDX-License-Identifier: MIT
#include "g2afs/app/progress_text.hpp"

#include <gtest/gtest.h>

namespace g2afs {
namespace {

using namespace std::chrono_literals;

TEST(ProgressText, Bytes) {
  EXPECT_EQ(format_bytes(0), "0 B");
  EXPECT_EQ(format_bytes(999), "999 B");
  EXPECT_EQ(format_bytes(1000), "1.0 kB");
  EXPECT_EQ(format_bytes(9'940), "9.9 kB");
  EXPECT_EQ(format_bytes(9'960), "10 kB");
  EXPECT_EQ(format_bytes(999'400), "999 kB");
  EXPECT_EQ(format_bytes(999'600), "1.0 MB");
  EXPECT_EQ(format_bytes(4'200'000'000), "4.2 GB");
  EXPECT_EQ(format_bytes(UINT64_MAX), "18 EB");
}

TEST(ProgressText, Durations) {
  EXPECT_EQ(format_duration(0s), "0:00");
  EXPECT_EQ(format_duration(59s), "0:59");
  EXPECT_EQ(format_duration(60s), "1:00");
  EXPECT_EQ(format_duration(59min + 59s), "59:59");
  EXPECT_EQ(format_duration(1h), "1:00:00");
  EXPECT_EQ(format_duration(100h + 1min + 2s), "100:01:02");
  EXPECT_EQ(format_duration(-1s), "0:00");
}

TEST(ProgressText, BarsAreFullOnlyWhenAllIsDone) {
  EXPECT_EQ(format_bar(0, 10, 4), "[----]");
  EXPECT_EQ(format_bar(5, 10, 4), "[##--]");
  EXPECT_EQ(format_bar(9'999'999, 10'000'000, 4), "[###-]");
  EXPECT_EQ(format_bar(10, 10, 4), "[####]");
  EXPECT_EQ(format_bar(11, 10, 4), "[####]");
  EXPECT_EQ(format_bar(0, 0, 4), "[----]");
}

}  // namespace
}  // namespace g2afs
