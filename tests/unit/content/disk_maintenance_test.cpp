// SPDX-License-Identifier: MIT
#include "g2afs/content/disk_maintenance.hpp"

#include <filesystem>
#include <map>

#include <gtest/gtest.h>

#include "disk_fixture.hpp"

namespace g2afs::test {
namespace {

class DiskMaintenanceTest : public DiskTest {
 protected:
  std::map<FileKey, DiskMaintenance::Listed> list() {
    std::map<FileKey, DiskMaintenance::Listed> files;
    EXPECT_TRUE(maintenance.list([&](const auto& file) { files[file.file] = file; }));
    return files;
  }

  DiskCache cache = make_cache();
  DiskMaintenance maintenance{dir(), clock, *log};
};

TEST_F(DiskMaintenanceTest, ListsWhatIsThereWithItsLastUse) {
  const auto half = cache.create(video(1, 4 * kBlockSize), disk_version(1)).value();
  ASSERT_TRUE(put(*half, 1, 0));
  ASSERT_TRUE(put(*half, 1, 3, 0b1));
  half->touch();
  const auto used = clock.wall_now();
  clock.advance(std::chrono::hours{3});
  fill(cache, events(2, 5000))->demote();
  const auto files = list();
  ASSERT_EQ(files.size(), 2U);
  const auto& first = files.at(video(1, 0).file);
  EXPECT_EQ(first.size, 4 * kBlockSize);
  EXPECT_EQ(first.cached, kBlockSize + kPageSize);
  EXPECT_GE(first.allocated, first.cached);
  EXPECT_EQ(first.last_use, used);
  EXPECT_FALSE(first.passed);
  const auto& second = files.at(events(2, 0).file);
  EXPECT_EQ(second.last_use, clock.wall_now());
  EXPECT_TRUE(second.passed);
}

TEST_F(DiskMaintenanceTest, ListsAsDuCounts) {
  for (std::uint64_t id = 0; id < 20; ++id) fill(cache, video(id, 300'000));
  EXPECT_EQ(maintenance.list([](const auto&) {}).value(), allocated_below(dir()));
}

TEST_F(DiskMaintenanceTest, ListingAndVerifyingAreNoUse) {
  fill(cache, video(1, 4 * kBlockSize))->demote();
  clock.advance(std::chrono::hours{3});
  const auto before = list().at(video(1, 0).file);
  ASSERT_TRUE(maintenance.verify());
  const auto after = list().at(video(1, 0).file);
  EXPECT_EQ(after.last_use, before.last_use);
  EXPECT_TRUE(after.passed);
}

TEST_F(DiskMaintenanceTest, ALiveMountGoesOnAfterAClear) {
  const auto key = video(1, 4 * kBlockSize);
  const auto file = fill(cache, key);
  const auto half = cache.create(video(2, 4 * kBlockSize), disk_version(1)).value();
  ASSERT_TRUE(maintenance.clear());
  EXPECT_EQ(read_checked(*file, 1, 3), ~PageSet{0});
  EXPECT_EQ(put(*half, 1, 0).error().code, Errc::NotFound);
  const auto again = fill(cache, video(2, 4 * kBlockSize));
  ASSERT_NE(again, nullptr);
  EXPECT_TRUE(again->complete());
  EXPECT_LT(cache.in_use().value_or(0), 5U << 20) << "what was cleared is not counted any more";
}

TEST_F(DiskMaintenanceTest, ALiveMountMayUseWhatWasPruned) {
  auto small = make_cache(20 << 20);
  for (std::uint64_t id = 0; id < 17; ++id) {
    ASSERT_TRUE(fill(small, video(id, 1 << 20))->complete());
    clock.advance(std::chrono::minutes{2});
  }
  const auto removed = maintenance.prune(8 << 20).value();
  EXPECT_GT(removed.files, 8U);
  EXPECT_LE(allocated_below(dir()), 8U << 20);
  EXPECT_TRUE(small.open(video(16, 1 << 20)));
  EXPECT_FALSE(small.open(video(0, 1 << 20)));
  for (std::uint64_t id = 20; id < 29; ++id) ASSERT_TRUE(fill(small, video(id, 1 << 20))->complete());
  EXPECT_EQ(small.numbers().evicted, 0U);
}

TEST_F(DiskMaintenanceTest, VerifyingRemovesMapsThatNothingTellsOf) {
  fill(cache, events(1, 100));
  fill(cache, video(2, 300'000));
  write_file(files_below(dir(), ".events.map").at(0), "foreign");
  std::filesystem::remove(files_below(dir(), ".data").at(0));
  const auto verified = maintenance.verify().value();
  EXPECT_EQ(verified.damaged_files, 2U);
  EXPECT_EQ(verified.files, 0U);
  EXPECT_TRUE(files_below(dir(), ".map").empty());
}

}  // namespace
}  // namespace g2afs::test
