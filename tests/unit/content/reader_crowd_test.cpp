// SPDX-License-Identifier: MIT
// Readers in line for memory.
#include <functional>
#include <memory>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "content_fixture.hpp"

#include "g2afs/content/reader.hpp"

namespace g2afs::test {
namespace {

using namespace std::chrono_literals;
using testing::AllOf;
using testing::Each;
using testing::SizeIs;

constexpr std::uint64_t kKiB = 1024;

/// More readers than there is memory for at once, each of the first MiB of a file of his own.
struct CrowdTest : testing::Test, FileWorld {
  static Task<> read_one(Reader& reader, CrowdTest& test) {
    const auto slices = co_await reader.read(0, kMiB);
    if (slices) ++test.well;
    if (!slices) test.errors.push_back(slices.error().code);
    if (test.well + test.errors.size() == test.crowd.size()) test.crowd_ended();
  }
  void read_all(std::uint64_t readers) {
    for (std::uint64_t id = 1; id <= readers; ++id) crowd.push_back(open(add_video(id, make_bytes(kMiB))));
    for (const auto& reader : crowd) loop.spawn(read_one(*reader, *this));
    clock.run(loop);
  }
  std::vector<std::unique_ptr<Reader>> crowd;
  std::uint64_t well = 0;
  std::vector<Errc> errors;
  std::function<void()> crowd_ended = [] {};
};

TEST_F(CrowdTest, OfAHostThatHangsFailsInTheTimeOfOne) {
  server.behaviour.delay = 30s;
  server.behaviour.stall = true;
  const MonotonicTime start = clock.now();
  read_all(400);
  EXPECT_THAT(errors, AllOf(SizeIs(400), Each(Errc::Unavailable)));
  EXPECT_LE(clock.now() - start, 120s + 2 * 30s);
}

TEST_F(CrowdTest, FailsAsOneThatWhatTheHostSays) {
  server.behaviour.status = 429;
  read_all(100);
  EXPECT_THAT(errors, AllOf(SizeIs(100), Each(Errc::Throttled)));
}

TEST_F(CrowdTest, OfAHostThatHangsIsNotKeptByAReaderOfAnother) {
  const auto well_served = open(add_video(1000, make_bytes(64 * kMiB)));
  ASSERT_TRUE(read(*well_served, 0, kMiB));
  server.on_request = [this](const auto& asked) {
    const bool hangs = asked.key.id.value < 1000;
    server.behaviour.delay = hangs ? 30s : 1s;
    server.behaviour.stall = hangs;
  };
  // All it reads lies ahead of it, in memory.
  struct Player {
    static Task<> run(Reader& reader, Clock& clock) {
      for (std::uint64_t at = kMiB; at < 64 * kMiB; at += 128 * kKiB) {
        co_await clock.sleep(2s);
        co_await reader.read(at, 128 * kKiB);
      }
    }
  };
  loop.spawn(Player::run(*well_served, clock));
  const MonotonicTime start = clock.now();
  crowd_ended = [&] { EXPECT_LE(clock.now() - start, 120s + 2 * 30s); };
  read_all(400);
}

TEST_F(CrowdTest, OfASlowHostIsServedHoweverLongItTakes) {
  server.behaviour.delay = 100s;
  read_all(100);
  EXPECT_EQ(well, 100u);
}

TEST_F(CrowdTest, OfAHostWithoutRangesIsServedHoweverLongItTakes) {
  server.behaviour.ignore_ranges = true;
  server.behaviour.delay = 100s;
  read_all(100);
  EXPECT_EQ(well, 100u);
}

}  // namespace
}  // namespace g2afs::test
