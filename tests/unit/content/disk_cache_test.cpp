// SPDX-License-Identifier: MIT
#include "g2afs/content/disk_cache.hpp"

#include <filesystem>
#include <memory>
#include <string>
#include <sys/resource.h>
#include <unistd.h>

#include <gtest/gtest.h>

#include "disk_fixture.hpp"

namespace g2afs::test {
namespace {

using DiskCacheTest = DiskTest;

unsigned mode_of(const std::filesystem::path& path) {
  return static_cast<unsigned>(std::filesystem::status(path).permissions());
}

TEST_F(DiskCacheTest, MakingOneDoesNotTouchTheDisk) {
  const DiskCache cache({dir(), kRoomy, "account"}, clock, *log);
  EXPECT_FALSE(std::filesystem::exists(dir()));
}

TEST_F(DiskCacheTest, HasNothingAtFirst) {
  auto cache = make_cache();
  const auto none = cache.open(video(1, 300'000));
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().code, Errc::NotFound);
}

TEST_F(DiskCacheTest, GivesBackWhatItWasGivenAlsoToTheNextProcess) {
  const auto key = video(1, 3 * kBlockSize + 777);
  {
    auto cache = make_cache();
    const auto file = fill(cache, key);
    ASSERT_NE(file, nullptr);
    EXPECT_TRUE(file->complete());
  }
  auto cache = make_cache();
  const auto file = cache.open(key).value();
  EXPECT_EQ(file->validator(), disk_version(1));
  EXPECT_TRUE(file->complete());
  EXPECT_TRUE(file->held({0, kBlockSize}));
  for (std::uint64_t block = 0; block < 4; ++block) {
    EXPECT_EQ(read_checked(*file, 1, block), file->layout().all_pages(block));
  }
}

TEST_F(DiskCacheTest, TheDataFileOfACompleteObjectIsTheObject) {
  auto cache = make_cache();
  const auto key = video(1, 2 * kBlockSize + 5);
  ASSERT_NE(fill(cache, key), nullptr);
  std::string right;
  for (std::uint64_t block = 0; block < 3; ++block) {
    const auto bytes = disk_block(key, 1, block);
    right.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  }
  const auto files = files_below(dir(), ".data");
  ASSERT_EQ(files.size(), 1U);
  EXPECT_EQ(read_file(files[0]), right);
}

// As recordingSize may be whatever a server likes, and each block of an open file takes memory.
TEST_F(DiskCacheTest, AnObjectOfAbsurdSizeIsNotCached) {
  auto cache = make_cache();
  EXPECT_TRUE(cache.create(video(1, kLargestCached), disk_version(1)));
  for (const std::uint64_t size : {kLargestCached + 1, std::uint64_t{1} << 50, (std::uint64_t{1} << 63) - 1}) {
    const auto file = cache.create(video(2, size), disk_version(1));
    ASSERT_FALSE(file) << size;
    EXPECT_EQ(file.error().code, Errc::Invalid);
  }
  EXPECT_EQ(files_below(dir(), ".map").size(), 1U);
}

TEST_F(DiskCacheTest, ASmallObjectTakesOneFile) {
  auto cache = make_cache();
  const auto key = events(1, 10'000);
  const auto file = fill(cache, key);
  ASSERT_NE(file, nullptr);
  EXPECT_TRUE(file->complete());
  EXPECT_EQ(file->data_descriptor(), -1);
  EXPECT_EQ(files_below(dir(), ".data").size(), 0U);
  ASSERT_EQ(files_below(dir(), ".map").size(), 1U);
  EXPECT_EQ(std::filesystem::file_size(files_below(dir(), ".map")[0]), 512U + 10'000U);
}

TEST_F(DiskCacheTest, NobodyElseMayLook) {
  auto cache = make_cache();
  ASSERT_NE(fill(cache, video(1, 300'000)), nullptr);
  EXPECT_EQ(mode_of(dir()), 0700U);
  for (const auto& entry : std::filesystem::recursive_directory_iterator(dir())) {
    EXPECT_EQ(mode_of(entry.path()), entry.is_directory() ? 0700U : 0600U) << entry.path();
  }
}

TEST_F(DiskCacheTest, LeavesNoTemporaryFiles) {
  auto cache = make_cache();
  for (std::uint64_t version = 1; version < 4; ++version) {
    ASSERT_NE(fill(cache, video(1, 300'000), version), nullptr);
    ASSERT_NE(fill(cache, events(1, 300), version), nullptr);
  }
  // Two maps, one data file, and what the quota keeps.
  EXPECT_EQ(files_below(dir() / "v1", ".map").size(), 2U);
  EXPECT_EQ(files_below(dir() / "v1", ".data").size(), 1U);
  EXPECT_EQ(files_below(dir()).size(), 3U + 2U);
}

TEST_F(DiskCacheTest, WhatIsRemovedIsGoneAndAccountedFor) {
  auto cache = make_cache();
  const auto key = video(1, 5 << 20);
  const auto file = fill(cache, key);
  ASSERT_NE(fill(cache, events(1, 3000)), nullptr);
  const auto before = cache.in_use().value();
  ASSERT_TRUE(cache.remove(key, disk_version(1)));
  ASSERT_TRUE(cache.remove(events(1, 3000), disk_version(1)));
  EXPECT_FALSE(cache.open(key));
  EXPECT_FALSE(cache.open(events(1, 3000)));
  EXPECT_EQ(files_below(dir(), ".data").size() + files_below(dir(), ".map").size(), 0U);
  EXPECT_LE(cache.in_use().value(), before - (5 << 20));
  EXPECT_GE(cache.in_use().value(), allocated_below(dir()));
  // Who has it open reads on, and begins anew when he is to add something.
  EXPECT_EQ(read_checked(*file, 1, 7), file->layout().all_pages(7));
  EXPECT_TRUE(cache.remove(key, disk_version(1))) << "what is not there is no error";
}

TEST_F(DiskCacheTest, AnotherVersionIsNotRemoved) {
  auto cache = make_cache();
  const auto key = video(1, 300'000);
  ASSERT_NE(fill(cache, key, 2), nullptr);
  ASSERT_TRUE(cache.remove(key, disk_version(1)));
  EXPECT_TRUE(cache.open(key));
  ASSERT_TRUE(cache.remove(key, {disk_version(2).etag, "Thu, 24 Nov 2016 10:30:00 GMT"}));
  EXPECT_FALSE(cache.open(key)) << "one that says less may be the same";
}

TEST_F(DiskCacheTest, EmptyObjectsAreComplete) {
  auto cache = make_cache();
  const auto file = cache.create(events(1, 0), disk_version(1)).value();
  EXPECT_TRUE(file->complete());
  EXPECT_EQ(file->cached_bytes(), 0U);
}

TEST_F(DiskCacheTest, AnotherSizeOrStartIsAnotherObject) {
  auto cache = make_cache();
  const auto key = video(1, 300'000);
  ASSERT_NE(fill(cache, key), nullptr);
  auto longer = key, later = key;
  longer.size = 300'001;
  later.start += std::chrono::milliseconds{1};
  EXPECT_FALSE(cache.open(longer));
  EXPECT_FALSE(cache.open(later));
  EXPECT_TRUE(cache.open(key));
  EXPECT_FALSE(cache.open(events(1, 300'000)));
}

TEST_F(DiskCacheTest, AccountsDoNotMix) {
  auto cache = make_cache();
  auto other = make_cache(kRoomy, "other");
  ASSERT_NE(fill(cache, video(1, 300'000)), nullptr);
  EXPECT_FALSE(other.open(video(1, 300'000)));
}

TEST_F(DiskCacheTest, AnotherVersionTakesThePlaceOfTheOld) {
  auto cache = make_cache();
  const auto key = video(1, 300'000);
  const auto old = fill(cache, key, 1);
  const auto fresh = cache.create(key, disk_version(2)).value();
  EXPECT_NE(fresh->generation(), old->generation());
  EXPECT_EQ(fresh->cached_bytes(), 0U);
  // Who has the old one open reads on, and adds nothing to the new.
  EXPECT_EQ(read_checked(*old, 1, 0), old->layout().all_pages(0));
  ASSERT_TRUE(put(*fresh, 2, 1));
  EXPECT_EQ(read_checked(*old, 1, 1), old->layout().all_pages(1));
  EXPECT_EQ(read_checked(*fresh, 2, 1), fresh->layout().all_pages(1));
  EXPECT_EQ(cache.open(key).value()->validator(), disk_version(2));
}

TEST_F(DiskCacheTest, AnOldVersionTakesNoMoreWrites) {
  auto cache = make_cache();
  const auto key = video(1, 300'000);
  const auto old = cache.create(key, disk_version(1)).value();
  ASSERT_TRUE(cache.create(key, disk_version(2)));
  const auto written = put(*old, 1, 0);
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().code, Errc::NotFound);
}

TEST_F(DiskCacheTest, CreatingWhatIsThereKeepsIt) {
  auto cache = make_cache();
  auto other = make_cache();
  const auto key = video(1, 300'000);
  const auto file = fill(cache, key);
  EXPECT_EQ(cache.create(key, disk_version(1)).value(), file);
  EXPECT_EQ(other.create(key, disk_version(1)).value()->generation(), file->generation());
}

TEST_F(DiskCacheTest, OpeningTwiceIsTheSameFile) {
  auto cache = make_cache();
  const auto key = video(1, 300'000);
  const auto file = fill(cache, key);
  EXPECT_EQ(cache.open(key).value(), file);
}

TEST_F(DiskCacheTest, WithoutAValidatorNothingIsCached) {
  auto cache = make_cache();
  EXPECT_EQ(cache.create(video(1, 300'000), {}).error().code, Errc::Invalid);
  EXPECT_EQ(cache.create(video(1, 300'000), {std::string(300, 'x'), std::string(133, 'y')}).error().code,
            Errc::Invalid);
  EXPECT_TRUE(cache.create(video(1, 300'000), {std::string(300, 'x'), std::string(132, 'y')}));
  EXPECT_TRUE(cache.create(video(2, 300'000), {"", "Thu, 24 Nov 2016 10:30:00 GMT"}));
}

TEST_F(DiskCacheTest, TwoMountsAddToOneFile) {
  auto cache = make_cache();
  auto other = make_cache();
  const auto key = video(1, 5 * kBlockSize);
  const auto here = cache.create(key, disk_version(1)).value();
  const auto there = other.create(key, disk_version(1)).value();
  ASSERT_TRUE(put(*here, 1, 0, 0x0000ffff));
  ASSERT_TRUE(put(*there, 1, 0, 0xffff0000));
  ASSERT_TRUE(put(*there, 1, 3));
  EXPECT_EQ(read_checked(*here, 1, 0), ~PageSet{0});
  EXPECT_EQ(here->held(3), 0U);
  ASSERT_TRUE(here->refresh());
  EXPECT_EQ(here->held(3), ~PageSet{0});
  EXPECT_EQ(here->cached_bytes(), 2 * kBlockSize);
}

TEST_F(DiskCacheTest, AnotherVersionsDirectoryIsLeftAlone) {
  std::filesystem::create_directories(dir() / "v2");
  write_file(dir() / "v2" / "something", "of the future");
  auto cache = make_cache();
  ASSERT_NE(fill(cache, video(1, 300'000)), nullptr);
  EXPECT_EQ(read_file(dir() / "v2" / "something"), "of the future");
}

TEST_F(DiskCacheTest, ACacheThatIsReadOnlyIsRead) {
  if (::geteuid() == 0) GTEST_SKIP() << "root may write anywhere";
  const auto key = video(1, 300'000);
  {
    auto cache = make_cache();
    fill(cache, key);
  }
  for (const auto& file : files_below(dir())) std::filesystem::permissions(file, std::filesystem::perms(0400));
  DiskCache cache({dir(), kRoomy, "account"}, clock, *log);
  const auto file = cache.open(key).value();
  EXPECT_EQ(read_checked(*file, 1, 0), ~PageSet{0});
}

TEST_F(DiskCacheTest, AScanThatCannotLookEverywhereMeasuresNothing) {
#ifdef __SANITIZE_ADDRESS__
  GTEST_SKIP() << "UndefinedBehaviorSanitizer, which comes with it, takes two descriptors for each look at an object";
#endif
  auto cache = make_cache();
  for (std::uint64_t id = 0; id < 3; ++id) ASSERT_NE(fill(cache, video(id, 300'000)), nullptr);
  ASSERT_TRUE(cache.scan());
  const auto before = cache.in_use();
  ASSERT_TRUE(before);
  const int next = ::dup(0);
  ::close(next);
  rlimit usual{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &usual), 0);
  for (int spare = 0; spare < 4; ++spare) {
    const rlimit few{static_cast<rlim_t>(next + spare), usual.rlim_max};
    ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &few), 0);
    const bool scanned = cache.scan().has_value();
    ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &usual), 0);
    EXPECT_EQ(scanned, spare == 3) << spare << " descriptors";
    EXPECT_GE(cache.in_use().value_or(0), *before) << spare << " descriptors";
  }
  EXPECT_EQ(::dup(0), next) << "none was left open";
  ::close(next);
}

}  // namespace
}  // namespace g2afs::test
