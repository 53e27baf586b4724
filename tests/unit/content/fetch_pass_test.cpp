// SPDX-License-Identifier: MIT
// Servers that ignore ranges: a fetch becomes a pass over the whole file.
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fetch_fixture.hpp"

namespace g2afs::test {
namespace {

using namespace std::chrono_literals;
using testing::SizeIs;

constexpr std::uint64_t kSize = kFetchedSize;

TEST_F(FetchTest, AServerThatIgnoresRangesIsPassedOverOnce) {
  server.behaviour.ignore_ranges = true;
  expect_invisible();
  EXPECT_LE(server.bytes_sent, kSize + 3 * server.largest_piece);
}

TEST_F(FetchTest, AServerThatIgnoresRangesAndSaysNoLength) {
  server.behaviour.ignore_ranges = true;
  server.behaviour.announce_length = false;
  expect_invisible();
}

TEST_F(FetchTest, APassIsPausedBeyondWhatIsWanted) {
  server.behaviour.ignore_ranges = true;
  server.largest_piece = 4096;
  reader = open(key);
  ASSERT_TRUE(read(*reader, 0, 4096));
  EXPECT_EQ(server.under_way, 1);
  EXPECT_LE(server.bytes_sent, kFirstRequest + 2 * 4096);
}

TEST_F(FetchTest, APassThatBreaksOffGoesOnFromTheStart) {
  server.behaviour.ignore_ranges = true;
  server.next.assign(3, {.ignore_ranges = true, .cut_after = 300'000});
  expect_invisible();
}

TEST_F(FetchTest, APassThatNeverGetsFurtherFails) {
  server.behaviour.ignore_ranges = true;
  server.behaviour.cut_after = 300'000;
  expect_failure(Errc::Unavailable);
  EXPECT_GE(elapsed(), 100s);
  EXPECT_LE(elapsed(),
            370s);  // a `retry_for` of it went by when nobody waited, for what comes along with the first read
}

TEST_F(FetchTest, APausedPassThatBreaksOffIsNotBegunAgainUntilSomebodyReads) {
  server.behaviour.ignore_ranges = true;
  server.next.push_back({.ignore_ranges = true, .cut_after = 2 * kBlockSize});
  server.largest_piece = 2 * kBlockSize;
  server.most_turns = 0;
  reader = open(key);
  ASSERT_TRUE(read(*reader, 0, 4096));
  clock.advance(1h);
  settle();
  EXPECT_THAT(server.asked, SizeIs(1));
  const auto last = read(*reader, kSize - 10, 10);
  ASSERT_TRUE(last);
  EXPECT_EQ(*last, content.substr(kSize - 10));
}

/// Whether requests that are slow are asked twice makes no difference to a pass.
class PassTest : public FetchTest, public testing::WithParamInterface<bool> {
 protected:
  void SetUp() override {
    if (GetParam()) teach_link();
  }
};
INSTANTIATE_TEST_SUITE_P(Hedged, PassTest, testing::Bool());

TEST_P(PassTest, APausedPassGivesItsConnectionToWhoeverWaitsForOne) {
  transport.connections = Gate(2);
  server.behaviour.ignore_ranges = true;
  server.largest_piece = 4096;
  std::vector<std::unique_ptr<Reader>> held;
  for (std::uint64_t id = 10; id < 13; ++id) {
    held.push_back(open(add_video(id, content)));
    const auto text = read(*held.back(), 0, 4096);
    ASSERT_TRUE(text);
    EXPECT_EQ(*text, content.substr(0, 4096));
  }
  EXPECT_EQ(server.under_way, 2);  // and no more of them than had to
  EXPECT_THAT(server.asked, SizeIs(3));
  EXPECT_EQ(metrics.retries("short").Value(), 0);
  for (const auto& each : held) {
    const auto text = read(*each, 400'000, 4096);
    ASSERT_TRUE(text);
    EXPECT_EQ(*text, content.substr(400'000, 4096));
  }
}

TEST_P(PassTest, APassThatComesToAPauseWhileOthersWaitGivesUpItsConnection) {
  transport.connections = Gate(1);
  server.behaviour.ignore_ranges = true;
  server.largest_piece = 4096;
  std::vector<std::unique_ptr<Reader>> held;
  int came = 0;
  struct Read {
    static Task<> run(Reader& from, const std::string& expected, int& came) {
      const auto slices = co_await from.read(100'000, 8192);
      if (slices && text_of(*slices) == expected.substr(100'000, 8192)) ++came;
    }
  };
  for (std::uint64_t id = 10; id < 15; ++id) {
    held.push_back(open(add_video(id, content)));
    loop.spawn(Read::run(*held.back(), content, came));
  }
  clock.run(loop);
  EXPECT_EQ(came, 5);
}

TEST_F(FetchTest, AServerThatIgnoresRangesNowAndThen) {
  int number = 0;
  server.choose = [&] { return MediaBehaviour{.ignore_ranges = ++number % 2 == 0}; };
  expect_invisible();
}

TEST_F(FetchTest, TwoReadersFarApartHaveAPassEach) {
  server.behaviour.ignore_ranges = true;
  server.largest_piece = 8192;
  const auto shared = file(key);
  auto behind = open(shared), in_front = open(shared);
  std::uint64_t at = 0;
  for (; at + 500'000 + 4096 <= kSize; at += 4096) {
    const auto second = read(*in_front, 500'000 + at, 4096);
    ASSERT_TRUE(second);
    EXPECT_TRUE(*second == content.substr(500'000 + at, 4096));
    const auto first = read(*behind, at, 4096);
    ASSERT_TRUE(first);
    EXPECT_TRUE(*first == content.substr(at, 4096));
  }
  EXPECT_LE(server.asked.size(), 8u);
  EXPECT_LE(server.bytes_sent, 2 * kSize);
}

TEST_F(FetchTest, AReaderThatJumpsBackLeavesNoPassBehind) {
  FileWorld small(3, 4 * kBlockSize);
  small.server.behaviour.ignore_ranges = true;
  const FileKey big = small.add_video(1, make_bytes(8 * kMiB));
  const auto shared = small.file(big);
  auto one = small.open(shared), other = small.open(shared);
  for (int i = 0; i < 20; ++i) {
    ASSERT_TRUE(small.read(*one, (20 - static_cast<std::uint64_t>(i)) * 300'000, 4096));
    ASSERT_TRUE(small.read(*other, static_cast<std::uint64_t>(i) * 4096, 4096));
    EXPECT_LE(small.server.under_way, 2);
  }
  one.reset();
  small.settle();
  EXPECT_LE(small.server.under_way, 1);
  other.reset();
  small.settle();
  EXPECT_EQ(small.server.under_way, 0);
}

TEST_F(FetchTest, AMemoryThatIsSmallerThanTheFileDoesNotMakePassesStartAgain) {
  FileWorld small(4, 8 * kBlockSize);
  small.server.behaviour.ignore_ranges = true;
  const std::string bytes = make_bytes(6 * kMiB);
  const FileKey big = small.add_video(1, bytes);
  const auto one = small.open(big);
  for (std::uint64_t at = 0; at < bytes.size(); at += 128 * 1024) {
    const auto text = small.read(*one, at, 128 * 1024);
    ASSERT_TRUE(text);
    ASSERT_TRUE(*text == bytes.substr(at, 128 * 1024));
  }
  EXPECT_LE(small.server.bytes_sent, bytes.size() + 3 * small.server.largest_piece);
}

}  // namespace
}  // namespace g2afs::test
