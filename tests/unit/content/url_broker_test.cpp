// SPDX-License-Identifier: MIT
#include "g2afs/content/url_broker.hpp"

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "content_fixture.hpp"

namespace g2afs::test {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;
using testing::UnorderedElementsAre;

class UrlBrokerTest : public testing::Test, protected MediaWorld {
 protected:
  UrlBrokerTest() {
    for (std::uint64_t id = 1; id <= 5; ++id) add_video(id, "video");
  }
  void TearDown() override { EXPECT_TRUE(finish()); }

  Result<Url> ask(FileKey key) { return run_task(loop, clock, urls.url(key)); }
  static FileKey video(std::uint64_t id) { return {RecordingId{id}, FileKind::Video}; }

  /// Asks without waiting; the answer is appended to `answers`.
  TaskId ask_later(FileKey key) { return loop.spawn(note(*this, key)); }
  static Task<> note(UrlBrokerTest& test, FileKey key) {
    const auto url = co_await test.urls.url(key);
    test.answers.push_back(url ? url->text() : std::string(to_string(url.error().code)));
  }
  void release() {
    account.held = false;
    account.released.notify_all();
    settle();
  }

  std::vector<std::string> answers;
};

TEST_F(UrlBrokerTest, ResolvesOnceAndRemembers) {
  const auto first = ask(video(1));
  ASSERT_TRUE(first);
  EXPECT_EQ(first->text(), server.url(video(1)).text());
  EXPECT_TRUE(ask(video(1)));
  EXPECT_THAT(account.calls, SizeIs(1));
}

TEST_F(UrlBrokerTest, UsesWhatAnEnumerationBrought) {
  MediaEntry entry;
  entry.id = RecordingId{9};
  entry.video = server.url(video(9));
  urls.remember({&entry, 1});
  EXPECT_TRUE(ask(video(9)));
  EXPECT_THAT(account.calls, IsEmpty());
}

TEST_F(UrlBrokerTest, AUrlAgesInSuspendAndNotByTheClockOnTheWall) {
  ASSERT_TRUE(ask(video(1)));
  clock.step_wall(24h * 365);
  ASSERT_TRUE(ask(video(1)));
  clock.step_wall(-2 * 24h * 365);
  ASSERT_TRUE(ask(video(1)));
  EXPECT_THAT(account.calls, SizeIs(1));
  clock.suspend(48h);
  ASSERT_TRUE(ask(video(1)));
  EXPECT_THAT(account.calls, SizeIs(2));
}

TEST_F(UrlBrokerTest, AFileWithoutAUrlIsNotFound) {
  const auto url = ask({RecordingId{1}, FileKind::Events});
  ASSERT_FALSE(url);
  EXPECT_EQ(url.error().code, Errc::NotFound);
}

TEST_F(UrlBrokerTest, ARecordingThatIsLeftOutIsNotGoneForThat) {
  const auto url = ask(video(77));
  ASSERT_FALSE(url);
  EXPECT_EQ(url.error().code, Errc::Unavailable);
}

TEST_F(UrlBrokerTest, WhoeverAsksTogetherSharesACall) {
  for (std::uint64_t id = 1; id <= 4; ++id) ask_later(video(id));
  ask_later(video(1));
  settle();
  EXPECT_THAT(answers, SizeIs(5));
  // The first call is made with what had been asked when it went out, the second with all the rest.
  EXPECT_LE(account.calls.size(), 2u);
}

TEST_F(UrlBrokerTest, WhileACallIsUnderWayTheNextOneIsCollected) {
  account.held = true;
  ask_later(video(1));
  settle();
  for (std::uint64_t id = 2; id <= 5; ++id) ask_later(video(id));
  ask_later(video(3));
  settle();
  release();
  EXPECT_THAT(account.calls,
              ElementsAre(ElementsAre(RecordingId{1}),
                          UnorderedElementsAre(RecordingId{2}, RecordingId{3}, RecordingId{4}, RecordingId{5})));
  EXPECT_THAT(answers, SizeIs(6));
}

TEST_F(UrlBrokerTest, AnIdThatIsUnderWayIsNotAskedAgain) {
  account.held = true;
  ask_later(video(1));
  settle();
  ask_later(video(1));
  settle();
  release();
  EXPECT_THAT(account.calls, SizeIs(1));
  EXPECT_THAT(answers, SizeIs(2));
}

TEST_F(UrlBrokerTest, AnErrorGoesToEveryoneOfTheCallAndIsNotKept) {
  account.failure = Errc::Denied;
  ask_later(video(1));
  ask_later(video(2));
  settle();
  EXPECT_THAT(answers, ElementsAre("denied", "denied"));
  account.failure.reset();
  EXPECT_TRUE(ask(video(1)));
}

TEST_F(UrlBrokerTest, UrlsAreUsedForADay) {
  ASSERT_TRUE(ask(video(1)));
  clock.advance(23h);
  ASSERT_TRUE(ask(video(1)));
  EXPECT_THAT(account.calls, SizeIs(1));
  clock.advance(2h);
  ASSERT_TRUE(ask(video(1)));
  EXPECT_THAT(account.calls, SizeIs(2));
}

TEST_F(UrlBrokerTest, WhatIsExpectedIsResolvedInOneCallWithWhatIsAsked) {
  const std::vector<RecordingId> ids{{1}, {2}, {3}, {4}, {5}};
  urls.expect(ids);
  ASSERT_TRUE(ask(video(5)));
  settle();
  EXPECT_THAT(account.calls, ElementsAre(SizeIs(5)));
  for (std::uint64_t id = 1; id <= 5; ++id) EXPECT_TRUE(ask(video(id)));
  urls.expect(ids);
  settle();
  EXPECT_THAT(account.calls, SizeIs(1));
}

TEST_F(UrlBrokerTest, WhatIsExpectedIsRenewedBeforeItIsTooOldAndUsedMeanwhile) {
  ASSERT_TRUE(ask(video(1)));
  clock.advance(21h);
  EXPECT_FALSE(urls.knows(RecordingId{1}));
  account.held = true;
  const std::vector<RecordingId> ids{{1}};
  urls.expect(ids);
  settle();
  EXPECT_TRUE(ask(video(1)));
  release();
  EXPECT_TRUE(urls.knows(RecordingId{1}));
  clock.advance(19h);
  EXPECT_TRUE(ask(video(1)));
  EXPECT_THAT(account.calls, SizeIs(2));
}

TEST_F(UrlBrokerTest, AnExpiredUrlIsAskedForAnew) {
  const auto old = ask(video(1));
  server.expire(video(1));
  urls.expired(video(1), *old);
  const auto fresh = ask(video(1));
  ASSERT_TRUE(fresh);
  EXPECT_NE(fresh->text(), old->text());
  EXPECT_THAT(account.calls, SizeIs(2));
}

TEST_F(UrlBrokerTest, AUrlThatWasReplacedMeanwhileDoesNotCostTheNewOne) {
  const auto old = ask(video(1));
  server.expire(video(1));
  urls.expired(video(1), *old);
  ASSERT_TRUE(ask(video(1)));
  urls.expired(video(1), *old);  // another fetch that had the old one
  ASSERT_TRUE(ask(video(1)));
  EXPECT_THAT(account.calls, SizeIs(2));
}

TEST_F(UrlBrokerTest, ExpiryOfAnUnknownUrlIsNothing) {
  urls.expired(video(1), server.url(video(1)));
  EXPECT_TRUE(ask(video(1)));
}

TEST_F(UrlBrokerTest, ACancelledAskerLeavesTheOthersTheirAnswer) {
  account.held = true;
  const TaskId first = ask_later(video(1));
  ask_later(video(1));
  settle();
  loop.cancel(first);
  settle();
  release();
  EXPECT_THAT(answers, SizeIs(1));
  EXPECT_EQ(loop.running(), 0u);
}

TEST_F(UrlBrokerTest, BoundsItsMemory) {
  for (std::uint64_t id = 100; id < 10'100; ++id) {
    MediaEntry entry;
    entry.id = RecordingId{id};
    entry.video = server.url(video(id));
    urls.remember({&entry, 1});
  }
  EXPECT_TRUE(ask(video(10'099)));
  EXPECT_THAT(account.calls, IsEmpty());
  EXPECT_FALSE(ask(video(100)));  // forgotten, asked for, and not in the account
  EXPECT_THAT(account.calls, SizeIs(1));
}

}  // namespace
}  // namespace g2afs::test
