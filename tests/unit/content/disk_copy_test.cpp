// SPDX-License-Identifier: MIT
#include "g2afs/content/disk_copy.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <unistd.h>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "disk_world.hpp"

#include "g2afs/content/disk_maintenance.hpp"

namespace g2afs::test {
namespace {

using testing::IsEmpty;
using testing::SizeIs;

class DiskCopyTest : public testing::Test, protected DiskWorld {
 protected:
  void TearDown() override { EXPECT_TRUE(finish()); }
};

TEST_F(DiskCopyTest, WhatWasReadIsReadAgainWithoutARequest) {
  const FileKey key = add_video(1, make_bytes(5 * kMiB + 1234));
  EXPECT_TRUE(reads_right(key));
  server.asked.clear();
  account.calls.clear();
  restart();
  EXPECT_TRUE(reads_right(key));
  EXPECT_THAT(server.asked, IsEmpty());
  EXPECT_THAT(account.calls, IsEmpty());
  EXPECT_GT(metrics.disk_written_bytes.Value(), 5.0 * kMiB);
  EXPECT_GE(metrics.disk_read_bytes.Value(), 5.0 * kMiB);
}

TEST_F(DiskCopyTest, AHitIsWhatWasNotFetchedToBeRead) {
  const FileKey key = add_video(1, make_bytes(5 * kMiB));
  EXPECT_TRUE(reads_right(key));  // most of it is ahead of the reader when he comes there
  EXPECT_EQ(metrics.cache_hit_bytes.Value(), 0);
  restart();
  EXPECT_TRUE(reads_right(key));
  EXPECT_EQ(metrics.cache_hit_bytes.Value(), 5.0 * kMiB);
  EXPECT_EQ(metrics.read_bytes.Value(), 10.0 * kMiB);
}

TEST_F(DiskCopyTest, TheMetricsFollowTheDisk) {
  const FileKey key = add_video(1, make_bytes(5 * kMiB));
  EXPECT_TRUE(reads_right(key));
  services.disk->update_metrics();
  settle();
  EXPECT_GE(metrics.disk_bytes.Value(), 5.0 * kMiB);
  EXPECT_LE(metrics.disk_bytes.Value(), 20.0 * kMiB);
  for (const auto& data : cache_files(".data")) std::filesystem::resize_file(data, 4 * kMiB);
  restart();
  EXPECT_TRUE(reads_right(key));
  for (int looks = 0; looks < 2; ++looks) services.disk->update_metrics();
  EXPECT_EQ(metrics.disk_dropped.Value(), 8);
  settle();
}

TEST_F(DiskCopyTest, SmallFilesToo) {
  const FileKey key{RecordingId{1}, FileKind::Events};
  account.add(key.id, clock.wall_now(), 1);
  server.put(key, make_bytes(10'001));
  EXPECT_TRUE(reads_right(key));
  server.asked.clear();
  restart();
  EXPECT_TRUE(reads_right(key));
  EXPECT_THAT(server.asked, IsEmpty());
}

TEST_F(DiskCopyTest, WithTheNetworkDownWhatIsThereIsReadable) {
  const FileKey key = add_video(1, make_bytes(4 * kMiB));
  {
    const auto reader = open_on_disk(key);
    ASSERT_TRUE(read(*reader, kMiB, 300'000));
    settle();
  }
  server.behaviour.refuse_connection = true;
  restart();
  const auto reader = open_on_disk(key);
  EXPECT_TRUE(read(*reader, kMiB, 300'000).value_or("") == server.at(key).bytes.substr(kMiB, 300'000));
  const auto text = read(*reader, 3 * kMiB, 4096);
  ASSERT_FALSE(text);
  EXPECT_EQ(text.error().code, Errc::Unavailable);
}

TEST_F(DiskCopyTest, OnlyWhatIsMissingIsFetched) {
  const FileKey key = add_video(1, make_bytes(8 * kMiB));
  {
    const auto reader = open_on_disk(key);
    ASSERT_TRUE(read(*reader, 2 * kMiB, kMiB));
    settle();
  }
  const std::uint64_t before = server.bytes_sent;
  restart();
  EXPECT_TRUE(reads_right(key));
  EXPECT_LE(server.bytes_sent, 8 * kMiB);
  EXPECT_LE(server.bytes_sent - before, 7 * kMiB);
  server.asked.clear();
  restart();
  EXPECT_TRUE(reads_right(key));
  EXPECT_THAT(server.asked, IsEmpty());
}

TEST_F(DiskCopyTest, DamageIsFetchedAnew) {
  const FileKey key = add_video(1, make_bytes(3 * kMiB));
  EXPECT_TRUE(reads_right(key));
  for (const auto& data : cache_files(".data")) {
    std::fstream damaged(data, std::ios::in | std::ios::out | std::ios::binary);
    damaged.seekp(static_cast<std::streamoff>(kMiB + 17));
    damaged.put('!');
    damaged.put('?');
  }
  server.asked.clear();
  restart();
  EXPECT_TRUE(reads_right(key));
  EXPECT_THAT(server.asked, SizeIs(1));
  server.asked.clear();
  restart();
  EXPECT_TRUE(reads_right(key));
  EXPECT_THAT(server.asked, IsEmpty());
}

TEST_F(DiskCopyTest, ACacheThatIsCutShortIsAColdOne) {
  const FileKey key = add_video(1, make_bytes(3 * kMiB));
  EXPECT_TRUE(reads_right(key));
  for (const auto& data : cache_files(".data")) std::filesystem::resize_file(data, 100'000);
  restart();
  EXPECT_TRUE(reads_right(key));
  for (const auto& map : cache_files(".map")) std::filesystem::resize_file(map, 100);
  restart();
  EXPECT_TRUE(reads_right(key));
  for (const auto& data : cache_files("")) std::filesystem::remove(data);
  restart();
  EXPECT_TRUE(reads_right(key));
}

TEST_F(DiskCopyTest, AnotherVersionOnTheServerIsNotMixedWithWhatIsOnDisk) {
  const FileKey key = add_video(1, make_bytes(4 * kMiB));
  {
    const auto reader = open_on_disk(key);
    ASSERT_TRUE(read(*reader, 0, 4096));
    settle();
  }
  server.replace(key, make_bytes(4 * kMiB, 77));
  restart();
  const auto reader = open_on_disk(key);
  ASSERT_TRUE(read(*reader, 0, 4096));  // the old one, as long as nobody knows better
  for (const std::uint64_t at : {3 * kMiB, std::uint64_t{0}}) {
    const auto text = read(*reader, at, 4096);
    ASSERT_FALSE(text);
    EXPECT_EQ(text.error().code, Errc::Changed);
  }
  // The next open does not believe what is there, and what it reads takes its place.
  const auto after = open(file_on_disk(key, 4 * kMiB, false));
  EXPECT_TRUE(read(*after, 0, 4 * kMiB).value_or("") == server.at(key).bytes);
  settle();
  server.asked.clear();
  restart();
  EXPECT_TRUE(reads_right(key));
  EXPECT_THAT(server.asked, IsEmpty());
}

TEST_F(DiskCopyTest, AVersionKnownByItsDateOnlyIsNotMixedWithOneThatHasATagAsWell) {
  const FileKey key = add_video(1, make_bytes(4 * kMiB));
  server.behaviour.etag = false;
  {
    const auto reader = open_on_disk(key);
    ASSERT_TRUE(read(*reader, 0, 4096));
    settle();
  }
  server.behaviour.etag = true;
  server.replace(key, make_bytes(4 * kMiB, 77));
  restart();
  const auto reader = open_on_disk(key);
  ASSERT_TRUE(read(*reader, 0, 4096));
  const auto text = read(*reader, 3 * kMiB, 4096);
  ASSERT_FALSE(text);
  EXPECT_EQ(text.error().code, Errc::Changed);
}

TEST_F(DiskCopyTest, WhatNothingProvesToBeOfTheServersVersionIsNotUsed) {
  const FileKey key = add_video(1, make_bytes(4 * kMiB));
  for (const bool some_was_read : {false, true}) {
    server.behaviour.etag = false;
    server.behaviour.last_modified = true;
    {
      const auto reader = open(file_on_disk(key, 4 * kMiB, false));
      ASSERT_TRUE(read(*reader, 0, 4096));
      settle();
    }
    server.replace(key, make_bytes(4 * kMiB, some_was_read ? 77 : 78));
    server.behaviour.etag = true;
    server.behaviour.last_modified = false;
    restart();
    const auto reader = open_on_disk(key);
    ASSERT_GT(reader->file().bytes_on_disk(), 0u);
    if (some_was_read) {
      ASSERT_TRUE(read(*reader, 0, 4096));
    }
    const auto text = read(*reader, 3 * kMiB, 4096);
    if (some_was_read) {
      ASSERT_FALSE(text);
      EXPECT_EQ(text.error().code, Errc::Changed);
    } else {
      EXPECT_TRUE(text.value_or("") == server.at(key).bytes.substr(3 * kMiB, 4096));
      EXPECT_TRUE(read(*reader, 0, 4096).value_or("") == server.at(key).bytes.substr(0, 4096));
    }
    settle();
  }
}

TEST_F(DiskCopyTest, WhoKnowsLessOfAVersionUsesTheSameFile) {
  const FileKey key = add_video(1, make_bytes(4 * kMiB));
  const auto read_some = [&](std::uint64_t at) {
    auto known = file(key);
    // Nothing was found when it was opened, and now another mount has begun to keep it.
    known->allow_disk(Time{std::chrono::hours{1000}}, true);
    const auto reader = open(known);
    ASSERT_TRUE(read(*reader, at, 4096));
    settle();
  };
  read_some(0);
  const auto before = cache_files(".data");
  server.behaviour.etag = false;
  read_some(2 * kMiB);
  EXPECT_EQ(cache_files(".data"), before);
  EXPECT_GT(file_on_disk(key, 4 * kMiB)->bytes_on_disk(), kBlockSize);
}

TEST_F(DiskCopyTest, WhatHasChangedIsNotKept) {
  const FileKey key = add_video(1, make_bytes(kMiB));
  const auto reader = open_on_disk(key);
  ASSERT_TRUE(read(*reader, 0, 4096));
  server.behaviour.extra = "more";  // longer than announced
  EXPECT_FALSE(read(*reader, kMiB - 4096, 4096));
  settle();
  restart();
  EXPECT_EQ(file_on_disk(key, kMiB)->bytes_on_disk(), 0u);
}

TEST_F(DiskCopyTest, WhatIsOnDiskGoesWithTheVersionAlsoWhereItIsOfAnEarlierMount) {
  const FileKey key = add_video(1, make_bytes(2 * kMiB));
  {
    const auto reader = open_on_disk(key);
    ASSERT_TRUE(read(*reader, 0, 4096));
    settle();
  }
  EXPECT_THAT(cache_files(".map"), SizeIs(1));
  server.replace(key, make_bytes(2 * kMiB, 77));
  restart();
  {
    const auto reader = open_on_disk(key);
    EXPECT_FALSE(read(*reader, kMiB, 4096));
    settle();
  }
  EXPECT_THAT(cache_files(".map"), IsEmpty());
  EXPECT_THAT(cache_files(".data"), IsEmpty());
}

TEST_F(DiskCopyTest, AnotherSizeFindsNothingOfTheOneBefore) {
  const FileKey key = add_video(1, make_bytes(kMiB));
  EXPECT_TRUE(reads_right(key));
  restart();
  EXPECT_EQ(file_on_disk(key, kMiB + 1)->bytes_on_disk(), 0u);
  server.replace(key, make_bytes(kMiB + 1, 5));
  EXPECT_TRUE(reads_right(key));
  restart();
  server.asked.clear();
  EXPECT_TRUE(reads_right(key));
  EXPECT_THAT(server.asked, IsEmpty());
  EXPECT_THAT(cache_files(".map"), SizeIs(1));
}

TEST_F(DiskCopyTest, WhatNobodyReadsIsNotOpen) {
  const FileKey key = add_video(1, make_bytes(kMiB));
  for (int life = 0; life < 2; ++life) {
    auto known = file_on_disk(key, kMiB);
    {
      const auto reader = open(known);
      ASSERT_TRUE(read(*reader, 0, kMiB));
      settle();
      EXPECT_GT(open_in_cache(), 0);
    }
    settle();
    EXPECT_EQ(open_in_cache(), 0) << "life " << life;
    // Who comes again finds it again.
    run_task(loop, clock, find(known));
    EXPECT_EQ(known->bytes_on_disk(), kMiB);
    known->rest_on_disk();
    settle();
    EXPECT_EQ(open_in_cache(), 0);
    restart();
  }
}

TEST_F(DiskCopyTest, WhatAWalkHasPassedGoesFirstAlsoWhileItIsStillToBeWritten) {
  const FileKey key = add_video(1, make_bytes(100'000));
  auto made = file_on_disk(key, 100'000);
  {
    const auto reader = open(made);
    ASSERT_TRUE(read(*reader, 0, 100'000));
    made->passed_by_walk();
  }
  settle();
  int passed = 0;
  ASSERT_TRUE(DiskMaintenance(directory / "cache", clock, *log).list([&](const auto& file) { passed += file.passed; }));
  EXPECT_EQ(passed, 1);
}

TEST_F(DiskCopyTest, ToLookHowMuchIsThereIsNoUse) {
  const FileKey key = add_video(1, make_bytes(100'000));
  const auto listed = [this] {
    DiskMaintenance::Listed only;
    EXPECT_TRUE(DiskMaintenance(directory / "cache", clock, *log).list([&](const auto& file) { only = file; }));
    return only;
  };
  {
    const auto reader = open_on_disk(key);
    ASSERT_TRUE(read(*reader, 0, 100'000));
    reader->file().passed_by_walk();
  }
  settle();
  const auto before = listed();
  EXPECT_TRUE(before.passed);
  clock.advance(std::chrono::hours{1});
  restart();
  const auto known = file_on_disk(key, 100'000);
  EXPECT_EQ(known->bytes_on_disk(), 100'000u);
  settle();
  EXPECT_EQ(listed().last_use, before.last_use);
  EXPECT_TRUE(listed().passed);
  const auto reader = open(known);
  settle();
  EXPECT_GT(listed().last_use, before.last_use);
  EXPECT_FALSE(listed().passed);
  // A walk passes while somebody else reads it.
  known->add_reader();
  known->passed_by_walk();
  known->remove_reader();
  settle();
  EXPECT_FALSE(listed().passed);
}

TEST_F(DiskCopyTest, WithoutAValidatorNothingIsKept) {
  server.behaviour.tags = false;
  const FileKey key = add_video(1, make_bytes(kMiB));
  EXPECT_TRUE(reads_right(key));
  EXPECT_THAT(cache_files(".map"), IsEmpty());
}

TEST_F(DiskCopyTest, WhatFindsNoRoomAmongWhatWaitsIsNotKeptAndNobodyIsHeldUp) {
  restart(0);
  const FileKey key = add_video(1, make_bytes(kMiB));
  EXPECT_TRUE(reads_right(key));
  EXPECT_THAT(cache_files(".map"), IsEmpty());
}

TEST_F(DiskCopyTest, SeveralWhoOpenAtOnceLookOnce) {
  const FileKey key = add_video(1, make_bytes(kMiB));
  EXPECT_TRUE(reads_right(key));
  restart();
  auto made = file(key, kMiB);
  made->allow_disk(Time{std::chrono::hours{1000}}, true);
  struct Find {
    static Task<> run(std::shared_ptr<ContentFile> sought, int& found) {
      co_await sought->find_on_disk();
      if (sought->bytes_on_disk() == kMiB) ++found;
    }
  };
  int found = 0;
  const TaskId first = loop.spawn(Find::run(made, found));
  for (int i = 0; i < 3; ++i) loop.spawn(Find::run(made, found));
  loop.cancel(first);
  EXPECT_TRUE(clock.run(loop));
  EXPECT_EQ(found, 3);
}

TEST_F(DiskCopyTest, RandomReadsOverRestartsAndDamage) {
  RC_ASSERT(rc::check("whatever happens to the disk, a read returns the bytes", [] {
    DiskWorld world(*rc::gen::arbitrary<std::uint32_t>());
    const std::uint64_t size = *rc::gen::inRange<std::uint64_t>(1, 2 * kMiB);
    const FileKey key = world.add_video(1, make_bytes(size, 5));
    for (int life = 0; life < 4; ++life) {
      const auto reader = world.open_on_disk(key);
      const auto reads = *rc::gen::inRange(0, 6);
      for (int i = 0; i < reads; ++i) {
        const auto at = *rc::gen::inRange<std::uint64_t>(0, size);
        const auto length = *rc::gen::inRange<std::size_t>(1, 600'000);
        const auto text = world.read(*reader, at, length);
        RC_ASSERT(text.has_value());
        RC_ASSERT(*text == world.server.at(key).bytes.substr(at, length));
      }
      world.settle();
      for (const auto& damaged : world.cache_files("")) {
        const auto length = std::filesystem::file_size(damaged);
        if (length == 0 || *rc::gen::inRange(0, 3) != 0) continue;
        const auto at = *rc::gen::inRange<std::uint64_t>(0, length);
        if (*rc::gen::arbitrary<bool>()) {
          std::filesystem::resize_file(damaged, at);
        } else {
          std::fstream file(damaged, std::ios::in | std::ios::out | std::ios::binary);
          file.seekp(static_cast<std::streamoff>(at));
          file.put(static_cast<char>(*rc::gen::arbitrary<std::uint8_t>()));
        }
      }
      world.restart();
    }
  }));
}

}  // namespace
}  // namespace g2afs::test
