// SPDX-License-Identifier: MIT
#include "g2afs/content/reader.hpp"

#include <algorithm>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "content_fixture.hpp"

namespace g2afs::test {
namespace {

using namespace std::chrono_literals;
using testing::IsEmpty;
using testing::SizeIs;

constexpr std::uint64_t kKiB = 1024;

class ReaderTest : public testing::Test, protected FileWorld {
 protected:
  void TearDown() override {
    EXPECT_TRUE(finish());
    EXPECT_EQ(server.under_way, 0);
  }
};

// One reader

TEST_F(ReaderTest, ReadsExactlyTheBytes) {
  const std::string content = make_bytes(300'000);
  const auto reader = open(add_video(1, content));
  for (const auto& [offset, size] :
       {std::pair<std::uint64_t, std::size_t>{0, 1}, {131'071, 2}, {0, 300'000}, {299'999, 1}}) {
    const auto text = read(*reader, offset, size);
    ASSERT_TRUE(text);
    EXPECT_TRUE(*text == content.substr(offset, size));
  }
}

TEST_F(ReaderTest, ReadsLessOnlyAtTheEnd) {
  const auto reader = open(add_video(1, make_bytes(1000)));
  EXPECT_EQ(read(*reader, 900, 4096)->size(), 100u);
  EXPECT_EQ(read(*reader, 1000, 10)->size(), 0u);
  EXPECT_EQ(read(*reader, ~std::uint64_t{0}, 10)->size(), 0u);
  EXPECT_EQ(read(*reader, 10, 0)->size(), 0u);
}

TEST_F(ReaderTest, AnEmptyFileIsReadWithoutARequest) {
  const auto reader = open(add_video(1, ""));
  EXPECT_EQ(read(*reader, 0, 10)->size(), 0u);
  EXPECT_THAT(server.asked, IsEmpty());
}

TEST_F(ReaderTest, PiecesArePinnedAndAlignedWithBlocks) {
  const std::string content = make_bytes(4 * kMiB);
  const auto reader = open(add_video(1, content));
  struct Keep {
    static Task<> run(Reader& from, Slices& out) {
      auto slices = co_await from.read(1000, kMiB);
      if (slices) out = std::move(*slices);
    }
  };
  Slices slices;
  loop.spawn(Keep::run(*reader, slices));
  clock.run(loop);
  EXPECT_THAT(slices, SizeIs(9));
  EXPECT_EQ(slices.front().bytes.size(), kBlockSize - 1000);
  // Everything else goes; the bytes stay.
  for (std::uint64_t i = 0; i < 2000; ++i) services.blocks.find_or_make(99, i);
  EXPECT_TRUE(text_of(slices) == content.substr(1000, kMiB));
}

TEST_F(ReaderTest, TellsWhereItIs) {
  const auto reader = open(add_video(1, make_bytes(kMiB)));
  ASSERT_TRUE(read(*reader, 1000, 500));
  ASSERT_TRUE(read(*reader, 5000, 50));
  EXPECT_EQ(reader->position(), 5050u);
  EXPECT_EQ(reader->bytes_read(), 550u);
}

TEST_F(ReaderTest, CountsWhatItReadAndWhatTheCacheHeld) {
  const auto reader = open(add_video(1, make_bytes(kMiB)));
  ASSERT_TRUE(read(*reader, 0, 300'000));
  EXPECT_EQ(metrics.read_bytes.Value(), 300'000);
  EXPECT_EQ(metrics.cache_hit_bytes.Value(), 0);
  ASSERT_TRUE(read(*reader, 1000, 200'000));
  EXPECT_EQ(metrics.cache_hit_bytes.Value(), 200'000);
}

double observed(const prometheus::Histogram& histogram, double* sum = nullptr) {
  const auto collected = histogram.Collect().histogram;
  if (sum != nullptr) *sum = collected.sample_sum;
  return static_cast<double>(collected.sample_count);
}

TEST_F(ReaderTest, MeasuresHowLongReadsWait) {
  server.clock = &clock;
  server.behaviour.delay = 250ms;
  const auto reader = open(add_video(1, make_bytes(64 * kKiB)));
  double sum = 0;
  ASSERT_TRUE(read(*reader, 0, 1000));
  EXPECT_EQ(observed(metrics.read_seconds, &sum), 1);
  EXPECT_DOUBLE_EQ(sum, 0.25);
  ASSERT_TRUE(read(*reader, 0, 1000));
  EXPECT_EQ(observed(metrics.read_seconds, &sum), 2) << "from memory counts as well";
  EXPECT_DOUBLE_EQ(sum, 0.25);
  ASSERT_TRUE(read(*reader, 64 * kKiB, 10));
  EXPECT_EQ(observed(metrics.read_seconds), 2) << "nothing is read beyond the end";
  EXPECT_EQ(observed(metrics.media_first_byte), 1);
}

TEST_F(ReaderTest, ShowsAReadThatWaits) {
  server.behaviour.never_answer = true;
  const auto reader = open(add_video(1, make_bytes(kMiB)));
  EXPECT_EQ(reader->last_read(), std::nullopt);
  const TaskId reading = start_read(*reader, 0, 10);
  settle();
  const MonotonicTime began = clock.now();
  EXPECT_EQ(reader->reads_waiting(), 1u);
  EXPECT_EQ(reader->last_read(), began);
  EXPECT_EQ(reader->file().streams(), 1u);
  clock.advance(7s);
  loop.cancel(reading);
  settle();
  EXPECT_EQ(reader->reads_waiting(), 0u);
  EXPECT_EQ(reader->last_read(), began + 7s);
  double sum = 0;
  EXPECT_EQ(observed(metrics.read_seconds, &sum), 1) << "who gave up has waited as well";
  EXPECT_DOUBLE_EQ(sum, 7);
}

TEST_F(ReaderTest, StreamsAreTheRequestsUnderWay) {
  const auto reader = open(add_video(1, make_bytes(64 * kMiB)));
  for (std::uint64_t at = 0; at < 4 * kMiB; at += 128 * kKiB) ASSERT_TRUE(read(*reader, at, 128 * kKiB));
  EXPECT_EQ(reader->file().streams(), 0u) << "all has come";
  server.behaviour.never_answer = true;
  const TaskId reading = start_read(*reader, 40 * kMiB, 128 * kKiB);
  settle();
  EXPECT_EQ(reader->file().streams(), static_cast<std::size_t>(server.under_way));
  EXPECT_GE(server.under_way, 1);
  loop.cancel(reading);
  settle();
  server.behaviour = {.status = 503};
  const TaskId trying = start_read(*reader, 60 * kMiB, 10);
  settle();
  EXPECT_EQ(metrics.media_requests("503").Value(), 1);
  EXPECT_EQ(reader->file().streams(), static_cast<std::size_t>(server.under_way))
      << "one that waits to try again is none";
  loop.cancel(trying);
  settle();
}

TEST_F(ReaderTest, CountsRequestsThatAreGivenUp) {
  auto reader = open(add_video(1, make_bytes(64 * kKiB)));
  server.behaviour.never_answer = true;
  const TaskId reading = start_read(*reader, 0, 10);
  settle();
  EXPECT_EQ(metrics.media_requests_by_code(), (Metrics::Counts{})) << "not before it ends";
  loop.cancel(reading);
  settle();
  reader.reset();
  settle();
  EXPECT_EQ(metrics.media_requests_by_code(), (Metrics::Counts{{"cancelled", 1}}));
}

TEST_F(ReaderTest, CountsReadsThatFail) {
  const auto reader = open(add_video(1, make_bytes(kMiB)));
  ASSERT_TRUE(read(*reader, 0, 10));
  server.replace(reader->file().key(), make_bytes(2 * kMiB, 2));
  EXPECT_FALSE(read(*reader, 700'000, 10));
  EXPECT_FALSE(read(*reader, 0, 10));
  EXPECT_EQ(metrics.read_errors("changed").Value(), 2);
}

TEST_F(ReaderTest, TheFirstReadIsOneSmallRequest) {
  const auto reader = open(add_video(1, make_bytes(64 * kMiB)));
  ASSERT_TRUE(read(*reader, 0, 4096));
  ASSERT_THAT(server.asked, SizeIs(1));
  EXPECT_EQ(server.bytes_sent, kFirstRequest);
}

TEST_F(ReaderTest, WhoReadsOnInSmallPiecesWaitsOnce) {
  const auto reader = open(add_video(1, make_bytes(64 * kMiB)));
  ASSERT_TRUE(read(*reader, 0, 16 * kKiB));
  ASSERT_TRUE(read(*reader, 16 * kKiB, 16 * kKiB));
  ASSERT_THAT(server.asked, SizeIs(1));
  server.behaviour.never_answer = true;
  EXPECT_TRUE(read(*reader, 32 * kKiB, 128 * kKiB));
}

/// The header of a box of the top level (ISO/IEC 14496-12).
std::string box_header(const char* type, std::uint32_t size) {
  std::string header(4, '\0');
  for (int i = 0; i < 4; ++i) header[static_cast<std::size_t>(i)] = static_cast<char>(size >> (24 - 8 * i));
  return header + type;
}

/// An MP4 of so many bytes with these two boxes behind its first 32 bytes.
std::string make_mp4(std::uint32_t size, const char* one, std::uint32_t one_size, const char* other) {
  std::string bytes = make_bytes(size);
  const auto put = [&](std::size_t at, const std::string& text) { bytes.replace(at, text.size(), text); };
  put(0, box_header("ftyp", 32));
  put(32, box_header(one, one_size));
  put(32 + one_size, box_header(other, size - 32 - one_size));
  return bytes;
}
/// Its index is at the end.
std::string make_mp4(std::uint32_t size, std::uint32_t index_size) {
  return make_mp4(size, "mdat", size - 32 - index_size, "moov");
}

TEST_F(ReaderTest, APlayersIndexComesAlongWithItsFirstData) {
  for (const std::uint32_t index_size : {300'000u, 3u << 20}) {
    server.asked.clear();
    server.bytes_sent = 0;
    const std::string content = make_mp4(32 << 20, index_size);
    const auto reader = open(add_video(index_size, content));
    ASSERT_TRUE(read(*reader, 0, 128 * kKiB));
    const std::size_t asked = server.asked.size();
    for (std::uint64_t at = content.size() - index_size; at < content.size(); at += 128 * kKiB) {
      const auto text = read(*reader, at, 128 * kKiB);
      ASSERT_TRUE(text);
      EXPECT_TRUE(*text == content.substr(at, 128 * kKiB));
    }
    EXPECT_EQ(server.asked.size(), asked);
    EXPECT_LE(server.bytes_sent, 512 * kKiB + index_size + 2 * kPageSize);
  }
}

TEST_F(ReaderTest, AShortIndexAtTheStartAndTheFirstPicturesComeInOneRequest) {
  const auto reader = open(add_video(1, make_mp4(32 << 20, "moov", 200'000, "mdat")));
  for (std::uint64_t at = 0; at < 512 * kKiB; at += 128 * kKiB) {
    ASSERT_TRUE(read(*reader, at, 128 * kKiB));
    EXPECT_EQ(server.asked.front().range, (ByteRange{0, 512 * kKiB}));
    EXPECT_THAT(server.asked, SizeIs(at < 384 * kKiB ? 1 : 2)) << at;
  }
}

TEST_F(ReaderTest, TheIndexIsFetchedForPlayersOnly) {
  const std::string content = make_mp4(32 << 20, 300'000);
  const auto reader = open(add_video(1, content));
  ASSERT_TRUE(read(*reader, 0, 16 * kKiB));
  EXPECT_THAT(server.asked, SizeIs(1));
}

TEST_F(ReaderTest, AThumbnailerDoesNotPayForWhatFollowsALeadingIndex) {
  constexpr std::uint32_t kIndex = 5 << 20;
  const std::string content = make_mp4(64 << 20, "moov", kIndex, "mdat");
  const auto reader = open(add_video(1, content));
  // As the kernel reads ahead for it: a megabyte beyond what the thumbnailer wants.
  std::uint64_t at = 0;
  for (std::uint64_t size = 128 * kKiB; at < kIndex + kMiB; size = std::min(2 * size, kMiB)) {
    ASSERT_TRUE(read(*reader, at, size));
    at += size;
  }
  ASSERT_TRUE(read(*reader, 10 * kMiB, 128 * kKiB));
  EXPECT_LE(server.bytes_sent, at + (at - kIndex) + 128 * kKiB + 512 * kKiB + 2 * kBlockSize);
}

TEST_F(ReaderTest, NorDoesAnIndexerThatReadsBoxByBox) {
  constexpr std::uint32_t kIndex = 5 << 20;
  const std::string content = make_mp4(64 << 20, "moov", kIndex, "mdat");
  const auto reader = open(add_video(1, content));
  // Of the first bytes, of which the kernel makes four pages; then of the whole index, of which it makes what it reads
  // ahead at most.
  ASSERT_TRUE(read(*reader, 0, 16 * kKiB));
  EXPECT_THAT(server.asked, SizeIs(1));
  std::uint64_t at = 16 * kKiB;
  for (std::uint64_t size = 128 * kKiB; at < kIndex + kMiB; size = std::min(2 * size, kMiB)) {
    ASSERT_TRUE(read(*reader, at, size));
    at += size;
  }
  EXPECT_LE(server.bytes_sent, at + (at - kIndex) + 2 * kBlockSize);
}

TEST_F(ReaderTest, WhoGoesOnIntoALeadingIndexHasTheRestFetchedAtOnce) {
  constexpr std::uint32_t kIndex = 5 << 20;
  const auto shared = file(add_video(1, make_mp4(64 << 20, "moov", kIndex, "mdat")));
  const auto reader = open(shared);
  ASSERT_TRUE(read(*reader, 0, 16 * kKiB));
  EXPECT_EQ(shared->leading_index(), 32 + kIndex);
  ASSERT_TRUE(read(*reader, 16 * kKiB, 16 * kKiB));
  settle();
  EXPECT_TRUE(shared->expects({0, kIndex + 32}));
  EXPECT_FALSE(shared->expects({0, kIndex + kMiB}));
}

TEST_F(ReaderTest, TheIndexIsNotFetchedThroughEverythingBeforeIt) {
  server.behaviour.ignore_ranges = true;
  const auto reader = open(add_video(1, make_mp4(32 << 20, 300'000)));
  ASSERT_TRUE(read(*reader, 0, 128 * kKiB));
  EXPECT_THAT(server.asked, SizeIs(1));
  EXPECT_LE(server.bytes_sent, 4 * kMiB);
}

TEST_F(ReaderTest, AServerWithoutRangesIsNotAskedForTheIndexByALaterReaderEither) {
  server.behaviour.ignore_ranges = true;
  const auto shared = file(add_video(1, make_mp4(32 << 20, 300'000)));
  const auto one = open(shared), player = open(shared);
  ASSERT_TRUE(read(*one, 0, 16 * kKiB));
  ASSERT_TRUE(read(*player, 0, 128 * kKiB));
  EXPECT_LE(server.bytes_sent, 4 * kMiB);
}

TEST_F(ReaderTest, WhoOpensAgainHasTheIndexFetchedAgain) {
  const auto shared = file(add_video(1, make_mp4(32 << 20, 3 << 20)));
  server.behaviour.never_answer = true;
  auto one = open(shared);
  const TaskId reading = start_read(*one, 0, 128 * kKiB);
  settle();
  loop.cancel(reading);
  settle();
  one.reset();
  settle();
  server.behaviour.never_answer = false;
  const auto other = open(shared);
  ASSERT_TRUE(read(*other, 0, 128 * kKiB));
  EXPECT_TRUE(shared->holds({(32 << 20) - 1, 32 << 20}));
}

TEST_F(ReaderTest, ClosingEndsTheSearchForTheIndex) {
  auto reader = open(add_video(1, make_mp4(32 << 20, 3 << 20)));
  server.next.assign(1, {});
  server.behaviour.never_answer = true;
  ASSERT_TRUE(read(*reader, 0, 128 * kKiB));
  EXPECT_EQ(server.under_way, 1);
  reader.reset();
  settle();
  EXPECT_EQ(loop.running(), 0u);
}

TEST_F(ReaderTest, SequentialReadingAsksForEachByteOnce) {
  constexpr std::uint64_t kSize = 24 * kMiB + 12'345;
  const std::string content = make_bytes(kSize);
  const auto reader = open(add_video(1, content));
  for (std::uint64_t at = 0; at < kSize; at += 128 * kKiB) {
    const auto text = read(*reader, at, 128 * kKiB);
    ASSERT_TRUE(text);
    ASSERT_TRUE(*text == content.substr(at, 128 * kKiB));
  }
  EXPECT_EQ(server.bytes_asked(), kSize);
  EXPECT_EQ(server.bytes_sent, kSize);
  EXPECT_EQ(server.overlaps, 0);
}

/// Reads a whole file as the kernel's readahead does: several requests under way, slightly out of order.
struct Readahead {
  Reader& reader;
  const std::string& content;
  std::vector<std::uint64_t> offsets;
  std::size_t size;
  std::size_t next = 0;
  int wrong = 0;

  static Task<> run(Readahead& self) {
    while (self.next < self.offsets.size()) {
      const std::uint64_t at = self.offsets[self.next++];
      const auto slices = co_await self.reader.read(at, self.size);
      if (!slices || text_of(*slices) != self.content.substr(at, self.size)) ++self.wrong;
    }
  }
};

TEST_F(ReaderTest, TheKernelsReadaheadAsksForEachByteOnce) {
  constexpr std::uint64_t kSize = 16 * kMiB + 777;
  const std::string content = make_bytes(kSize);
  const auto reader = open(add_video(1, content));
  Readahead readahead{*reader, content, {}, 128 * kKiB};
  for (std::uint64_t at = 0; at < kSize; at += 128 * kKiB) readahead.offsets.push_back(at);
  for (std::size_t i = 1; i + 2 < readahead.offsets.size(); i += 4)
    std::swap(readahead.offsets[i], readahead.offsets[i + 2]);
  for (int i = 0; i < 4; ++i) loop.spawn(Readahead::run(readahead));
  clock.run(loop);
  EXPECT_EQ(readahead.wrong, 0);
  EXPECT_EQ(server.bytes_asked(), kSize);
  EXPECT_EQ(server.overlaps, 0);
}

TEST_F(ReaderTest, RangesRunInParallel) {
  const auto reader = open(add_video(1, make_bytes(32 * kMiB)));
  for (std::uint64_t at = 0; at < 16 * kMiB; at += kMiB) ASSERT_TRUE(read(*reader, at, kMiB));
  EXPECT_GE(server.most_under_way, 4);
}

TEST_F(ReaderTest, RandomReadsAskForLittleMore) {
  constexpr std::uint64_t kSize = 32 * kMiB;
  const std::string content = make_bytes(kSize);
  const auto reader = open(add_video(1, content));
  std::mt19937_64 random(7);
  std::uniform_int_distribution<std::uint64_t> offsets(0, kSize - 64 * kKiB);
  for (int i = 0; i < 100; ++i) {
    const std::uint64_t at = offsets(random);
    const auto text = read(*reader, at, 64 * kKiB);
    ASSERT_TRUE(text);
    ASSERT_TRUE(*text == content.substr(at, 64 * kKiB));
  }
  EXPECT_LE(server.bytes_asked(), 150 * 64 * kKiB);
}

TEST_F(ReaderTest, AJumpGivesUpWhatWasFetchedAhead) {
  const auto reader = open(add_video(1, make_bytes(64 * kMiB)));
  server.behaviour.never_answer = true;
  const TaskId copying = start_read(*reader, 0, kMiB);
  settle();
  EXPECT_GE(server.under_way, 5);  // the read's own request, and those ahead of it
  server.behaviour.never_answer = false;
  start_read(*reader, 60 * kMiB, 4096);
  settle();
  EXPECT_EQ(server.under_way, 1);
  loop.cancel(copying);
  settle();
}

TEST_F(ReaderTest, AJumpIntoWhatIsOnItsWayWaitsForIt) {
  const auto reader = open(add_video(1, make_bytes(64 * kMiB)));
  server.behaviour.never_answer = true;
  std::vector<TaskId> reads{start_read(*reader, 0, kMiB)};
  settle();
  const int under_way = server.under_way;
  const std::size_t asked = server.asked.size();
  reads.push_back(start_read(*reader, 4 * kMiB, 4096));
  settle();
  EXPECT_EQ(server.under_way, under_way);
  EXPECT_EQ(server.asked.size(), asked);
  for (const TaskId id : reads) loop.cancel(id);
  settle();
}

TEST_F(ReaderTest, TheKernelsSecondTryOfAPageFailsAtOnce) {
  const std::string content = make_bytes(4 * kMiB);
  const auto reader = open(add_video(1, content));
  server.behaviour.status = 500;
  const MonotonicTime start = clock.now();
  EXPECT_EQ(read(*reader, 0, 128 * kKiB).error().code, Errc::Unavailable);
  EXPECT_EQ(read(*reader, 0, 4096).error().code, Errc::Unavailable);
  EXPECT_LE(clock.now() - start, 130s);
  EXPECT_GE(clock.now() - start, 120s);
  const std::size_t asked = server.asked.size();
  EXPECT_FALSE(read(*reader, kMiB, 4096)) << "elsewhere it is tried";
  EXPECT_GT(server.asked.size(), asked);

  server.behaviour = {};
  clock.advance(FailedReads::kJustNow + 1ms);
  EXPECT_TRUE(read(*reader, 0, 4096) == content.substr(0, 4096));
}

TEST_F(ReaderTest, WhoReadsPastTheKernelsPagesMayTryAgainAtOnce) {
  const auto reader = open(add_video(1, make_bytes(kMiB)));
  reader->set_bypass();
  server.behaviour.status = 500;
  EXPECT_FALSE(read(*reader, 0, 4096));
  server.behaviour = {};
  EXPECT_TRUE(read(*reader, 0, 4096));
}

TEST_F(ReaderTest, WhatASequentialReaderHasPassedMakesRoom) {
  const auto shared = file(add_video(1, make_bytes(32 * kMiB)));
  const auto one = open(shared);
  for (std::uint64_t at = 0; at < 32 * kMiB; at += 128 * kKiB) {
    ASSERT_TRUE(read(*one, at, 128 * kKiB));
    if (at == 16 * kMiB) {
      EXPECT_FALSE(shared->holds({8 * kMiB, 8 * kMiB + 1}));
    }
  }
  EXPECT_TRUE(shared->holds({31 * kMiB, 31 * kMiB + 1}));  // a step back costs nothing
  EXPECT_LE(services.blocks.in_use(), 4 * kMiB);
  EXPECT_EQ(server.bytes_sent, 32 * kMiB);
}

TEST_F(ReaderTest, AReadThatWaitsIsNotHurtByAJump) {
  const std::string content = make_bytes(64 * kMiB);
  const auto reader = open(add_video(1, content));
  server.largest_piece = 4096;
  std::vector<std::string> texts(2);
  struct Read {
    static Task<> run(Reader& from, std::uint64_t at, std::size_t size, std::string& out) {
      const auto slices = co_await from.read(at, size);
      if (slices) out = text_of(*slices);
    }
  };
  // The first needs two requests, with a stretch between them that is here.
  ASSERT_TRUE(read(*reader, 0, 4096));
  ASSERT_TRUE(read(*reader, 20 * kMiB + 64 * kKiB, 4096));
  loop.spawn(Read::run(*reader, 20 * kMiB, kBlockSize, texts[0]));
  loop.spawn(Read::run(*reader, 40 * kMiB, 4096, texts[1]));
  clock.run(loop);
  EXPECT_TRUE(texts[0] == content.substr(20 * kMiB, kBlockSize));
  EXPECT_TRUE(texts[1] == content.substr(40 * kMiB, 4096));
  EXPECT_THAT(server.asked, SizeIs(5));
  EXPECT_EQ(server.bytes_sent, kFirstRequest + kBlockSize + 4096);
}

TEST_F(ReaderTest, ClosingEndsWhatWasFetchedAhead) {
  auto reader = open(add_video(1, make_bytes(64 * kMiB)));
  server.next.assign(1, {});
  server.behaviour.never_answer = true;
  for (std::uint64_t at = 0; at < 512 * kKiB; at += 128 * kKiB) ASSERT_TRUE(read(*reader, at, 128 * kKiB));
  EXPECT_GT(server.under_way, 0);
  reader.reset();
  settle();
  EXPECT_EQ(server.under_way, 0);
  EXPECT_EQ(loop.running(), 0u);
}

/// Reads the first 128 KiB of a file and closes it while the rest of the first request comes.
class PlayersFirstRequestTest : public ReaderTest {
 protected:
  void read_and_close() {
    struct Visit {
      static Task<> run(PlayersFirstRequestTest& self, std::unique_ptr<Reader> reader) {
        EXPECT_TRUE(co_await reader->read(0, 128 * kKiB));
        self.sent_before_close = self.server.bytes_sent;
      }
    };
    server.largest_piece = 16 * 1024;
    server.most_turns = 4;
    loop.spawn(Visit::run(*this, open(add_video(1, make_bytes(64 * kMiB)))));
    clock.run(loop);
    EXPECT_LT(sent_before_close, 300 * kKiB);
  }
  std::uint64_t sent_before_close = 0;
};

TEST_F(PlayersFirstRequestTest, RunsOutSoThatItsConnectionIsOfUse) {
  read_and_close();
  EXPECT_EQ(server.bytes_sent, 512 * kKiB);
  EXPECT_THAT(server.asked, SizeIs(1));
}

TEST_F(PlayersFirstRequestTest, IsNotSentAgainWhereItBreaks) {
  server.behaviour.cut_after = 400 * kKiB;
  read_and_close();
  EXPECT_EQ(server.bytes_sent, 400 * kKiB);
  EXPECT_THAT(server.asked, SizeIs(1));
}

TEST_F(PlayersFirstRequestTest, IsGivenUpOnASlowLink) {
  const auto link = services.links.to(Url::parse("https://media.example/").value());
  link->answered(10ms);
  link->transferred(kMiB, 10s);
  read_and_close();
  EXPECT_LT(server.bytes_sent, 512 * kKiB);
}

TEST_F(ReaderTest, ACancelledReadLeavesNothingBehind) {
  auto reader = open(add_video(1, make_bytes(kMiB)));
  server.behaviour.never_answer = true;
  const TaskId task = start_read(*reader, 0, kMiB);
  settle();
  EXPECT_EQ(loop.running(), 3u);  // the read, its fetch, and the search for an index
  loop.cancel(task);
  settle();
  EXPECT_EQ(loop.running(), 2u);
  reader.reset();
  settle();
  EXPECT_EQ(loop.running(), 0u);
}

TEST_F(ReaderTest, ReadersOfOneFileShareItsBlocks) {
  const auto shared = file(add_video(1, make_bytes(4 * kMiB)));
  const auto one = open(shared), other = open(shared);
  for (std::uint64_t at = 0; at < 4 * kMiB; at += 128 * kKiB) ASSERT_TRUE(read(*one, at, 128 * kKiB));
  for (std::uint64_t at = 0; at < 4 * kMiB; at += 128 * kKiB) ASSERT_TRUE(read(*other, at, 128 * kKiB));
  EXPECT_EQ(server.bytes_sent, 4 * kMiB);
}

// Readers against plain strings

/// One random world: files, readers that read here and there, and a server with faults that none of them may notice.
class RandomWorld {
 public:
  explicit RandomWorld(std::uint32_t seed)
      : random_(seed), ranges_work_(chance(70)), world_(seed, pick(1, 24) * kBlockSize) {
    world_.server.largest_piece = pick(1000, 100'000);
    world_.server.choose = [this] { return behaviour(); };
    // Half of the worlds know their host well enough to ask twice what is slow.
    if (chance(50)) world_.teach_link();
    const std::size_t files = pick(1, 3);
    for (std::size_t i = 0; i < files; ++i) {
      contents_.push_back(make_bytes(pick(1, chance(50) ? 2'000'000 : 200'000), seed + static_cast<std::uint32_t>(i)));
      files_.push_back(world_.file(world_.add_video(i + 1, contents_.back())));
    }
  }

  /// What went wrong; empty: nothing.
  std::string run() {
    const std::size_t readers = pick(1, 5);
    for (std::size_t i = 0; i < readers; ++i)
      tasks_.push_back(world_.loop.spawn(read(*this, pick(0, files_.size() - 1))));
    // Now and then one of them is interrupted.
    if (chance(30)) world_.loop.spawn(interrupt(*this));
    if (!world_.clock.run(world_.loop)) wrong_ = "a task waits for ever";
    if (ranges_work_ && world_.server.overlaps > static_cast<int>(world_.metrics.retries("hedge").Value()))
      wrong_ = "overlapping ranges were asked for at the same time";
    if (world_.server.under_way > 0) wrong_ = "a transfer was left behind";
    return wrong_;
  }

 private:
  std::size_t pick(std::size_t least, std::size_t most) {
    return std::uniform_int_distribution<std::size_t>(least, most)(random_);
  }
  bool chance(int percent) { return pick(1, 100) <= static_cast<std::size_t>(percent); }

  MediaBehaviour behaviour() {
    MediaBehaviour how;
    how.ignore_ranges = !ranges_work_ && chance(80);
    how.announce_length = chance(70);
    how.total_unknown = chance(20);
    how.tags = chance(80);
    how.delay = chance(10) ? std::chrono::milliseconds{pick(1, 100)} : std::chrono::milliseconds{};
    switch (pick(0, 15)) {
      case 0: how.status = 500; break;
      case 1: how.status = 429, how.retry_after = std::chrono::seconds{1}; break;
      case 2: how.refuse_connection = true; break;
      case 3: how.cut_after = pick(1, 300'000); break;
      case 4: how.end_after = pick(1, 300'000); break;
      case 5: how.longest_part = pick(1, 50'000); break;
      case 6: how.content_type = "text/html"; break;
      case 7: how.content_encoding = "gzip"; break;
      case 8: how.content_range = false; break;
      case 9: how.range_shift = -1; break;
      case 10: world_.server.expire(files_[pick(0, files_.size() - 1)]->key()); break;
      default: break;
    }
    return how;
  }

  static Task<> read(RandomWorld& self, std::size_t which) {
    const std::string& content = self.contents_[which];
    auto reader = self.world_.open(self.files_[which]);
    std::uint64_t next = 0;
    const std::size_t reads = self.pick(1, 25);
    for (std::size_t i = 0; i < reads; ++i) {
      const bool goes_on = self.chance(60);
      const std::uint64_t at = goes_on ? next : self.pick(0, content.size());
      const std::size_t size = self.pick(1, self.chance(80) ? 131'072 : 600'000);
      const auto slices = co_await reader->read(at, size);
      if (!slices) {
        self.wrong_ = "a read failed: " + slices.error().what;
        co_return;
      }
      const std::string expected = at < content.size() ? content.substr(at, size) : std::string();
      if (text_of(*slices) != expected) self.wrong_ = "a read brought other bytes";
      next = at + size < content.size() ? at + size : 0;
      if (self.chance(5)) {
        reader.reset();
        reader = self.world_.open(self.files_[which]);
      }
    }
  }

  static Task<> interrupt(RandomWorld& self) {
    co_await self.world_.clock.sleep(std::chrono::milliseconds{self.pick(0, 500)});
    self.world_.loop.cancel(self.tasks_[self.pick(0, self.tasks_.size() - 1)]);
  }

  std::mt19937 random_;
  const bool ranges_work_;
  std::vector<std::string> contents_;
  FileWorld world_;
  std::vector<std::shared_ptr<ContentFile>> files_;
  std::vector<TaskId> tasks_;
  std::string wrong_;
};

TEST(ReaderModel, FaultyServersAreInvisible) {
  EXPECT_TRUE(rc::check("readers against strings", [] {
    const auto seed = *rc::gen::noShrink(rc::gen::resize(100, rc::gen::arbitrary<std::uint32_t>()));
    RandomWorld world(seed);
    const std::string wrong = world.run();
    if (!wrong.empty()) RC_FAIL(wrong);
  }));
}

}  // namespace
}  // namespace g2afs::test
