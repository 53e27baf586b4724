// SPDX-License-Identifier: MIT
#include "g2afs/content/block_cache.hpp"

#include <memory>
#include <vector>

#include <gtest/gtest.h>

#include "content_fixture.hpp"

namespace g2afs::test {
namespace {

class BlockCacheTest : public testing::Test {
 protected:
  Metrics metrics;
  BlockCache cache{4 * kBlockSize, metrics};
};

TEST_F(BlockCacheTest, FindsWhatWasMade) {
  EXPECT_EQ(cache.find(1, 0), nullptr);
  const auto block = cache.find_or_make(1, 0);
  EXPECT_EQ(cache.find(1, 0), block);
  EXPECT_EQ(cache.find_or_make(1, 0), block);
}

TEST_F(BlockCacheTest, TellsFilesAndPlacesApart) {
  const auto block = cache.find_or_make(1, 2);
  EXPECT_EQ(cache.find(2, 2), nullptr);
  EXPECT_EQ(cache.find(1, 1), nullptr);
  EXPECT_EQ(cache.find(2, 1), nullptr);
  EXPECT_EQ(block->begin(), 2 * kBlockSize);
}

TEST_F(BlockCacheTest, TheLeastRecentlyUsedGoesFirst) {
  for (std::uint64_t i = 0; i < 4; ++i) cache.find_or_make(1, i);
  cache.find(1, 0);
  cache.find_or_make(1, 4);
  EXPECT_NE(cache.find(1, 0), nullptr);
  EXPECT_EQ(cache.find(1, 1), nullptr);
  EXPECT_EQ(cache.in_use(), 4 * kBlockSize);
}

TEST_F(BlockCacheTest, APinnedBlockThatWasEvictedIsFoundAgain) {
  const auto pinned = cache.find_or_make(1, 0);
  for (std::uint64_t i = 1; i < 10; ++i) cache.find_or_make(1, i);
  EXPECT_EQ(cache.find_or_make(1, 0), pinned);
  for (std::uint64_t i = 10; i < 20; ++i) cache.find_or_make(1, i);
  EXPECT_EQ(cache.find(1, 0), pinned);
}

TEST_F(BlockCacheTest, OnceThePinIsGoneSoIsTheBlock) {
  auto pinned = cache.find_or_make(1, 0);
  for (std::uint64_t i = 1; i < 10; ++i) cache.find_or_make(1, i);
  EXPECT_EQ(cache.in_use(), 4 * kBlockSize);
  pinned.reset();
  EXPECT_EQ(cache.in_use(), 3 * kBlockSize);
  EXPECT_EQ(cache.find(1, 0), nullptr);
}

TEST_F(BlockCacheTest, WhatIsDroppedGoesUnlessItIsPinned) {
  cache.find_or_make(1, 0);
  cache.drop(1, 0);
  EXPECT_EQ(cache.find(1, 0), nullptr);
  EXPECT_EQ(cache.in_use(), 0u);
  auto pinned = cache.find_or_make(1, 1);
  cache.drop(1, 1);
  EXPECT_EQ(cache.find(1, 1), pinned);
  cache.drop(1, 1);
  pinned.reset();
  EXPECT_EQ(cache.in_use(), 0u);
  cache.drop(1, 2);  // nothing is there
}

TEST_F(BlockCacheTest, SmallFilesTakeLittleRoom) {
  for (std::uint64_t file = 0; file < 128; ++file) cache.find_or_make(file, 0, 100);
  EXPECT_EQ(cache.in_use(), 128 * kPageSize);
  for (std::uint64_t file = 0; file < 128; ++file) EXPECT_NE(cache.find(file, 0), nullptr);
  cache.find_or_make(128, 0, 100);
  EXPECT_EQ(cache.find(0, 0), nullptr);
  EXPECT_EQ(cache.in_use(), 128 * kPageSize);
}

TEST_F(BlockCacheTest, WhatIsDemotedGoesBeforeWhatIsOlder) {
  for (std::uint64_t i = 0; i < 4; ++i) cache.find_or_make(1, i);
  cache.demote(1, 2);
  cache.demote(1, 99);  // nothing is there
  cache.find_or_make(1, 4);
  EXPECT_EQ(cache.find(1, 2), nullptr);
  EXPECT_NE(cache.find(1, 0), nullptr);
}

TEST_F(BlockCacheTest, ManyPinnedBlocksAreEachFoundAgain) {
  std::vector<std::shared_ptr<Block>> pinned;
  for (std::uint64_t i = 0; i < 300; ++i) pinned.push_back(cache.find_or_make(i % 3, i));
  for (std::uint64_t i = 0; i < 300; i += 2) pinned[i].reset();
  for (std::uint64_t i = 300; i < 600; ++i) pinned.push_back(cache.find_or_make(0, i));
  for (std::uint64_t i = 1; i < 300; i += 2) EXPECT_EQ(cache.find(i % 3, i), pinned[i]);
}

TEST_F(BlockCacheTest, ACacheSmallerThanABlockStillHoldsTheLastOne) {
  BlockCache tiny(1, metrics);
  const auto block = tiny.find_or_make(1, 0);
  EXPECT_EQ(tiny.find(1, 0), block);
}

TEST_F(BlockCacheTest, ShowsItsMemoryInTheMetrics) {
  cache.find_or_make(1, 0);
  cache.find_or_make(1, 1);
  EXPECT_EQ(metrics.buffer_bytes.Value(), 2.0 * kBlockSize);
  std::vector<std::shared_ptr<Block>> pinned;
  for (std::uint64_t i = 0; i < 7; ++i) pinned.push_back(cache.find_or_make(1, i));
  EXPECT_EQ(metrics.buffer_bytes.Value(), 7.0 * kBlockSize);
  pinned.clear();
  EXPECT_EQ(metrics.buffer_bytes.Value(), static_cast<double>(cache.in_use()));
}

TEST_F(BlockCacheTest, WhatIsPinnedTakesItsRoomFromTheRest) {
  for (std::uint64_t i = 0; i < 4; ++i) cache.find_or_make(1, i);
  std::vector<std::shared_ptr<Block>> pinned;
  for (std::uint64_t i = 0; i < 3; ++i) pinned.push_back(cache.find_or_make(2, i));
  for (std::uint64_t i = 0; i < 10; ++i) {
    cache.find_or_make(3, i);
    EXPECT_LE(cache.in_use(), 4 * kBlockSize);
  }
  EXPECT_NE(cache.find(3, 9), nullptr);
  pinned.clear();
  for (std::uint64_t i = 0; i < 4; ++i) cache.find_or_make(4, i);
  for (std::uint64_t i = 0; i < 4; ++i) EXPECT_NE(cache.find(4, i), nullptr);
}

}  // namespace
}  // namespace g2afs::test
