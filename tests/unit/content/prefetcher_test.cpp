// SPDX-License-Identifier: MIT
#include "g2afs/content/prefetcher.hpp"

#include <algorithm>
#include <random>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "content_fixture.hpp"

namespace g2afs::test {
namespace {

using testing::IsEmpty;

constexpr std::uint64_t kKiB = 1024;
constexpr std::uint64_t kFileSize = 256 * kMiB;
constexpr std::uint64_t kLargest = 32 * kMiB;

class PrefetcherTest : public testing::Test {
 protected:
  Prefetcher::Plan read(std::uint64_t offset, std::uint64_t size) {
    const auto plan = prefetcher.on_read(offset, size, largest);
    planned += plan.needed.size();
    for (const ByteRange& range : plan.ahead) {
      EXPECT_LT(range.begin, range.end);
      planned += range.size();
    }
    return plan;
  }
  static std::uint64_t ahead_of(const Prefetcher::Plan& plan) {
    std::uint64_t bytes = 0;
    for (const ByteRange& range : plan.ahead) bytes += range.size();
    return bytes;
  }

  std::uint64_t largest = kLargest;
  std::uint64_t planned = 0;  // bytes, also where two plans overlap
  Prefetcher prefetcher{kFileSize};
};

TEST_F(PrefetcherTest, TheFirstReadTakesItsBlockAndNothingAhead) {
  const auto plan = read(0, 4 * kKiB);
  EXPECT_EQ(plan.needed, (ByteRange{0, kBlockSize}));
  EXPECT_THAT(plan.ahead, IsEmpty());
  EXPECT_FALSE(plan.jumped);
}

TEST_F(PrefetcherTest, TheFirstReadEndsWithTheFile) {
  Prefetcher small(1000);
  EXPECT_EQ(small.on_read(0, 1000, kLargest).needed, (ByteRange{0, 1000}));
}

TEST_F(PrefetcherTest, ASequentialReaderIsKeptAheadOf) {
  std::uint64_t planned_until = 0, at = 0;
  for (int i = 0; i < 500; ++i, at += 128 * kKiB) {
    const auto plan = read(at, 128 * kKiB);
    EXPECT_FALSE(plan.jumped);
    planned_until = std::max(planned_until, plan.needed.end);
    for (const ByteRange& range : plan.ahead) {
      EXPECT_EQ(range.begin, planned_until);
      planned_until = range.end;
    }
    EXPECT_LE(planned_until, at + 128 * kKiB + kLargest + kBlockSize);
    const std::uint64_t least = i == 0 ? 0 : at <= 16 * kMiB ? kMiB / 2 : kLargest / 2;
    EXPECT_GE(planned_until, at + 128 * kKiB + least);
  }
}

TEST_F(PrefetcherTest, TheWindowGrowsWithWhatWasRead) {
  read(0, 128 * kKiB);
  EXPECT_EQ(ahead_of(read(128 * kKiB, 128 * kKiB)), kMiB);
  std::uint64_t largest_request = 0;
  for (std::uint64_t at = 256 * kKiB; at < 64 * kMiB; at += 128 * kKiB) {
    const auto plan = read(at, 128 * kKiB);
    EXPECT_LE(plan.ahead.size(), 5u);
    for (const ByteRange& range : plan.ahead) largest_request = std::max(largest_request, range.size());
  }
  EXPECT_EQ(largest_request, 8 * kMiB);
}

TEST_F(PrefetcherTest, SmallSequentialReadsAreNotTakenForABulkReader) {
  for (std::uint64_t at = 0; at < 64 * kKiB; at += 4 * kKiB) EXPECT_THAT(read(at, 4 * kKiB).ahead, IsEmpty());
  EXPECT_LE(ahead_of(read(64 * kKiB, 4 * kKiB)), kMiB);
}

TEST_F(PrefetcherTest, TheWindowIsBoundedByMemory) {
  largest = kMiB;
  std::uint64_t planned_until = 0;
  for (std::uint64_t at = 0; at < 64 * kMiB; at += 128 * kKiB) {
    const auto plan = read(at, 128 * kKiB);
    for (const ByteRange& range : plan.ahead) planned_until = range.end;
    EXPECT_LE(planned_until, at + 128 * kKiB + kMiB + kBlockSize);
  }
}

TEST_F(PrefetcherTest, WithLittleMemoryABlockIsStillFetchedAhead) {
  largest = 1;
  read(0, 128 * kKiB);
  EXPECT_EQ(ahead_of(read(128 * kKiB, 128 * kKiB)), kBlockSize);
}

TEST_F(PrefetcherTest, ItEndsAtTheEndOfTheFile) {
  Prefetcher small(kMiB + 777);
  std::uint64_t planned_until = 0;
  for (std::uint64_t at = 0; at < kMiB + 777; at += 128 * kKiB) {
    const auto plan = small.on_read(at, std::min(128 * kKiB, kMiB + 777 - at), kLargest);
    planned_until = std::max(planned_until, plan.needed.end);
    for (const ByteRange& range : plan.ahead) planned_until = std::max(planned_until, range.end);
    EXPECT_LE(planned_until, kMiB + 777);
  }
  EXPECT_EQ(planned_until, kMiB + 777);
}

TEST_F(PrefetcherTest, AJumpFetchesOnlyWhatWasAsked) {
  for (std::uint64_t at = 0; at < 4 * kMiB; at += 128 * kKiB) read(at, 128 * kKiB);
  const auto plan = read(100 * kMiB + 5000, 10'000);
  EXPECT_TRUE(plan.jumped);
  EXPECT_EQ(plan.needed, (ByteRange{100 * kMiB + 4096, 100 * kMiB + 4 * kPageSize}));
  EXPECT_THAT(plan.ahead, IsEmpty());
}

TEST_F(PrefetcherTest, AfterAJumpTheWindowBeginsAnew) {
  for (std::uint64_t at = 0; at < 32 * kMiB; at += 128 * kKiB) read(at, 128 * kKiB);
  std::uint64_t at = 200 * kMiB;
  EXPECT_TRUE(read(at, 128 * kKiB).jumped);
  std::uint64_t fetched_ahead = 0;
  for (int i = 0; i < 4; ++i) {
    const auto plan = read(at += 128 * kKiB, 128 * kKiB);
    EXPECT_FALSE(plan.jumped);
    fetched_ahead += ahead_of(plan);
  }
  EXPECT_GT(fetched_ahead, 0u);
  EXPECT_LE(fetched_ahead, 2 * kMiB);
}

TEST_F(PrefetcherTest, NearMissesOfTheKernelsReadaheadAreNoJumps) {
  // Two requests of the kernel change places now and then.
  const std::uint64_t size = 128 * kKiB;
  std::vector<std::uint64_t> order;
  for (std::uint64_t i = 0; i < 400; ++i) order.push_back(i * size);
  for (std::size_t i = 1; i + 3 < order.size(); i += 3) std::swap(order[i], order[i + 2]);
  std::uint64_t fetched_ahead = 0;
  for (const std::uint64_t at : order) {
    const auto plan = read(at, size);
    EXPECT_FALSE(plan.jumped);
    fetched_ahead += ahead_of(plan);
  }
  EXPECT_GE(fetched_ahead, 40 * kMiB);
}

TEST_F(PrefetcherTest, ReadersThatSkipLessThanTheyReadAreSequential) {
  std::uint64_t fetched_ahead = 0;
  for (std::uint64_t at = 0; at < 64 * kMiB; at += 160 * kKiB) {
    const auto plan = read(at, 128 * kKiB);
    EXPECT_FALSE(plan.jumped);
    fetched_ahead += ahead_of(plan);
  }
  EXPECT_GE(fetched_ahead, 32 * kMiB);
}

TEST_F(PrefetcherTest, AStridedReaderPaysForWhatItReadsOnly) {
  for (std::uint64_t at = 0; at < 200 * kMiB; at += kMiB) read(at, 64 * kKiB);
  EXPECT_LE(planned, 200 * 64 * kKiB + kBlockSize);
}

TEST_F(PrefetcherTest, StridesAfterASequentialStretchCostLittle) {
  std::uint64_t at = 0;
  for (; at < 32 * kMiB; at += 128 * kKiB) read(at, 128 * kKiB);
  planned = 0;
  for (; at < 200 * kMiB; at += kMiB) read(at, 64 * kKiB);
  EXPECT_LE(planned, 168 * 64 * kKiB + 4 * kMiB);
}

TEST_F(PrefetcherTest, ABackwardReaderPaysForWhatItReadsOnly) {
  for (std::uint64_t at = 200 * kMiB; at >= 100 * kMiB; at -= 64 * kKiB) read(at, 64 * kKiB);
  EXPECT_LE(planned, 100 * kMiB + 64 * kKiB + kBlockSize);
}

TEST_F(PrefetcherTest, ReadingTheSamePlaceAgainFetchesNothingAhead) {
  read(0, 64 * kKiB);
  for (int i = 0; i < 100; ++i) EXPECT_THAT(read(0, 64 * kKiB).ahead, IsEmpty());
}

TEST_F(PrefetcherTest, RandomReadsCostNoMoreThanTheyAsk) {
  EXPECT_TRUE(rc::check("random 64 KiB reads", [] {
    Prefetcher anywhere(kFileSize);
    std::mt19937_64 random(*rc::gen::arbitrary<std::uint32_t>());
    std::uniform_int_distribution<std::uint64_t> offsets(0, kFileSize - 64 * kKiB);
    std::uint64_t asked = 0, fetched = 0;
    for (int i = 0; i < 50; ++i) {
      const auto plan = anywhere.on_read(offsets(random), 64 * kKiB, kLargest);
      asked += 64 * kKiB;
      fetched += plan.needed.size();
      for (const ByteRange& range : plan.ahead) fetched += range.size();
    }
    RC_ASSERT(fetched <= asked * 3 / 2);
  }));
}

TEST_F(PrefetcherTest, PlansAreAlwaysWithinTheFileAndHoldTheRead) {
  EXPECT_TRUE(rc::check("any reads", [] {
    const auto file_size = *rc::gen::inRange<std::uint64_t>(1, 64 * kMiB);
    Prefetcher any(file_size);
    std::uint64_t last_end = 0;
    for (int i = 0; i < 60; ++i) {
      const bool goes_on = *rc::gen::weightedElement<bool>({{3, true}, {1, false}});
      const std::uint64_t offset =
          goes_on && last_end < file_size ? last_end : *rc::gen::inRange<std::uint64_t>(0, file_size);
      const auto size = *rc::gen::inRange<std::uint64_t>(1, std::min(kMiB, file_size - offset) + 1);
      const auto memory = *rc::gen::inRange<std::uint64_t>(0, kLargest);
      const auto plan = any.on_read(offset, size, memory);
      last_end = offset + size;
      RC_ASSERT(plan.needed.begin <= offset && plan.needed.end >= offset + size && plan.needed.end <= file_size);
      std::uint64_t until = plan.needed.end;
      for (const ByteRange& range : plan.ahead) {
        RC_ASSERT(range.begin >= until && range.end > range.begin && range.end <= file_size);
        RC_ASSERT(range.size() <= 9 * kMiB);
        until = range.end;
      }
    }
  }));
}

}  // namespace
}  // namespace g2afs::test
