// SPDX-License-Identifier: MIT
#include "g2afs/content/block.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "content_fixture.hpp"

namespace g2afs::test {
namespace {

constexpr std::uint64_t kFar = 1 << 30;

class BlockTest : public testing::Test {
 protected:
  void add(Block& to, std::uint64_t run_begin, std::uint64_t begin, std::uint64_t end, std::uint64_t file_end = kFar) {
    to.add(run_begin, begin, bytes_of(std::string_view(content).substr(begin, end - begin)), file_end);
  }
  std::string text(const Block& of, ByteRange range) {
    const auto bytes = of.bytes(range);
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
  }

  prometheus::Gauge bytes_in_use;
  std::shared_ptr<BlockPool> pool = BlockPool::make(4, bytes_in_use);
  std::string content = make_bytes(3 * kBlockSize);
};

TEST_F(BlockTest, KnowsItsPlace) {
  const Block block(pool, 2);
  EXPECT_EQ(block.begin(), 2 * kBlockSize);
  EXPECT_EQ(block.end(), 3 * kBlockSize);
}

TEST_F(BlockTest, HoldsNothingAtFirst) {
  const Block block(pool, 0);
  EXPECT_FALSE(block.holds({0, 1}));
  EXPECT_FALSE(block.holds({0, kBlockSize}));
  EXPECT_TRUE(block.holds({5, 5}));
  EXPECT_EQ(block.first_missing(77), 77u);
  EXPECT_EQ(block.first_held(77), kBlockSize);
}

TEST_F(BlockTest, HoldsWholePagesOnly) {
  Block block(pool, 0);
  add(block, 0, 0, kPageSize + 100);
  EXPECT_TRUE(block.holds({0, kPageSize}));
  EXPECT_FALSE(block.holds({0, kPageSize + 1}));
  EXPECT_EQ(block.first_missing(0), kPageSize);
}

TEST_F(BlockTest, APageThatComesInPiecesCountsWithTheLastOfThem) {
  Block block(pool, 0);
  add(block, 0, 0, 1000);
  add(block, 0, 1000, 1001);
  EXPECT_FALSE(block.holds({0, 1}));
  add(block, 0, 1001, kPageSize);
  EXPECT_TRUE(block.holds({0, kPageSize}));
  EXPECT_EQ(text(block, {0, kPageSize}), content.substr(0, kPageSize));
}

TEST_F(BlockTest, ARunThatBeginsWithinAPageDoesNotMakeItCount) {
  Block block(pool, 0);
  add(block, 100, 100, 2 * kPageSize);
  EXPECT_FALSE(block.holds({200, 300}));
  EXPECT_TRUE(block.holds({kPageSize, 2 * kPageSize}));
}

TEST_F(BlockTest, TwoRunsThatMeetWithinAPageDoNotMakeItCount) {
  Block block(pool, 0);
  add(block, 0, 0, 2000);
  add(block, 2000, 2000, kPageSize + 1);
  EXPECT_FALSE(block.holds({0, 1}));
}

TEST_F(BlockTest, ARunThatBeganInTheBlockBeforeCountsFromTheFirstPage) {
  Block block(pool, 1);
  add(block, 500, kBlockSize - 10, kBlockSize + kPageSize);
  EXPECT_TRUE(block.holds({kBlockSize, kBlockSize + kPageSize}));
  EXPECT_EQ(text(block, {kBlockSize, kBlockSize + 9}), content.substr(kBlockSize, 9));
}

TEST_F(BlockTest, TheLastPageCountsWhenTheFileEndsInIt) {
  Block block(pool, 0);
  add(block, 0, 0, 5000, 5001);
  EXPECT_FALSE(block.holds({4096, 4097}));
  add(block, 0, 5000, 5001, 5001);
  EXPECT_TRUE(block.holds({0, 5001}));
}

TEST_F(BlockTest, TheLastPageCountsOnceTheEndIsKnown) {
  Block block(pool, 0);
  add(block, 0, 0, 5000, kFar);
  EXPECT_FALSE(block.holds({4096, 5000}));
  add(block, 0, 5000, 5000, 5000);
  EXPECT_TRUE(block.holds({0, 5000}));
}

TEST_F(BlockTest, AnEndAtAPagesEndNeedsNoMore) {
  Block block(pool, 0);
  add(block, 0, 0, kPageSize, kFar);
  add(block, 0, kPageSize, kPageSize, kPageSize);
  EXPECT_TRUE(block.holds({0, kPageSize}));
  EXPECT_FALSE(block.holds({kPageSize, kPageSize + 1}));
}

TEST_F(BlockTest, BytesOutsideAreNotTaken) {
  Block block(pool, 1);
  add(block, 0, 0, kBlockSize);
  add(block, 2 * kBlockSize, 2 * kBlockSize, 3 * kBlockSize);
  EXPECT_EQ(block.first_held(kBlockSize), 2 * kBlockSize);
  add(block, 0, 0, 3 * kBlockSize);
  EXPECT_TRUE(block.holds({kBlockSize, 2 * kBlockSize}));
  EXPECT_EQ(text(block, {kBlockSize, 2 * kBlockSize}), content.substr(kBlockSize, kBlockSize));
}

TEST_F(BlockTest, PagesThatAreHereAreNotWrittenAgain) {
  Block block(pool, 0);
  add(block, kPageSize, kPageSize, 2 * kPageSize);
  const std::string other(3 * kPageSize, 'x');
  block.add(0, 0, bytes_of(other), kFar);
  EXPECT_EQ(text(block, {0, kPageSize}), other.substr(0, kPageSize));
  EXPECT_EQ(text(block, {kPageSize, 2 * kPageSize}), content.substr(kPageSize, kPageSize));
  EXPECT_EQ(text(block, {2 * kPageSize, 3 * kPageSize}), other.substr(0, kPageSize));
}

TEST_F(BlockTest, FindsGapsAndWhatLiesBetween) {
  Block block(pool, 0);
  add(block, kPageSize, kPageSize, 3 * kPageSize);
  add(block, 5 * kPageSize, 5 * kPageSize, kBlockSize);
  EXPECT_EQ(block.first_missing(0), 0u);
  EXPECT_EQ(block.first_held(10), kPageSize);
  EXPECT_EQ(block.first_missing(kPageSize + 10), 3 * kPageSize);
  EXPECT_EQ(block.first_held(kPageSize + 10), kPageSize + 10);
  EXPECT_EQ(block.first_held(3 * kPageSize), 5 * kPageSize);
  EXPECT_EQ(block.first_missing(kBlockSize - 1), kBlockSize);
}

/// What a block may claim, by the byte: a page is here when one run wrote it without a gap from its start on.
class ReferenceBlock {
 public:
  void add(std::uint64_t run_begin, std::uint64_t begin, std::uint64_t end, std::uint64_t file_end) {
    for (std::uint64_t at = begin; at < std::min(end, kBlockSize); ++at) run_of_[at] = run_begin;
    for (std::uint64_t page = 0; page < kBlockSize / kPageSize; ++page) {
      const std::uint64_t from = page * kPageSize, to = std::min(from + kPageSize, file_end);
      if (from >= to || from < run_begin || from >= end) continue;
      bool whole = true;
      for (std::uint64_t at = from; at < to; ++at) whole = whole && run_of_[at] == run_begin;
      if (whole) here_[page] = true;
    }
  }
  bool holds(ByteRange range) const {
    for (std::uint64_t at = range.begin; at < range.end; ++at) {
      if (!here_[at / kPageSize]) return false;
    }
    return true;
  }

 private:
  std::vector<std::uint64_t> run_of_ = std::vector<std::uint64_t>(kBlockSize, ~std::uint64_t{0});
  std::array<bool, kBlockSize / kPageSize> here_{};
};

TEST_F(BlockTest, AgreesWithAReference) {
  EXPECT_TRUE(rc::check("pages that are here", [this] {
    Block block(pool, 0);
    ReferenceBlock reference;
    const auto file_end = *rc::gen::inRange<std::uint64_t>(1, kBlockSize + 1000);
    const auto runs = *rc::gen::inRange(1, 6);
    for (int run = 0; run < runs; ++run) {
      // Each run begins elsewhere, as the reference tells them apart by that.
      const auto run_begin = *rc::gen::inRange<std::uint64_t>(0, std::min(file_end, kBlockSize));
      std::uint64_t at = run_begin;
      const auto pieces = *rc::gen::inRange(0, 8);
      for (int piece = 0; piece < pieces && at < std::min(file_end, kBlockSize); ++piece) {
        const auto size = *rc::gen::inRange<std::uint64_t>(0, 20'000);
        const std::uint64_t end = std::min(at + size, file_end);
        add(block, run_begin, at, end, file_end);
        reference.add(run_begin, at, end, file_end);
        at = end;
      }
    }
    const std::uint64_t here_end = std::min(file_end, kBlockSize);
    for (std::uint64_t page = 0; page < here_end; page += kPageSize) {
      const ByteRange range{page, std::min(page + kPageSize, here_end)};
      RC_ASSERT(block.holds(range) == reference.holds(range));
      if (block.holds(range)) RC_ASSERT(text(block, range) == content.substr(range.begin, range.size()));
    }
    const auto begin = *rc::gen::inRange<std::uint64_t>(0, here_end);
    const auto end = *rc::gen::inRange<std::uint64_t>(begin, here_end + 1);
    RC_ASSERT(block.holds({begin, end}) == reference.holds({begin, end}));
  }));
}

// BlockPool

TEST_F(BlockTest, ThePoolCountsBlocksThatExist) {
  {
    const Block one(pool, 0);
    const Block two(pool, 1);
    EXPECT_EQ(pool->in_use(), 2 * kBlockSize);
  }
  EXPECT_EQ(pool->in_use(), 0u);
}

TEST_F(BlockTest, TheLastBlockOfAFileTakesWhatTheFileNeeds) {
  Block small(pool, 0, 5000);
  EXPECT_EQ(small.weight(), 2 * kPageSize);
  EXPECT_EQ(pool->in_use(), 2 * kPageSize);
  add(small, 0, 0, 5000, 5000);
  EXPECT_TRUE(small.holds({0, 5000}));
  EXPECT_EQ(text(small, {0, 5000}), content.substr(0, 5000));
  EXPECT_EQ(Block(pool, 1, 3 * kBlockSize).weight(), kBlockSize);
  EXPECT_EQ(Block(pool, 2, 2 * kBlockSize + 1).weight(), kPageSize);
  EXPECT_EQ(Block(pool, 0).weight(), kBlockSize);  // nobody knows where it ends
}

TEST_F(BlockTest, ThePoolOutlivesItsOwnerThroughItsBlocks) {
  const auto block = std::make_shared<Block>(pool, 0);
  pool.reset();
  add(*block, 0, 0, kBlockSize);
  EXPECT_TRUE(block->holds({0, kBlockSize}));
}

TEST_F(BlockTest, BlocksMayBeDroppedOnAnyThread) {
  std::vector<std::shared_ptr<Block>> blocks;
  for (std::uint64_t i = 0; i < 64; ++i) {
    blocks.push_back(std::make_shared<Block>(pool, 0));
    add(*blocks.back(), 0, 0, kBlockSize);
  }
  std::thread other([half = std::vector(blocks.begin(), blocks.begin() + 32)]() mutable { half.clear(); });
  blocks.clear();
  for (int i = 0; i < 64; ++i) blocks.push_back(std::make_shared<Block>(pool, 0));
  other.join();
  EXPECT_EQ(pool->in_use(), 64 * kBlockSize);
}

}  // namespace
}  // namespace g2afs::test
