// SPDX-License-Identifier: MIT
// What a DiskCopy has for the kernel to read by itself: what is whole, proven, and as it was then.
#include <filesystem>
#include <fstream>
#include <string>
#include <unistd.h>

#include <gtest/gtest.h>

#include "disk_world.hpp"

#include "g2afs/content/disk_copy.hpp"

namespace g2afs::test {
namespace {

class DiskCopyWholeTest : public testing::Test, protected DiskWorld {
 protected:
  void TearDown() override { EXPECT_TRUE(finish()); }
};

/// As when it is opened where there is passthrough.
int offered(Reader& reader) {
  const Whole whole = reader.file().whole_on_disk();
  if (whole.descriptor < 0) reader.prove_on_disk();
  return whole.descriptor;
}

TEST_F(DiskCopyWholeTest, WhatIsWholeIsProvenOnceAndIsThenForTheKernelToRead) {
  const FileKey key = add_video(1, make_bytes(12 * kMiB + 77));  // more than is proven at once
  EXPECT_TRUE(reads_right(key));
  restart();
  auto known = file_on_disk(key, 12 * kMiB + 77);
  // A tail that others have left is cut off: the kernel knows no other end than the file's.
  std::filesystem::resize_file(cache_files(".data").at(0), 13 * kMiB);
  {
    const auto reader = open(known);
    EXPECT_EQ(offered(*reader), -1);
  }
  settle();
  EXPECT_EQ(std::filesystem::file_size(cache_files(".data").at(0)), 12 * kMiB + 77);
  EXPECT_EQ(open_in_cache(), 0);
  // Also after it was closed, and at once.
  run_task(loop, clock, find(known));
  const auto reader = open(known);
  const int whole = offered(*reader);
  ASSERT_GE(whole, 0);
  std::string text(12 * kMiB + 78, '.');
  ASSERT_EQ(::pread(whole, text.data(), text.size(), 0), static_cast<ssize_t>(12 * kMiB + 77));
  text.pop_back();
  EXPECT_TRUE(text == server.at(key).bytes);
  EXPECT_EQ(metrics.disk_dropped.Value(), 0);
}

TEST_F(DiskCopyWholeTest, WhatIsDamagedIsNotForTheKernelToRead) {
  const FileKey key = add_video(1, make_bytes(3 * kMiB));
  EXPECT_TRUE(reads_right(key));
  {
    std::fstream damaged(cache_files(".data").at(0), std::ios::in | std::ios::out | std::ios::binary);
    damaged.seekp(static_cast<std::streamoff>(2 * kMiB + 17));
    damaged.put('!');
    damaged.put('?');
  }
  restart();
  auto known = file_on_disk(key, 3 * kMiB);
  const auto reader = open(known);
  for (int open = 0; open < 3; ++open) {
    EXPECT_EQ(offered(*reader), -1);
    settle();
  }
  // Once it was fetched anew, it is.
  EXPECT_TRUE(read(*reader, 0, 3 * kMiB).value_or("") == server.at(key).bytes);
  settle();
  EXPECT_EQ(offered(*reader), -1);
  settle();
  EXPECT_GE(offered(*reader), 0);
}

TEST_F(DiskCopyWholeTest, WhatAnotherMountHasDroppedMeanwhileIsNotForTheKernelToRead) {
  const FileKey key = add_video(1, make_bytes(3 * kMiB));
  EXPECT_TRUE(reads_right(key));
  restart();
  auto known = file_on_disk(key, 3 * kMiB);
  {
    std::fstream map(cache_files(".map").at(0), std::ios::in | std::ios::out | std::ios::binary);
    map.seekp(static_cast<std::streamoff>(DiskLayout{3 * kMiB}.entry_offset(5)));
    map.write(std::string(sizeof(MapEntry), '\0').data(), sizeof(MapEntry));
  }
  const auto reader = open(known);
  for (int open = 0; open < 2; ++open) {
    EXPECT_EQ(offered(*reader), -1);
    settle();
  }
}

TEST_F(DiskCopyWholeTest, WhatWasWrittenToSinceItWasProvenIsProvenAgain) {
  const FileKey key = add_video(1, make_bytes(3 * kMiB));
  EXPECT_TRUE(reads_right(key));
  const auto known = file_on_disk(key, 3 * kMiB);
  const auto proven = [&] {
    for (int open = 0; open < 3; ++open) {
      run_task(loop, clock, find(known));
      const auto reader = this->open(known);
      if (offered(*reader) >= 0) return true;
      settle();
    }
    return false;
  };
  const auto at_once = [&] {
    run_task(loop, clock, find(known));
    return offered(*open(known)) >= 0;
  };
  ASSERT_TRUE(proven());
  settle();
  EXPECT_TRUE(at_once());
  settle();
  std::filesystem::resize_file(cache_files(".data").at(0), 2 * kMiB);
  EXPECT_FALSE(at_once());
  settle();
  EXPECT_FALSE(proven());  // it is damaged
  EXPECT_TRUE(reads_right(key));
  settle();
  EXPECT_TRUE(proven());
}

TEST_F(DiskCopyWholeTest, WhatWasFoundDamagedSinceItWasProvenIsProvenAgain) {
  const FileKey key = add_video(1, make_bytes(3 * kMiB));
  EXPECT_TRUE(reads_right(key));
  restart();
  const auto known = file_on_disk(key, 3 * kMiB);
  const auto reader = open(known);
  offered(*reader);
  settle();
  ASSERT_GE(offered(*reader), 0);
  {
    std::fstream damaged(cache_files(".data").at(0), std::ios::in | std::ios::out | std::ios::binary);
    damaged.seekp(static_cast<std::streamoff>(kMiB + 17));
    damaged.put('!');
    damaged.put('?');
  }
  EXPECT_TRUE(read(*reader, 0, 3 * kMiB).value_or("") == server.at(key).bytes);
  settle();
  EXPECT_EQ(known->bytes_on_disk(), 3 * kMiB);
  EXPECT_EQ(offered(*reader), -1);
  settle();
  EXPECT_GE(offered(*reader), 0);
}

TEST_F(DiskCopyWholeTest, OnlyWhatIsWholeAndLargeIsForTheKernelToRead) {
  const FileKey partly = add_video(1, make_bytes(4 * kMiB));
  const auto first = open_on_disk(partly);
  ASSERT_TRUE(read(*first, 2 * kMiB, 4096));
  settle();
  const FileKey small = add_video(2, make_bytes(100'000));
  EXPECT_TRUE(reads_right(small));
  const auto second = open_on_disk(small);
  for (int open = 0; open < 2; ++open) {
    EXPECT_EQ(offered(*first), -1);
    EXPECT_EQ(offered(*second), -1);
    settle();
  }
}

TEST_F(DiskCopyWholeTest, OneFileAtATimeIsProven) {
  const FileKey one = add_video(1, make_bytes(20 * kMiB)), other = add_video(2, make_bytes(2 * kMiB));
  EXPECT_TRUE(reads_right(one));
  EXPECT_TRUE(reads_right(other));
  const auto first = open_on_disk(one), second = open_on_disk(other);
  offered(*first);
  offered(*second);
  settle();
  EXPECT_GE(offered(*first), 0);
  EXPECT_EQ(offered(*second), -1);
  settle();
  EXPECT_GE(offered(*second), 0);
}

TEST_F(DiskCopyWholeTest, AWalkHasNothingProvenForIt) {
  const FileKey key = add_video(1, make_bytes(2 * kMiB));
  EXPECT_TRUE(reads_right(key));
  const auto reader = open_on_disk(key);
  reader->set_of_walk();
  for (int open = 0; open < 2; ++open) {
    EXPECT_EQ(offered(*reader), -1);
    settle();
  }
}

TEST_F(DiskCopyWholeTest, WhatHasChangedIsNotForTheKernelToRead) {
  const FileKey key = add_video(1, make_bytes(2 * kMiB));
  EXPECT_TRUE(reads_right(key));
  const auto reader = open_on_disk(key);
  offered(*reader);
  settle();
  ASSERT_GE(offered(*reader), 0);
  reader->file().supersede();
  EXPECT_EQ(offered(*reader), -1);
  settle();
}

}  // namespace
}  // namespace g2afs::test
