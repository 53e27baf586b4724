// SPDX-License-Identifier: MIT
#include "../../../src/content/disk_read.hpp"

#include <fstream>
#include <optional>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "disk_world.hpp"

namespace g2afs::test {
namespace {

using testing::SizeIs;

class DiskReadTest : public testing::Test, protected DiskWorld {
 protected:
  ~DiskReadTest() override { finish(); }

  void damage(std::uint64_t at) {
    for (const auto& data : cache_files(".data")) {
      std::fstream file(data, std::ios::in | std::ios::out | std::ios::binary);
      file.seekp(static_cast<std::streamoff>(at));
      file.write("DAMAGED!", 8);
    }
  }
  /// A file that is on disk as a whole, found by a disk with so many threads.
  std::shared_ptr<ContentFile> whole_on_disk(FileKey key, std::size_t threads) {
    EXPECT_TRUE(reads_right(key));
    restart(64 * kMiB, threads);
    const auto known = file(key);
    known->allow_disk(Time{std::chrono::hours{1000}}, true);
    auto finding = known->find_on_disk();
    struct Find {
      static Task<> run(Task<void> find) { co_await std::move(find); }
    };
    loop.spawn(Find::run(std::move(finding)));
    EXPECT_TRUE(loop.run_until_idle(std::chrono::seconds{10}));
    EXPECT_EQ(known->bytes_on_disk(), server.at(key).bytes.size());
    server.asked.clear();
    return known;
  }
  /// What a thread of the disk has done, or is about to do, has come to the loop.
  void settle_disk() {
    struct Ask {
      static Task<> run(Disk& disk) {
        auto nothing = [] { return true; };
        co_await disk.read(std::move(nothing));
      }
    };
    loop.spawn(Ask::run(*services.disk));
    EXPECT_TRUE(loop.run_until_idle(std::chrono::seconds{10}));
  }
  static Task<> read_slices(Reader& reader, std::uint64_t offset, std::size_t size,
                            std::optional<Result<Slices>>& out) {
    out.emplace(co_await reader.read(offset, size));
  }

  HungRead hung;
};

TEST_F(DiskReadTest, AReadThatComesLateDoesNotWriteIntoWhatWasFetchedMeanwhile) {
  const FileKey key = add_video(1, make_bytes(4 * kMiB));
  const auto known = whole_on_disk(key, 1);
  damage(300'000);
  const auto reader = open(known);
  hung.begin(*this, *services.disk);
  std::optional<Result<Slices>> read;
  loop.spawn(read_slices(*reader, 0, kMiB, read));
  settle();
  EXPECT_FALSE(read);
  clock.run(loop);
  ASSERT_TRUE(read && *read);
  EXPECT_TRUE(text_of(**read) == server.at(key).bytes.substr(0, kMiB));
  hung.let_go();
  clock.advance(std::chrono::minutes{2});
  settle_disk();
  EXPECT_TRUE(text_of(**read) == server.at(key).bytes.substr(0, kMiB));
  EXPECT_TRUE(this->read(*reader, 0, kMiB).value_or("") == server.at(key).bytes.substr(0, kMiB));
}

TEST_F(DiskReadTest, WhatADiskThatHangsWasToBringIsFetchedAtOnceByOneRequest) {
  const FileKey key = add_video(1, make_bytes(4 * kMiB));
  const auto known = whole_on_disk(key, 1);
  known->add_reader();
  hung.begin(*this, *services.disk);
  known->fetch({0, 4 * kMiB}, Priority::Bulk);
  settle();
  EXPECT_THAT(server.asked, SizeIs(0));
  clock.advance(std::chrono::seconds{5});
  settle();
  EXPECT_THAT(server.asked, SizeIs(1));
  for (std::uint64_t at = 0; at < 4 * kMiB; at += kBlockSize) EXPECT_TRUE(known->holds({at, at + kBlockSize}));
  known->remove_reader();
}

TEST_F(DiskReadTest, NeighboursThatAreDamagedAreOneRequest) {
  const FileKey key = add_video(1, make_bytes(4 * kMiB));
  const auto known = whole_on_disk(key, 0);
  for (const std::uint64_t block : {1, 2, 3, 6}) damage(block * kBlockSize + 100);
  known->add_reader();
  known->fetch({0, kMiB}, Priority::Bulk);
  settle();
  EXPECT_THAT(server.asked, SizeIs(2));
  for (std::uint64_t at = 0; at < kMiB; at += kBlockSize) EXPECT_TRUE(known->holds({at, at + kBlockSize}));
  known->remove_reader();
}

}  // namespace
}  // namespace g2afs::test
