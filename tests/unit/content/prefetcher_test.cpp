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
constexpr std::uint64_t kRead = 128 * kKiB;

class PrefetcherTest : public testing::Test {
 protected:
  using Found = Prefetcher::Found;

  Prefetcher::Plan read(std::uint64_t offset, std::uint64_t size, Found found = Found::OnTheirWay) {
    const auto plan = prefetcher.on_read(offset, size, found, share);
    planned += plan.needed.size();
    until = std::max(until, plan.needed.end);
    for (const ByteRange& range : plan.ahead) {
      EXPECT_LT(range.begin, range.end);
      planned += range.size();
      until = range.end;
    }
    return plan;
  }
  static std::uint64_t ahead_of(const Prefetcher::Plan& plan) {
    std::uint64_t bytes = 0;
    for (const ByteRange& range : plan.ahead) bytes += range.size();
    return bytes;
  }

  Prefetcher::Share share{34 * kMiB, 4, 8 * kMiB};
  std::uint64_t planned = 0;  // bytes, also where two plans overlap
  std::uint64_t until = 0;    // where the newest plan ends
  Prefetcher prefetcher{kFileSize};
};

// The window

TEST_F(PrefetcherTest, TheFirstReadTakesItsBlockAndNothingAhead) {
  const auto plan = read(0, 4 * kKiB);
  EXPECT_EQ(plan.needed, (ByteRange{0, kBlockSize}));
  EXPECT_THAT(plan.ahead, IsEmpty());
  EXPECT_FALSE(plan.jumped);
}

TEST_F(PrefetcherTest, ThePlayersFirstRequestGoesOnABit) {
  const auto end_of_request = [&](std::uint64_t offset, Found found, std::uint64_t file_size, Prefetcher::Share of) {
    return Prefetcher(file_size).on_read(offset, kRead, found, of).request_end;
  };
  EXPECT_EQ(end_of_request(0, Found::Missing, kFileSize, share), 512 * kKiB);
  EXPECT_EQ(end_of_request(0, Found::Missing, 300'000, share), 300'000);
  EXPECT_EQ(end_of_request(0, Found::Here, kFileSize, share), kRead);
  EXPECT_EQ(end_of_request(0, Found::OnDisk, kFileSize, share), kRead);
  EXPECT_EQ(end_of_request(kRead, Found::Missing, kFileSize, share), 2 * kRead);
  EXPECT_EQ(end_of_request(0, Found::Missing, kFileSize, {kRead, 1, kMiB}), kRead);
  EXPECT_EQ(Prefetcher(kFileSize).on_read(0, 4 * kKiB, Found::Missing, share).request_end, kFirstRequest);
  // It is not held against the memory of the others: most players jump.
  EXPECT_EQ(read(0, kRead, Found::Missing).needed, (ByteRange{0, kRead}));
  EXPECT_EQ(prefetcher.held().size(), 0);
}

TEST_F(PrefetcherTest, TheFirstReadEndsWithTheFile) {
  Prefetcher small(1000);
  EXPECT_EQ(small.on_read(0, 1000, Found::Missing, share).needed, (ByteRange{0, 1000}));
}

TEST_F(PrefetcherTest, WhoBeginsWithALargeReadIsACopier) {
  EXPECT_GT(ahead_of(read(0, kMiB)), 6 * kMiB);
  EXPECT_LE(until, 9 * kMiB);
  Prefetcher elsewhere(kFileSize);
  EXPECT_THAT(elsewhere.on_read(kMiB, kMiB, Found::OnTheirWay, share).ahead, IsEmpty());
}

TEST_F(PrefetcherTest, ASequentialReaderThatWaitsIsKeptAheadOf) {
  for (std::uint64_t at = 0; at < 100 * kMiB; at += kRead) {
    const auto plan = read(at, kRead);
    EXPECT_FALSE(plan.jumped);
    EXPECT_LE(until, at + kRead + share.memory + kBlockSize);
    const std::uint64_t least = at < 2 * kMiB ? 0 : at <= 24 * kMiB ? kMiB / 2 : 24 * kMiB;
    EXPECT_GE(until, at + kRead + least) << at;
  }
}

TEST_F(PrefetcherTest, AnIndexThatTheFileBeginsWithIsNoEvidence) {
  constexpr std::uint64_t kIndex = 5 * kMiB;
  read(0, kRead);
  prefetcher.set_leading_index(kIndex);
  std::uint64_t at = kRead;
  for (; at < kIndex; at += kRead) EXPECT_THAT(read(at, kRead).ahead, IsEmpty()) << at;
  // As far as the kernel may have read ahead before the jump comes: no more than that again.
  for (; at < kIndex + 3 * kMiB; at += kRead) {
    read(at, kRead);
    EXPECT_LE(until, std::max(2 * (at + kRead) - kIndex, at + kRead) + kBlockSize) << at;
  }
  // Who still reads on is a copier.
  for (; at < kIndex + 6 * kMiB; at += kRead) read(at, kRead);
  EXPECT_GE(until, at + 24 * kMiB);
}

TEST_F(PrefetcherTest, WhoBeginsWithALargeReadIsACopierInTheIndexToo) {
  read(0, kMiB);
  prefetcher.set_leading_index(5 * kMiB);
  read(kMiB, kMiB);
  EXPECT_GE(until, 8 * kMiB);
}

TEST_F(PrefetcherTest, ItGrowsOnceForWhatWasAskedForWhenItGrewBefore) {
  share.memory = 200 * kMiB;
  share.streams = 28;
  read(0, kMiB);
  const std::uint64_t before = until;
  // The first of what was asked for along with it.
  EXPECT_GT(ahead_of(read(kMiB, kMiB)), 16 * kMiB);
  const std::uint64_t window = until - 2 * kMiB;
  // The others of it find the same window, also where they wait.
  for (std::uint64_t at = 2 * kMiB; at + kRead <= before; at += kRead) {
    read(at, kRead);
    EXPECT_LE(until, at + kRead + window + share.request);
  }
}

TEST_F(PrefetcherTest, ItDoesNotGrowWhileTheReaderFindsWhatItWants) {
  read(0, kRead);
  read(kRead, kRead);
  for (std::uint64_t at = 2 * kRead; at < 64 * kMiB; at += kRead) {
    read(at, kRead, Found::Here);
    EXPECT_LE(until, at + kRead + kMiB + kBlockSize);
  }
}

TEST_F(PrefetcherTest, SmallSequentialReadsAreNotTakenForABulkReader) {
  for (std::uint64_t at = 0; at < 64 * kKiB; at += 4 * kKiB) EXPECT_THAT(read(at, 4 * kKiB).ahead, IsEmpty());
  EXPECT_LE(ahead_of(read(64 * kKiB, 4 * kKiB)), kMiB);
}

TEST_F(PrefetcherTest, TheWindowIsBoundedByMemory) {
  share.memory = kMiB;
  for (std::uint64_t at = 0; at < 64 * kMiB; at += kRead) {
    read(at, kRead);
    EXPECT_LE(until, at + kRead + kMiB + kBlockSize);
  }
}

TEST_F(PrefetcherTest, WithoutMemoryForABlockNothingIsFetchedAhead) {
  for (const std::uint64_t memory : {std::uint64_t{0}, kBlockSize, 2 * kBlockSize}) {
    Prefetcher reader(kFileSize);
    share = {memory, 1, 1};
    reader.on_read(0, kRead, Found::OnTheirWay, share);
    EXPECT_EQ(ahead_of(reader.on_read(kRead, kRead, Found::OnTheirWay, share)), memory <= kBlockSize ? 0 : kBlockSize);
    EXPECT_EQ(reader.held().end, memory > kBlockSize ? 2 * kRead + kBlockSize : 2 * kRead);
  }
}

TEST_F(PrefetcherTest, ItEndsAtTheEndOfTheFile) {
  Prefetcher small(kMiB + 777);
  std::uint64_t planned_until = 0;
  for (std::uint64_t at = 0; at < kMiB + 777; at += kRead) {
    const auto plan = small.on_read(at, std::min(kRead, kMiB + 777 - at), Found::OnTheirWay, share);
    planned_until = std::max(planned_until, plan.needed.end);
    for (const ByteRange& range : plan.ahead) planned_until = std::max(planned_until, range.end);
    EXPECT_LE(planned_until, kMiB + 777);
  }
  EXPECT_EQ(planned_until, kMiB + 777);
}

// Its requests

TEST_F(PrefetcherTest, TheWindowIsDividedIntoAsManyRequestsAsThereAreStreams) {
  for (const std::size_t streams : {2, 4, 16}) {
    share = {34 * kMiB, streams, 8 * kMiB};
    Prefetcher reader(kFileSize);
    std::uint64_t largest = 0, smallest = kFileSize;
    for (std::uint64_t at = 0; at < 200 * kMiB; at += kRead) {
      const auto plan = reader.on_read(at, kRead, Found::OnTheirWay, share);
      for (const ByteRange& range : plan.ahead) {
        largest = std::max(largest, range.size());
        if (at > 64 * kMiB) smallest = std::min(smallest, range.size());
      }
    }
    EXPECT_NEAR(static_cast<double>(largest), static_cast<double>(std::min(32 * kMiB * 2 / 3 / streams, share.request)),
                static_cast<double>(kBlockSize));
    EXPECT_EQ(smallest, largest);
  }
}

TEST_F(PrefetcherTest, TwoRequestsAreUnderWayAlsoOnASingleStream) {
  share = {64 * kMiB, 1, 2 * kMiB};
  for (std::uint64_t at = 0; at < 64 * kMiB; at += kRead) read(at, kRead);
  EXPECT_GE(until, 64 * kMiB + 4 * kMiB);
  EXPECT_LE(until, 64 * kMiB + 6 * kMiB + kBlockSize);
}

TEST_F(PrefetcherTest, TellsWhenItsWindowIsLargeEnoughForAllStreams) {
  EXPECT_FALSE(prefetcher.full());
  read(0, kMiB);
  EXPECT_TRUE(prefetcher.full());  // 4 MiB
  share.streams = 32;
  read(kMiB, kRead, Found::Here);
  EXPECT_FALSE(prefetcher.full());
  share.streams = 4;
  read(kMiB + kRead, kRead);
  EXPECT_TRUE(prefetcher.full());
  share.memory = 0;
  read(kMiB + 2 * kRead, kRead);
  EXPECT_FALSE(prefetcher.full());
}

// Jumps

TEST_F(PrefetcherTest, AJumpFetchesOnlyWhatWasAsked) {
  read(0, kRead);
  const auto plan = read(100 * kMiB + 5000, 10'000);
  EXPECT_TRUE(plan.jumped);
  EXPECT_EQ(plan.needed, (ByteRange{100 * kMiB + 4096, 100 * kMiB + 4 * kPageSize}));
  EXPECT_THAT(plan.ahead, IsEmpty());
}

TEST_F(PrefetcherTest, WhoWentOnForAWhileAfterTheJumpBeforeGetsHalfAsMuchAlongWithIt) {
  for (std::uint64_t at = 0; at < 640 * kKiB; at += 64 * kKiB) read(at, 64 * kKiB);
  const std::uint64_t page = 100 * kMiB;
  EXPECT_NEAR(static_cast<double>(ahead_of(read(page, kPageSize))), 288.0 * kKiB, static_cast<double>(kBlockSize));
  // The one after that comes alone: nothing was read on.
  EXPECT_THAT(read(page / 2, kPageSize).ahead, IsEmpty());
  for (std::uint64_t at = 0; at < 4 * kMiB; at += kRead) read(at, kRead);
  EXPECT_NEAR(static_cast<double>(ahead_of(read(page, kPageSize))), 512.0 * kKiB, static_cast<double>(kBlockSize));
  for (std::uint64_t at = 0; at < 4 * kMiB; at += kRead) read(at, kRead);
  EXPECT_THAT(read(kFileSize - kPageSize, kPageSize).ahead, IsEmpty());
}

TEST_F(PrefetcherTest, ALargeReadAloneIsNoWhile) {
  read(0, kPageSize);
  for (std::uint64_t i = 1; i < 50; ++i) EXPECT_THAT(read(i * 5 * kMiB, kMiB).ahead, IsEmpty());
}

TEST_F(PrefetcherTest, WhatWasLostIsPlannedAgain) {
  std::uint64_t at = 0;
  for (; at < 32 * kMiB; at += kRead) read(at, kRead);
  const std::uint64_t before = until;
  ASSERT_GT(before, at + 8 * kMiB);
  // The reader paused, and others needed the memory.
  until = 0;
  read(at, kRead, Found::Missing);
  EXPECT_GE(until, before - kRead - share.request);
}

TEST_F(PrefetcherTest, HoldsWhatIsAheadAlsoAfterAJumpIntoIt) {
  std::uint64_t at = 0;
  for (; at < 32 * kMiB; at += kRead) read(at, kRead);
  EXPECT_EQ(prefetcher.held().end, until);
  EXPECT_FALSE(read(at + 8 * kMiB, kRead).jumped);
  EXPECT_EQ(prefetcher.held().end, until);
  read(200 * kMiB, kPageSize);
  read(100 * kMiB, kPageSize);
  EXPECT_EQ(prefetcher.held().size(), 0u);
}

TEST_F(PrefetcherTest, AtTheEndOfTheFileItHoldsNothing) {
  for (std::uint64_t at = kFileSize - 8 * kMiB; at < kFileSize; at += kRead) read(at, kRead);
  EXPECT_EQ(prefetcher.held().size(), 0u);
}

TEST_F(PrefetcherTest, AfterAJumpTheWindowBeginsAnew) {
  for (std::uint64_t at = 0; at < 32 * kMiB; at += kRead) read(at, kRead);
  std::uint64_t at = 200 * kMiB;
  EXPECT_TRUE(read(at, kRead).jumped);
  std::uint64_t fetched_ahead = 0;
  for (int i = 0; i < 4; ++i) {
    const auto plan = read(at += kRead, kRead);
    EXPECT_FALSE(plan.jumped);
    fetched_ahead += ahead_of(plan);
  }
  EXPECT_GT(fetched_ahead, 0u);
  EXPECT_LE(fetched_ahead, 2 * kMiB);
}

TEST_F(PrefetcherTest, AJumpBackWithinWhatWasReadFetchesAheadAgain) {
  for (std::uint64_t at = 0; at < 32 * kMiB; at += kRead) read(at, kRead);
  std::uint64_t at = 8 * kMiB;
  EXPECT_TRUE(read(at, kRead).jumped);
  std::uint64_t fetched_ahead = 0;
  while (at < 12 * kMiB) fetched_ahead += ahead_of(read(at += kRead, kRead));
  EXPECT_GT(fetched_ahead, 3 * kMiB);
}

TEST_F(PrefetcherTest, AJumpIntoWhatIsOnItsWayGivesNothingUp) {
  std::uint64_t at = 0;
  for (; at < 32 * kMiB; at += kRead) read(at, kRead);
  const auto plan = read(at + 10 * kMiB, kRead);
  EXPECT_FALSE(plan.jumped);
  EXPECT_THAT(plan.ahead, IsEmpty());
  // What was planned is not planned again when it reads on from there.
  planned = 0;
  for (std::uint64_t next = at + 10 * kMiB + kRead; next + kRead <= until; next += kRead) {
    const std::uint64_t before = until;
    const auto on = read(next, kRead);
    EXPECT_FALSE(on.jumped);
    for (const ByteRange& range : on.ahead) EXPECT_GE(range.begin, before);
    if (next > at + 20 * kMiB) break;
  }
}

TEST_F(PrefetcherTest, AJumpBeyondWhatIsWorthWaitingForIsOne) {
  share.memory = 128 * kMiB;
  std::uint64_t at = 0;
  for (; at < 100 * kMiB; at += kRead) read(at, kRead);
  EXPECT_GT(until, at + 20 * kMiB);
  EXPECT_TRUE(read(at + 20 * kMiB, kRead).jumped);
}

// What is behind

TEST_F(PrefetcherTest, ASequentialReaderPassesItsBlocksOnce) {
  std::uint64_t passed_until = 0;
  for (std::uint64_t at = 0; at < 32 * kMiB; at += kRead) {
    const auto plan = read(at, kRead);
    if (plan.passed.size() == 0) continue;
    EXPECT_EQ(plan.passed.begin, passed_until);
    EXPECT_EQ(plan.passed.end % kBlockSize, 0u);
    EXPECT_LE(plan.passed.end + kMiB, at);
    passed_until = plan.passed.end;
  }
  EXPECT_GE(passed_until, 29 * kMiB);
}

TEST_F(PrefetcherTest, WhoJumpsPassesNothing) {
  for (std::uint64_t at = 200 * kMiB; at >= 100 * kMiB; at -= 64 * kKiB)
    EXPECT_EQ(read(at, 64 * kKiB).passed.size(), 0u);
}

// Patterns

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
      const auto plan =
          anywhere.on_read(offsets(random), 64 * kKiB, Found::Missing, Prefetcher::Share{32 * kMiB, 4, 8 * kMiB});
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
      const Prefetcher::Share any_share{*rc::gen::inRange<std::uint64_t>(1, 32 * kMiB),
                                        *rc::gen::inRange<std::size_t>(1, 32),
                                        *rc::gen::inRange<std::uint64_t>(1, 8 * kMiB)};
      const auto plan =
          any.on_read(offset, size, *rc::gen::element(Found::Here, Found::OnTheirWay, Found::Missing), any_share);
      last_end = offset + size;
      RC_ASSERT(plan.needed.begin <= offset && plan.needed.end >= offset + size && plan.needed.end <= file_size);
      std::uint64_t planned_until = plan.needed.end;
      for (const ByteRange& range : plan.ahead) {
        RC_ASSERT(range.begin >= planned_until && range.end > range.begin && range.end <= file_size);
        RC_ASSERT(range.size() <= 8 * kMiB + kBlockSize);
        planned_until = range.end;
      }
      RC_ASSERT(plan.passed.end <= offset + size);
    }
  }));
}

}  // namespace
}  // namespace g2afs::test
