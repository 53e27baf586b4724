// SPDX-License-Identifier: MIT
// Eviction, the limit, and failing disks, as a user of the cache sees them.
#include "../../../src/content/disk_services.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <memory>
#include <random>
#include <string>
#include <sys/mount.h>
#include <sys/statvfs.h>
#include <vector>

#include <gtest/gtest.h>

#include "disk_fixture.hpp"

#include "g2afs/content/disk_cache.hpp"
#include "g2afs/content/disk_maintenance.hpp"

namespace g2afs::test {
namespace {

constexpr std::uint64_t kMega = 1 << 20;

class DiskEvictionTest : public DiskTest {
 protected:
  void wait() { clock.advance(std::chrono::seconds{100}); }
  bool there(DiskCache& cache, const DiskKey& key) { return cache.open(key).has_value(); }
};

TEST_F(DiskEvictionTest, TheSizeIsNeverExceeded) {
  constexpr std::uint64_t kSize = 6 * kMega;
  auto cache = make_cache(kSize);
  auto other = make_cache(kSize);
  std::mt19937_64 random(11);
  for (std::uint64_t i = 0; i < 60; ++i) {
    const auto key =
        i % 3 == 0 ? events(i, 1000 + random() % 60'000) : video(i, kBlockSize + random() % (8 * kBlockSize));
    const auto file = (i % 2 == 0 ? cache : other).create(key, disk_version(1));
    ASSERT_LE(allocated_below(dir()), kSize) << i;
    if (!file) continue;
    for (std::uint64_t block = 0; block < (*file)->layout().blocks(); ++block) {
      static_cast<void>(put(**file, 1, block, static_cast<PageSet>(random() | random())));
      ASSERT_LE(allocated_below(dir()), kSize) << i;
    }
    wait();
  }
  // It is used, too.
  EXPECT_GT(allocated_below(dir()), kSize / 2);
  EXPECT_GT(cache.numbers().evicted + other.numbers().evicted, 10U);
  EXPECT_LT(cache.numbers().refused + other.numbers().refused, 10U);
}

TEST_F(DiskEvictionTest, ScatteredPagesOfOneGreatFileStayBelowTheSize) {
  constexpr std::uint64_t kSize = 8 * kMega;
  auto cache = make_cache(kSize);
  const auto file = cache.create(video(1, 800 * kBlockSize), disk_version(1)).value();
  std::mt19937_64 random(5);
  for (int i = 0; i < 1500; ++i) {
    const PageSet pages = PageSet{1} << random() % 32 | PageSet{1} << random() % 32;
    static_cast<void>(put(*file, 1, random() % 800, pages));
    if (i % 10 != 0) continue;
    ASSERT_LE(allocated_below(dir()), kSize) << i;
  }
  EXPECT_LE(allocated_below(dir()), kSize);
}

TEST_F(DiskEvictionTest, TheLeastRecentlyUsedGoFirst) {
  auto cache = make_cache(10 * kMega);
  for (std::uint64_t id = 0; id < 9; ++id) {
    ASSERT_NE(fill(cache, video(id, kMega)), nullptr);
    wait();
  }
  cache.open(video(0, kMega)).value()->touch();
  cache.open(video(1, kMega)).value();  // to look is no use
  wait();
  fill(cache, video(100, kMega));
  fill(cache, video(101, kMega));
  EXPECT_TRUE(there(cache, video(0, kMega)));
  EXPECT_FALSE(there(cache, video(1, kMega)));
  EXPECT_TRUE(there(cache, video(8, kMega)));
  EXPECT_TRUE(there(cache, video(100, kMega)));
  EXPECT_TRUE(there(cache, video(101, kMega)));
}

TEST_F(DiskEvictionTest, AWalksLeavingsGoBeforeAPlayers) {
  auto cache = make_cache(10 * kMega);
  for (std::uint64_t id = 0; id < 9; ++id) {
    const auto file = fill(cache, video(id, kMega));
    ASSERT_NE(file, nullptr);
    if (id >= 6) file->demote();
    wait();
  }
  fill(cache, video(100, kMega));
  fill(cache, video(101, kMega));
  EXPECT_TRUE(there(cache, video(0, kMega)));
  EXPECT_FALSE(there(cache, video(6, kMega))) << "the one that was passed first";
}

TEST_F(DiskEvictionTest, AFileThatDoesNotFitLeavesTheOthersTheirHalf) {
  auto cache = make_cache(10 * kMega);
  for (std::uint64_t id = 0; id < 3; ++id) {
    ASSERT_NE(fill(cache, video(id, kMega)), nullptr);
    wait();
  }
  const auto large = fill(cache, video(100, 40 * kMega));
  ASSERT_NE(large, nullptr);
  EXPECT_EQ(large->cached_bytes(), 5 * kMega);
  EXPECT_TRUE(large->has_its_share());
  EXPECT_EQ(read_checked(*large, 1, 0), ~PageSet{0}) << "what was read first";
  for (std::uint64_t id = 0; id < 3; ++id) EXPECT_TRUE(there(cache, video(id, kMega))) << id;
  EXPECT_EQ(cache.numbers().evicted, 0U);
}

TEST_F(DiskEvictionTest, AFileThatFitsMayHaveAllOfIt) {
  auto cache = make_cache(10 * kMega);
  ASSERT_NE(fill(cache, video(1, kMega)), nullptr);
  ASSERT_NE(fill(cache, video(2, kMega)), nullptr);
  wait();
  const auto large = fill(cache, video(100, 8 * kMega));
  ASSERT_NE(large, nullptr);
  EXPECT_TRUE(large->complete());
}

TEST_F(DiskEvictionTest, AWalkThroughMoreThanFitsLeavesAPlayersFileAlone) {
  auto cache = make_cache(10 * kMega);
  ASSERT_NE(fill(cache, video(1, 2 * kMega)), nullptr);
  for (std::uint64_t id = 100; id < 140; ++id) {
    wait();
    const auto file = fill(cache, video(id, kMega));
    ASSERT_NE(file, nullptr);
    file->demote();
  }
  EXPECT_TRUE(there(cache, video(1, 2 * kMega)));
  EXPECT_TRUE(there(cache, video(139, kMega)));
}

TEST_F(DiskEvictionTest, WhatIsOpenHereStays) {
  auto cache = make_cache(10 * kMega);
  const auto open = fill(cache, video(0, kMega));
  wait();
  for (std::uint64_t id = 1; id < 30; ++id) {
    fill(cache, video(id, kMega));
    wait();
  }
  EXPECT_EQ(read_checked(*open, 1, 7), ~PageSet{0});
  EXPECT_EQ(cache.open(video(0, kMega)).value(), open);
  EXPECT_FALSE(there(cache, video(1, kMega)));
}

TEST_F(DiskEvictionTest, WhatIsOpenElsewhereIsReadToItsEnd) {
  auto cache = make_cache(10 * kMega);
  auto other = make_cache(10 * kMega);
  const auto open = fill(other, video(0, kMega));
  wait();
  for (std::uint64_t id = 1; id < 30; ++id) {
    fill(cache, video(id, kMega));
    wait();
  }
  EXPECT_FALSE(there(cache, video(0, kMega)));
  for (std::uint64_t block = 0; block < 8; ++block) EXPECT_EQ(read_checked(*open, 1, block), ~PageSet{0});
}

TEST_F(DiskEvictionTest, WhereNothingCanBeEvictedWritesAreRefused) {
  auto cache = make_cache(3 * kMega);
  auto file = cache.create(video(1, 5 * kMega / 2), disk_version(1)).value();
  auto beside = cache.create(video(3, 5 * kMega / 2), disk_version(1)).value();
  std::uint64_t written = 0, refused = 0;
  for (std::uint64_t i = 0; i < 40; ++i) {
    const auto put_there = put(i % 2 == 0 ? *file : *beside, 1, i / 2);
    ++(put_there ? written : refused);
    if (!put_there) {
      EXPECT_EQ(put_there.error().what, "the disk cache is full");
    }
    ASSERT_LE(allocated_below(dir()), 3 * kMega);
  }
  EXPECT_GT(written, 18U);
  EXPECT_GT(refused, 15U);
  // It still reads, and once the file is closed there is room again.
  EXPECT_EQ(read_checked(*file, 1, 0), ~PageSet{0});
  file.reset();
  clock.advance(std::chrono::seconds{11});
  const auto next = cache.create(video(2, 5 * kMega / 2), disk_version(1)).value();
  for (std::uint64_t block = 0; block < 8; ++block) EXPECT_TRUE(put(*next, 1, block));
  EXPECT_FALSE(there(cache, video(1, 5 * kMega / 2)));
}

TEST_F(DiskEvictionTest, ASmallerSizeThanBeforeIsReachedByTheScan) {
  {
    auto cache = make_cache(30 * kMega);
    for (std::uint64_t id = 0; id < 20; ++id) ASSERT_NE(fill(cache, video(id, kMega)), nullptr);
    EXPECT_GT(allocated_below(dir()), 20 * kMega);
  }
  auto cache = make_cache(5 * kMega);
  EXPECT_LE(allocated_below(dir()), 5 * kMega);
  EXPECT_GT(allocated_below(dir()), 2 * kMega);
}

TEST_F(DiskEvictionTest, WhoGivesUpNeitherMeasuresNorEvicts) {
  auto cache = make_cache(10 * kMega);
  for (std::uint64_t id = 0; id < 9; ++id) {
    ASSERT_NE(fill(cache, video(id, kMega)), nullptr);
    wait();
  }
  cache.give_up();
  EXPECT_FALSE(cache.scan());
  const auto file = cache.create(video(100, 4 * kMega), disk_version(1));
  for (std::uint64_t block = 0; file && block < 32; ++block) static_cast<void>(put(**file, 1, block));
  EXPECT_LE(allocated_below(dir()), 10 * kMega);
  for (std::uint64_t id = 0; id < 9; ++id) EXPECT_TRUE(there(cache, video(id, kMega))) << id;
}

TEST_F(DiskEvictionTest, LeftoversOfAKilledProcessAreRemovedOnceTheyAreOld) {
  auto cache = make_cache();
  fill(cache, video(1, 300'000));
  const auto data = files_below(dir(), ".data").at(0);
  const auto shard = data.parent_path();
  write_file(shard / ".new-0123456789abcdef", "half a map");
  write_file(shard / "1.mp4-0123456789abcdef.data", "data of no map");
  write_file(shard / "2.mp4-0123456789abcdef.data", "data of no map");
  ASSERT_TRUE(cache.scan());
  EXPECT_EQ(files_below(shard).size(), 5U);
  clock.advance(std::chrono::hours{2});
  ASSERT_TRUE(cache.scan());
  EXPECT_EQ(files_below(shard).size(), 2U);
  EXPECT_TRUE(std::filesystem::exists(data));
}

// Failing disks

class DiskFailureTest : public DiskEvictionTest {
 protected:
  ~DiskFailureTest() override {
    if (mounted_) ::umount2(dir().c_str(), MNT_DETACH);
  }
  /// False where this user may not.
  bool mount_small(const char* size) {
    std::filesystem::create_directory(dir());
    mounted_ = ::mount("g2afs-test", dir().c_str(), "tmpfs", 0, size) == 0;
    return mounted_;
  }
  double free_share() {
    struct statvfs status {};
    ::statvfs(dir().c_str(), &status);
    return static_cast<double>(status.f_bavail) / static_cast<double>(status.f_blocks);
  }

 private:
  bool mounted_ = false;
};

TEST_F(DiskFailureTest, ADirectoryThatCannotBeMadeIsAnErrorAndThenLeftAlone) {
  temporary.write("cache", "a file in the way");
  DiskCache cache({dir(), kRoomy, "account"}, clock, *log);
  EXPECT_FALSE(cache.scan());
  EXPECT_FALSE(cache.create(video(1, kMega), disk_version(1)));
  EXPECT_EQ(cache.create(video(1, kMega), disk_version(1)).error().what, "the disk cache is not written to for now");
  std::filesystem::remove(dir());
  EXPECT_FALSE(cache.create(video(1, kMega), disk_version(1)));
  clock.advance(std::chrono::seconds{30});
  EXPECT_NE(fill(cache, video(1, kMega)), nullptr);
}

TEST_F(DiskFailureTest, ARemovedDirectoryIsMadeAnew) {
  auto cache = make_cache();
  fill(cache, video(1, kMega));
  std::filesystem::remove_all(dir());
  EXPECT_EQ(cache.open(video(1, kMega)).error().code, Errc::NotFound);
  const auto file = fill(cache, video(1, kMega));
  ASSERT_NE(file, nullptr);
  EXPECT_TRUE(file->complete());
}

TEST_F(DiskFailureTest, APartOfTheFileSystemStaysFree) {
  if (!mount_small("size=16m")) GTEST_SKIP() << "may not mount";
  auto cache = make_cache();
  double least = 1;
  for (std::uint64_t id = 0; id < 40; ++id) {
    fill(cache, video(id, kMega));
    least = std::min(least, free_share());
    ASSERT_GE(least, 0.05) << id;
    wait();
  }
  EXPECT_LT(least, 0.2);
  EXPECT_GT(cache.numbers().evicted, 10U);
  EXPECT_TRUE(there(cache, video(39, kMega)));
}

TEST_F(DiskFailureTest, AFullDiskIsNotWrittenToUntilThereIsRoom) {
  if (!mount_small("size=16m")) GTEST_SKIP() << "may not mount";
  auto cache = make_cache();
  const auto file = cache.create(video(1, 10 * kMega), disk_version(1)).value();
  ASSERT_TRUE(put(*file, 1, 0));
  write_file(dir() / "others", std::string(16 * kMega, 'x'));
  std::uint64_t refused = 0;
  for (std::uint64_t block = 1; block < 80; ++block) refused += !put(*file, 1, block);
  EXPECT_EQ(refused, 79U);
  EXPECT_EQ(read_checked(*file, 1, 0), ~PageSet{0});
  std::filesystem::remove(dir() / "others");
  clock.advance(std::chrono::seconds{31});
  EXPECT_TRUE(put(*file, 1, 1));
  EXPECT_EQ(read_checked(*file, 1, 1), ~PageSet{0});
}

TEST_F(DiskFailureTest, AReadOnlyFileSystemIsRead) {
  if (!mount_small("size=16m")) GTEST_SKIP() << "may not mount";
  auto cache = make_cache();
  fill(cache, video(1, kMega));
  ASSERT_EQ(::mount("g2afs-test", dir().c_str(), "tmpfs", MS_REMOUNT | MS_RDONLY, "size=16m"), 0);
  auto later = DiskCache({dir(), kRoomy, "account"}, clock, *log);
  const auto file = later.open(video(1, kMega)).value();
  EXPECT_EQ(read_checked(*file, 1, 3), ~PageSet{0});
  EXPECT_FALSE(later.create(video(2, kMega), disk_version(1)));
  EXPECT_FALSE(cache.create(video(2, kMega), disk_version(1)));
}

TEST_F(DiskFailureTest, PruningGoesDownToItsSizeHoweverFullTheFileSystemIs) {
  if (!mount_small("size=16m")) GTEST_SKIP() << "may not mount";
  auto cache = make_cache();
  ASSERT_NE(fill(cache, video(1, kMega)), nullptr);
  std::ofstream others(dir() / "others");
  for (const std::string piece(4096, 'x'); free_share() > 0.02 && others.write(piece.data(), 4096).flush();) {
  }
  const auto pruned = DiskMaintenance(dir(), clock, *log).prune(kRoomy);
  ASSERT_TRUE(pruned);
  EXPECT_EQ(pruned->files, 0U);
  EXPECT_TRUE(cache.open(video(1, kMega)));
}

}  // namespace
}  // namespace g2afs::test
