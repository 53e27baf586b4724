// SPDX-License-Identifier: MIT
#include "g2afs/content/link.hpp"

#include <gtest/gtest.h>
#include <rapidcheck.h>

namespace g2afs::test {
namespace {

using namespace std::chrono_literals;

constexpr std::uint64_t kMiB = 1 << 20;
constexpr std::size_t kMost = 28;

MonotonicTime at(Duration since_start) { return {since_start}; }

/// A host of a given latency and rates, and a reader that always waits: a plain model of time.
struct Host {
  Duration latency;
  double stream_rate;  // bytes a second, of one connection
  double most;         // of all together

  /// One round: all that the link allows is asked for at once, comes, and the reader still waits.
  void round(Link& link, MonotonicTime& now) const {
    const std::size_t streams = link.streams();
    const std::uint64_t size = link.request_size();
    const double each = std::min(stream_rate, most / static_cast<double>(streams));
    const auto body =
        std::chrono::duration_cast<Duration>(std::chrono::duration<double>(static_cast<double>(size) / each));
    for (std::size_t i = 0; i < streams; ++i) link.begin(now);
    now = now + latency;
    for (std::size_t i = 0; i < streams; ++i) link.answered(latency);
    now = now + body;
    for (std::size_t i = 0; i < streams; ++i) link.transferred(size, body);
    link.received(size * streams, now);
    for (std::size_t i = 0; i < streams; ++i) link.end();
    link.pressed(now);
  }
};

// How many

TEST(Link, ClimbsWhileMoreStreamsBringMore) {
  const Host host{40ms, 40e6, 1e12};
  Link link(kMost);
  MonotonicTime now = at(1s);
  EXPECT_EQ(link.streams(), 4u);
  host.round(link, now);
  EXPECT_EQ(link.streams(), 16u);
  host.round(link, now);
  EXPECT_EQ(link.streams(), kMost);
  for (int i = 0; i < 20; ++i) host.round(link, now);
  EXPECT_EQ(link.streams(), kMost);
}

TEST(Link, FallsBackWhereMoreStreamsBringNothing) {
  const Host host{1ms, 1e9, 200e6};
  Link link(kMost);
  MonotonicTime now = at(1s);
  for (int i = 0; i < 4 && link.streams() == 4; ++i) host.round(link, now);
  EXPECT_EQ(link.streams(), 16u);
  for (int i = 0; i < 4 && link.streams() == 16; ++i) host.round(link, now);
  EXPECT_EQ(link.streams(), 4u);
}

TEST(Link, JudgesMoreStreamsOnceTheyAreInUse) {
  const Host host{1ms, 20e6, 1e12};
  Link link(kMost);
  MonotonicTime now = at(1s);
  host.round(link, now);
  ASSERT_EQ(link.streams(), 16u);
  // The windows have not grown yet: as many as before bring as much as before.
  for (int i = 0; i < 10; ++i) {
    for (int stream = 0; stream < 4; ++stream) link.begin(now);
    link.received(8 * kMiB, now = now + 100ms);
    for (int stream = 0; stream < 4; ++stream) link.end();
    link.pressed(now);
  }
  EXPECT_EQ(link.streams(), 16u);
  host.round(link, now);
  EXPECT_EQ(link.streams(), kMost);
}

TEST(Link, DoesNotClimbWhereTheMachineIsTheLimit) {
  const Host host{1ms, 1e9, 800e6};
  Link link(kMost);
  MonotonicTime now = at(1s);
  for (int i = 0; i < 100; ++i) host.round(link, now);
  EXPECT_EQ(link.streams(), 4u);
}

TEST(Link, TriesAgainLessAndLessOften) {
  const Host host{1ms, 1e9, 200e6};
  Link link(kMost);
  MonotonicTime now = at(1s);
  int attempts = 0;
  for (std::size_t before = 4; now < at(300s);) {
    host.round(link, now);
    if (link.streams() > before) ++attempts;
    before = link.streams();
  }
  EXPECT_GE(attempts, 3);
  EXPECT_LE(attempts, 10);
}

TEST(Link, DoesNotClimbForAReaderThatHasEnough) {
  Link link(kMost);
  MonotonicTime now = at(1s);
  link.begin(now);
  for (int i = 0; i < 100; ++i) link.received(8 * kMiB, now = now + 20ms);
  EXPECT_EQ(link.streams(), 4u);
}

TEST(Link, TimeWithoutTransfersDoesNotCount) {
  const Host host{40ms, 40e6, 1e12};
  Link link(kMost);
  MonotonicTime now = at(1s);
  host.round(link, now);
  now = now + 10s;  // nobody reads
  host.round(link, now);
  EXPECT_EQ(link.streams(), kMost);
}

TEST(Link, NeverExceedsTheConnectionsThereAre) {
  for (const std::size_t most : {0, 1, 3, 5}) {
    Link link(most);
    MonotonicTime now = at(1s);
    for (int i = 0; i < 10; ++i) {
      Host{40ms, 40e6, 1e12}.round(link, now);
      EXPECT_LE(link.streams(), std::max<std::size_t>(most, 1));
      EXPECT_GE(link.streams(), 1u);
    }
  }
}

// How long

TEST(Link, ARangeTakesTwiceItsLatency) {
  Link link(kMost);
  EXPECT_EQ(link.request_size(), kMiB);  // nothing is known
  link.answered(50ms);
  link.transferred(4'000'000, 100ms);  // 40 MB/s
  EXPECT_NEAR(static_cast<double>(link.request_size()), 40e6 * 0.106, 1e5);
}

TEST(Link, TheRestOfAnAnswerIsSoonerThanAnotherIfItTakesNoLongerThanTheLatency) {
  Link link(kMost);
  EXPECT_TRUE(link.as_soon_as_another(8 * kMiB));  // as long as nothing is known
  for (int i = 0; i < 100; ++i) {
    link.answered(100ms);
    link.transferred(10 * kMiB, 1s);
  }
  EXPECT_TRUE(link.as_soon_as_another(kMiB));
  EXPECT_FALSE(link.as_soon_as_another(2 * kMiB));
}

TEST(Link, RangesAreNeitherTinyNorHuge) {
  Link slow(kMost), fast(kMost);
  slow.answered(100ms);
  slow.transferred(kMiB, 10s);
  EXPECT_EQ(slow.request_size(), kMiB);
  fast.answered(100ms);
  fast.transferred(8 * kMiB, 1ms);
  EXPECT_EQ(fast.request_size(), 4 * kMiB);
}

TEST(Link, SmallBodiesTellNothingOfTheRate) {
  Link link(kMost);
  link.answered(100ms);
  link.transferred(1000, 1ns);
  EXPECT_EQ(link.request_size(), kMiB);
}

// Asking again

TEST(Link, HedgesWhatIsSlowerThanNearlyAll) {
  Link link(kMost);
  link.received(100 * kMiB, at(1s));
  for (int i = 0; i < 49; ++i) link.answered(40ms);
  EXPECT_FALSE(link.hedge_after(kMiB));  // too few to tell
  for (int i = 0; i < 100; ++i) link.answered(40ms);
  EXPECT_EQ(link.hedge_after(kMiB), 80ms);  // but not what is hardly slower
  for (int i = 0; i < 128; ++i) link.answered(i % 10 == 0 ? 500ms : 40ms);
  EXPECT_EQ(link.hedge_after(kMiB), 500ms);
}

TEST(Link, HedgesAreAFiftiethOfTheBytesAtMost) {
  Link link(kMost);
  for (int i = 0; i < 100; ++i) link.answered(40ms);
  link.received(100 * kMiB, at(1s));
  EXPECT_TRUE(link.hedge_after(2 * kMiB));
  EXPECT_FALSE(link.hedge_after(2 * kMiB + 1));
  link.hedged(2 * kMiB);
  EXPECT_FALSE(link.hedge_after(1));
  link.received(kMiB, at(2s));
  EXPECT_TRUE(link.hedge_after(1));
}

TEST(Link, NothingIsMeasuredByNoBytes) {
  Link link(kMost);
  link.begin(at(0s));
  link.received(1000, at(20ms));
  link.received(0, at(40ms));
  link.pressed(at(40ms));
  link.received(0, at(80ms));
  link.pressed(at(80ms));
  EXPECT_GE(link.streams(), 4u);
}

// Any history

TEST(Link, StaysWithinItsBounds) {
  EXPECT_TRUE(rc::check("any events", [] {
    const auto most = *rc::gen::inRange<std::size_t>(1, 64);
    Link link(most);
    MonotonicTime now{};
    int under_way = 0;
    for (int i = 0; i < 300; ++i) {
      now = now + std::chrono::milliseconds{*rc::gen::inRange(0, 200)};
      switch (*rc::gen::inRange(0, 6)) {
        case 0: link.begin(now), ++under_way; break;
        case 1:
          if (under_way > 0) link.end(), --under_way;
          break;
        case 2: link.received(*rc::gen::inRange<std::uint64_t>(0, 64 * kMiB), now); break;
        case 3: link.answered(std::chrono::milliseconds{*rc::gen::inRange(0, 2000)}); break;
        case 4:
          link.transferred(*rc::gen::inRange<std::uint64_t>(0, 64 * kMiB),
                           std::chrono::milliseconds{*rc::gen::inRange(0, 2000)});
          break;
        default: link.pressed(now);
      }
      RC_ASSERT(link.streams() >= 1u && link.streams() <= most);
      RC_ASSERT(link.request_size() >= kMiB && link.request_size() <= 4 * kMiB);
    }
  }));
}

// The table

TEST(Links, KnowsEachHostByItsOrigin) {
  Links links(kMost);
  const auto likely = links.likely();
  EXPECT_EQ(links.likely(), likely);
  const auto one = links.to(*Url::parse("https://a.example/x?secret=1"));
  EXPECT_EQ(links.to(*Url::parse("https://a.example/y")), one);
  EXPECT_EQ(links.likely(), one);
  EXPECT_NE(links.to(*Url::parse("https://a.example:444/y")), one);
  EXPECT_NE(links.likely(), one);
}

TEST(Links, ForgetsTheOldestHosts) {
  Links links(kMost);
  std::weak_ptr<Link> first = links.to(*Url::parse("https://a.example/"));
  for (int i = 0; i < 64; ++i) links.to(*Url::parse("https://h" + std::to_string(i) + ".example/"));
  EXPECT_TRUE(first.expired());
}

}  // namespace
}  // namespace g2afs::test
