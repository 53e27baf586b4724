// SPDX-License-Identifier: MIT
#include "g2afs/content/disk_quota.hpp"

#include <filesystem>
#include <memory>
#include <string>

#include <gtest/gtest.h>

#include "disk_fixture.hpp"

namespace g2afs::test {
namespace {

constexpr std::uint64_t kMega = 1 << 20;
constexpr std::int64_t kNow = 1'700'000'000;

class DiskQuotaTest : public testing::Test {
 protected:
  std::unique_ptr<DiskQuota> member(std::uint64_t limit = 100 * kMega) {
    return std::make_unique<DiskQuota>(directory / "v1", limit);
  }
  void measure(DiskQuota& quota, std::uint64_t bytes, std::int64_t now = kNow) {
    ASSERT_TRUE(quota.end_scan(quota.begin_scan(), bytes, now));
  }
  static bool grants(DiskQuota& quota, std::uint64_t bytes) {
    const auto room = quota.take(bytes).value();
    if (room != Room::Enough && room != Room::Tight) return false;
    quota.wrote(bytes);
    return true;
  }

  TemporaryDirectory directory;
};

TEST_F(DiskQuotaTest, GrantsNothingBeforeTheFirstScan) {
  const auto quota = member();
  EXPECT_EQ(quota->take(1).value(), Room::Unknown);
  EXPECT_FALSE(quota->in_use());
  measure(*quota, 0);
  EXPECT_EQ(quota->take(1).value(), Room::Enough);
}

TEST_F(DiskQuotaTest, GrantsUpToTheLimitAndNoByteMore) {
  const auto quota = member();
  measure(*quota, 10 * kMega);
  std::uint64_t granted = 0;
  while (grants(*quota, 100'000)) granted += 100'000;
  EXPECT_LE(10 * kMega + granted, 100 * kMega);
  EXPECT_GT(10 * kMega + granted, 99 * kMega);
}

TEST_F(DiskQuotaTest, SaysWhenItGetsTight) {
  const auto quota = member();
  measure(*quota, 96 * kMega);
  EXPECT_EQ(quota->take(1000).value(), Room::Tight);
  EXPECT_EQ(quota->take(5 * kMega).value(), Room::Full);
}

TEST_F(DiskQuotaTest, SeveralTogetherStayBelowTheLimit) {
  const auto one = member(), two = member(), three = member();
  measure(*one, 0);
  std::uint64_t granted = 0;
  for (bool any = true; any;) {
    any = false;
    for (auto* quota : {one.get(), two.get(), three.get()}) {
      if (!grants(*quota, 300'000)) continue;
      any = true;
      granted += 300'000;
    }
  }
  EXPECT_LE(granted, 100 * kMega);
  EXPECT_GT(granted, 97 * kMega);
}

TEST_F(DiskQuotaTest, WhatIsGivenBackCanBeHadAgain) {
  const auto quota = member();
  measure(*quota, 0);
  ASSERT_EQ(quota->take(99 * kMega).value(), Room::Tight);
  ASSERT_EQ(quota->take(99 * kMega).value(), Room::Full);
  quota->give_back(99 * kMega);
  EXPECT_NE(quota->take(99 * kMega).value(), Room::Full);
}

TEST_F(DiskQuotaTest, WhatIsFreedCanBeHadByOthers) {
  const auto one = member(), two = member();
  measure(*one, 100 * kMega);
  EXPECT_FALSE(grants(*two, kMega));
  ASSERT_TRUE(one->will_free(10 * kMega));
  EXPECT_FALSE(grants(*two, kMega));
  ASSERT_TRUE(one->freed(10 * kMega, 9 * kMega));
  EXPECT_TRUE(grants(*two, 8 * kMega));
  EXPECT_FALSE(grants(*two, 2 * kMega));
}

TEST_F(DiskQuotaTest, AnEndedProcessGivesBackWhatItDidNotUse) {
  const auto two = member();
  measure(*two, 0);
  ASSERT_TRUE(grants(*member(), 1000));
  EXPECT_LT(two->in_use().value(), 100'000U);
}

TEST_F(DiskQuotaTest, WritesThatAScanMayHaveMissedAreCounted) {
  const auto one = member(), two = member();
  measure(*one, 0);
  ASSERT_EQ(one->take(20 * kMega).value(), Room::Enough);  // promised, and not written yet
  const auto scan = two->begin_scan();
  one->wrote(20 * kMega);
  ASSERT_TRUE(grants(*one, 30 * kMega));
  ASSERT_TRUE(two->end_scan(scan, 0, kNow));
  EXPECT_GE(two->in_use().value(), 50 * kMega);
  EXPECT_GE(one->in_use().value(), 50 * kMega);
}

TEST_F(DiskQuotaTest, FilesRemovedDuringAScanAreNotSubtractedTwice) {
  const auto one = member(), two = member();
  measure(*one, 90 * kMega);
  const auto scan = two->begin_scan();
  ASSERT_TRUE(one->will_free(40 * kMega));
  ASSERT_TRUE(two->end_scan(scan, 50 * kMega, kNow));  // it did not see them any more
  ASSERT_TRUE(one->freed(40 * kMega, 40 * kMega));
  EXPECT_GE(two->in_use().value(), 50 * kMega);
  EXPECT_LT(two->in_use().value(), 51 * kMega);
}

TEST_F(DiskQuotaTest, TwoScansAtATimeAreHarmless) {
  const auto one = member(), two = member();
  measure(*one, 90 * kMega);  // which is too much
  const auto first = one->begin_scan(), second = two->begin_scan();
  ASSERT_TRUE(grants(*one, kMega));
  ASSERT_TRUE(one->end_scan(first, 30 * kMega, kNow));
  ASSERT_TRUE(two->end_scan(second, 30 * kMega, kNow));
  EXPECT_GE(one->in_use().value(), 31 * kMega);
  EXPECT_LT(one->in_use().value(), 34 * kMega);
}

TEST_F(DiskQuotaTest, ADamagedMeasureGrantsNothing) {
  const auto quota = member();
  measure(*quota, 0);
  std::filesystem::resize_file(directory / "v1" / "measured", 20);
  EXPECT_EQ(quota->take(20 * kMega).value(), Room::Unknown);
  measure(*quota, 0);
  EXPECT_EQ(quota->take(20 * kMega).value(), Room::Enough);
}

TEST_F(DiskQuotaTest, ADamagedAccountGrantsNothingUntilItIsOldAndWasMeasured) {
  const auto now =
      std::chrono::duration_cast<std::chrono::seconds>(std::chrono::system_clock::now().time_since_epoch()).count();
  const auto quota = member();
  measure(*quota, 0);
  write_file(directory / "v1" / "use" / "0123456789abcdef", "zeros, or worse");
  EXPECT_EQ(quota->take(20 * kMega).value(), Room::Unknown);
  measure(*quota, 0, now);
  EXPECT_EQ(quota->take(20 * kMega).value(), Room::Unknown) << "its owner may be about to write it";
  measure(*quota, 0, now + 100);
  EXPECT_EQ(quota->take(20 * kMega).value(), Room::Enough);
}

TEST_F(DiskQuotaTest, AQuietAccountGoesAndItsClaimWithIt) {
  const auto now =
      std::chrono::duration_cast<std::chrono::seconds>(std::chrono::system_clock::now().time_since_epoch()).count();
  const auto quota = member();
  measure(*quota, 0);
  ASSERT_TRUE(grants(*quota, 1000));
  const auto copy = files_below(directory / "v1" / "use").at(0);
  std::filesystem::copy_file(copy, directory / "v1" / "use" / "0123456789abcdef");  // as a killed process leaves it
  measure(*quota, 1000, now + 1000);
  const auto before = quota->in_use().value();
  EXPECT_EQ(files_below(directory / "v1" / "use").size(), 2U);
  measure(*quota, 1000, now + 25 * 3600);
  EXPECT_EQ(files_below(directory / "v1" / "use").size(), 1U);
  EXPECT_LT(quota->in_use().value(), before);
}

TEST_F(DiskQuotaTest, AClearedDirectoryIsAccountedForAnew) {
  const auto quota = member();
  measure(*quota, 0);
  ASSERT_TRUE(grants(*quota, 50 * kMega));
  std::filesystem::remove_all(directory / "v1");
  EXPECT_EQ(quota->take(20 * kMega).value(), Room::Unknown);
  measure(*quota, 0);
  EXPECT_LT(quota->in_use().value(), 2 * kMega);
  EXPECT_TRUE(grants(*quota, 90 * kMega));
  EXPECT_FALSE(grants(*quota, 20 * kMega));
}

TEST_F(DiskQuotaTest, WhereNothingCanBeWrittenItSaysSo) {
  directory.write("v1", "a file in the way");
  EXPECT_FALSE(member()->take(1));
}

}  // namespace
}  // namespace g2afs::test
