// SPDX-License-Identifier: MIT
// What was learnt: what vanishes and comes back, sizes and counts, and what the kernel is told.
#include <limits>

#include "catalog_fixture.hpp"

namespace g2afs::test {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Not;
// What vanishes, and what comes back

TEST_F(CatalogTest, ATranscodeIsSeenFromBeginningToEnd) {
  ASSERT_TRUE(world.find());
  world.api.find({2})->state = State::Transcoding;
  age_and_list();
  EXPECT_THAT(world.day_recordings(kDay), Contains(Shown{kDay, 2, State::Transcoding, false}));
  EXPECT_THAT(world.kernel.changes, Contains(recording_ino(kDay, {2})));
  world.kernel.changes.clear();
  age_and_list(23h);
  EXPECT_THAT(ids(), ElementsAre(1, 2));
  world.api.find({2})->state = State::Ready;
  age_and_list();
  EXPECT_THAT(world.day_recordings(kDay), Contains(Shown{kDay, 2, State::Ready, false}));
  EXPECT_THAT(world.kernel.changes, Contains(recording_ino(kDay, {2})));
  EXPECT_THAT(world.kernel.gone, IsEmpty());
}

TEST_F(CatalogTest, ATranscodeThatNeverEndsIsDroppedAfterADay) {
  ASSERT_TRUE(world.find());
  world.api.find({2})->state = State::Transcoding;
  age_and_list();
  age_and_list(24h - 1min);
  EXPECT_THAT(ids(), ElementsAre(1, 2));
  age_and_list(1min + 1s);
  EXPECT_THAT(ids(), ElementsAre(1));
  EXPECT_THAT(world.kernel.gone, ElementsAre("2016/11/24/2"));
}

TEST(Catalog, OneThatWasFiledUnderTheDayBesideIsNotShownTwice) {
  CatalogWorld world;
  world.api.to_inclusive = true;
  const Day first = day(2016, 11, 24), second = day(2016, 11, 25);
  world.add(1, world.zone().begin_of(second), State::Untranscoded);
  // Both days return it. When it is asked which of them has it, it is in no list for a moment.
  int lists = 0;
  world.api.answered = [&](FakeArchiveApi::Call call) {
    if (call != FakeArchiveApi::Call::List) return;
    world.api.find({1})->state = ++lists == 2 ? State::Transcoding : State::Untranscoded;
  };
  ASSERT_TRUE(world.list(DateDir::of(first)));
  world.api.answered = nullptr;
  world.api.find({1})->state = State::Untranscoded;
  ASSERT_EQ(world.day_recordings(first).size(), 1u) << "the case this test is for";
  ASSERT_TRUE(world.list(DateDir::of(second)));
  ASSERT_TRUE(world.refresh(DateDir::of(first)));
  EXPECT_EQ(world.day_recordings(first).size(), 0u);
  EXPECT_EQ(world.day_recordings(second).size(), 1u);
}

TEST_F(CatalogTest, AReadyOneGoesWithTheSecondListingThatLacksIt) {
  ASSERT_TRUE(world.find());
  world.api.remove({1});
  age_and_list();
  EXPECT_THAT(ids(), ElementsAre(1, 2));
  EXPECT_THAT(world.kernel.gone, IsEmpty());
  age_and_list();
  EXPECT_THAT(ids(), ElementsAre(2));
  EXPECT_THAT(world.kernel.gone, ElementsAre("2016/11/24/1"));
}

TEST_F(CatalogTest, WhatIsArchivedLeavesAMountThatExcludesItAtOnce) {
  Filters filters;
  filters.archived = Filters::Archived::Exclude;
  CatalogWorld excluding("UTC", filters);
  excluding.add(1, at("2016-11-24T08:00:00Z"));
  excluding.add(2, at("2016-11-24T09:00:00Z"));
  ASSERT_TRUE(excluding.find());
  excluding.api.find({1})->archived = true;
  excluding.clock.advance(kStale);
  ASSERT_TRUE(excluding.list(kDayDir));
  EXPECT_EQ(excluding.day_recordings(kDay).size(), 1U);
  EXPECT_THAT(excluding.kernel.gone, ElementsAre("2016/11/24/1"));
}

TEST_F(CatalogTest, WhatIsListedStaysThoughUrlsLeavesItOut) {
  for (const Filters::Archived archived : {Filters::Archived::All, Filters::Archived::Exclude}) {
    Filters filters;
    filters.archived = archived;
    CatalogWorld busy("UTC", filters);
    for (std::uint64_t id = 1; id <= 1200; ++id) busy.add(id, at("2016-11-24T08:00:00Z") + id * 10s);
    ASSERT_TRUE(busy.find());
    for (const std::uint64_t id : {1, 250, 500, 501, 1200}) busy.api.find({id})->available = false;
    for (int i = 0; i < 3; ++i) {
      busy.clock.advance(kStale);
      EXPECT_TRUE(busy.list(kDayDir));
      EXPECT_EQ(busy.day_recordings(kDay).size(), 1200U);
    }
    EXPECT_THAT(busy.kernel.gone, IsEmpty());
    EXPECT_EQ(busy.metrics.recordings("ready").Value(), 1200);
  }
}

TEST_F(CatalogTest, WhatIsTranscodedAgainStaysWhereOneArchivedValueIsAsked) {
  for (const bool archived : {false, true}) {
    Filters filters;
    filters.archived = archived ? Filters::Archived::Only : Filters::Archived::Exclude;
    CatalogWorld half("UTC", filters);
    half.add(1, at("2016-11-24T08:00:00Z"), State::Ready, archived);
    half.add(2, at("2016-11-24T09:00:00Z"), State::Ready, archived);
    ASSERT_TRUE(half.find());
    const auto refreshed = [&](Duration by) {
      return half.calls_of([&] {
        half.clock.advance(by);
        EXPECT_TRUE(half.list(kDayDir));
      });
    };
    EXPECT_EQ(refreshed(kStale), 2);
    half.api.find({1})->state = State::Transcoding;
    EXPECT_EQ(refreshed(kStale), 3);
    EXPECT_THAT(half.day_recordings(kDay), Contains(Shown{kDay, 1, State::Transcoding, archived}));
    EXPECT_EQ(refreshed(23h), 2);
    EXPECT_EQ(half.day_recordings(kDay).size(), 2U);
    EXPECT_THAT(half.kernel.gone, testing::Each(testing::StartsWith("2016/11/24/1/")));
    half.api.find({1})->state = State::Ready;
    refreshed(kStale);
    EXPECT_THAT(half.day_recordings(kDay), Contains(Shown{kDay, 1, State::Ready, archived}));
    // One that is nowhere for a day is gone.
    half.kernel.gone.clear();
    half.api.remove({1});
    refreshed(kStale);
    refreshed(24h);
    EXPECT_EQ(half.day_recordings(kDay).size(), 2U);
    refreshed(kStale);
    EXPECT_EQ(half.day_recordings(kDay).size(), 1U);
    EXPECT_THAT(half.kernel.gone, Contains("2016/11/24/1"));
  }
}

TEST_F(CatalogTest, AMonthThatIsArchivedLeavesAMountThatExcludesItAtOnce) {
  Filters filters;
  filters.archived = Filters::Archived::Exclude;
  CatalogWorld excluding("UTC", filters);
  for (std::uint64_t id = 1; id <= 3000; ++id) excluding.add(id, at("2016-11-01T00:00:00Z") + id * 800s);
  for (std::uint64_t id = 5001; id <= 5700; ++id) {  // archived long ago
    excluding.add(id, at("2016-11-01T00:00:00Z") + id % 300 * 800s, State::Ready, true);
  }
  ASSERT_TRUE(excluding.find());
  for (std::uint64_t id = 1; id <= 2500; ++id) excluding.api.find({id})->archived = true;
  for (std::uint64_t id = 100; id <= 2900; id += 200) excluding.api.find({id})->state = State::Transcoding;
  excluding.clock.advance(kStale);
  EXPECT_LE(excluding.calls_of([&] { EXPECT_TRUE(excluding.refresh(kMonth)); }), 45);
  EXPECT_TRUE(excluding.find());
  EXPECT_EQ(excluding.tree_recordings().size(), 500U + 13);
}

TEST_F(CatalogTest, AMissingOneStaysWhereItIsNotKnownWhetherItIsArchived) {
  Filters filters;
  filters.archived = Filters::Archived::Exclude;
  CatalogWorld excluding("UTC", filters);
  excluding.add(1, at("2016-11-24T08:00:00Z"));
  ASSERT_TRUE(excluding.find());
  excluding.api.find({1})->archived = true;
  int calls = 0;
  excluding.api.fault = [&](FakeArchiveApi::Call call) {
    return call == FakeArchiveApi::Call::List && ++calls == 2 ? std::optional(Errc::Unavailable) : std::nullopt;
  };
  EXPECT_FALSE(excluding.refresh(kDayDir));
  EXPECT_EQ(excluding.day_recordings(kDay).size(), 1U);
  EXPECT_EQ(excluding.logged("listing fails"), 1U);
  EXPECT_TRUE(excluding.refresh(kDayDir));
  EXPECT_EQ(excluding.day_recordings(kDay).size(), 0U);
}

TEST_F(CatalogTest, DaysMonthsAndYearsGoWithTheirLastRecording) {
  world.add(4, at("2015-10-01T09:00:00Z"));
  world.api.remove({2});
  ASSERT_TRUE(world.find());
  world.api.remove({1});
  for (int i = 0; i < 2; ++i) age_and_list(kStale, kDayDir);
  EXPECT_THAT(world.kernel.gone, ElementsAre("2016/11"));
  EXPECT_THAT(world.names(kYear), ElementsAre("10"));
  world.kernel.gone.clear();
  world.api.remove({4});
  world.add(5, at("2016-10-02T09:00:00Z"));
  for (int i = 0; i < 2; ++i) age_and_list(kStale, kRoot);
  EXPECT_THAT(world.kernel.gone, ElementsAre("2015"));
  world.kernel.gone.clear();
  world.api.remove({5});
  for (int i = 0; i < 2; ++i) age_and_list(kStale, {2016, 10, 0});
  EXPECT_THAT(world.kernel.gone, ElementsAre("2016/10/02"));
}

TEST(Catalog, WhatABigDirectoryNoLongerShowsIsListedBeforeItGoes) {
  CatalogWorld world;
  AccountMaker(world, 5).fill(DaySpan::of_year(2014), 3000, 0);
  AccountMaker(world, 6).fill(DaySpan::of_year(2015), 1200, 0);
  ASSERT_TRUE(world.find());
  ASSERT_THAT(world.names(kRoot), Contains("2015"));
  std::vector<RecordingId> gone;
  world.api.for_each([&](const FakeRecording& one) {
    if (world.zone().day_of(one.start) >= day(2015, 1, 1)) gone.push_back(one.id);
  });
  for (const RecordingId id : gone) world.api.remove(id);
  world.clock.advance(kStale);
  EXPECT_TRUE(world.list(kRoot));
  EXPECT_THAT(world.names(kRoot), Contains("2015"));
  world.clock.advance(kStale);
  EXPECT_TRUE(world.list(kRoot));
  EXPECT_THAT(world.names(kRoot), Not(Contains("2015")));
  EXPECT_THAT(world.kernel.gone, Contains("2015"));
}

TEST_F(CatalogTest, TheKernelIsToldOfFilesThatChange) {
  ASSERT_TRUE(world.find());
  world.api.find({1})->video_size = 5;
  world.api.find({1})->thumbnail = false;
  age_and_list();
  EXPECT_THAT(world.kernel.changes, ElementsAre(file_ino(kDay, {1}, FileKind::Video)));
  EXPECT_THAT(world.kernel.gone, ElementsAre("2016/11/24/1/1.png"));
}

TEST_F(CatalogTest, ARollingPeriodLeavesOldDaysBehind) {
  Filters filters;
  filters.time_period = 7;
  CatalogWorld rolling("UTC", filters);
  rolling.add(1, at("2016-11-24T08:00:00Z"));
  rolling.add(2, at("2016-11-30T08:00:00Z"));
  ASSERT_TRUE(rolling.find());
  EXPECT_THAT(rolling.names(kMonth), ElementsAre("24", "30"));
  rolling.clock.advance(24h);
  ASSERT_TRUE(rolling.list(kMonth));
  EXPECT_THAT(rolling.names(kMonth), ElementsAre("30"));
  EXPECT_EQ(rolling.catalog.known_recordings(), 1U);
}

TEST_F(CatalogTest, AYearThatTheRootShowsIsListedEvenIfItWasEmptyAMomentAgo) {
  CatalogWorld busy;
  AccountMaker(busy, 8).fill(DaySpan::of_year(2014), 2000, 0);
  ASSERT_TRUE(busy.locate(kYear));
  ASSERT_FALSE(knowledge(*busy.catalog.tree(), kYear).occupied);
  busy.add(1, at("2016-11-24T08:00:00Z"));
  ASSERT_TRUE(busy.list(kRoot));
  ASSERT_THAT(busy.names(kRoot), Contains("2016"));
  ASSERT_TRUE(busy.list(kYear));
  EXPECT_THAT(busy.names(kYear), ElementsAre("11"));
}

TEST(Catalog, ShowsWhatStartedInTheHourThatComesTwiceAroundMidnight) {
  CatalogWorld world("America/St_Johns", {}, at("2010-12-01T12:00:00Z"));
  // 00:00:30, then, after the clocks went back at 00:01, 23:30 of the day before and 00:10.
  world.add(1, at("2010-11-07T02:30:30Z"));
  world.add(2, at("2010-11-07T03:00:00Z"));
  world.add(3, at("2010-11-07T03:00:00Z"), State::Untranscoded);
  world.add(4, at("2010-11-07T03:40:00Z"));
  for (const int number : {6, 7, 8}) ASSERT_TRUE(world.list({2010, 11, number}));
  EXPECT_EQ(world.day_recordings(day(2010, 11, 7)).size(), 4U);
  EXPECT_THAT(world.names({2010, 11, 0}), ElementsAre("07"));
}

// Sizes and counts

TEST_F(CatalogTest, CountsWhatIsKnown) {
  EXPECT_EQ(world.catalog.known_recordings(), 0U);
  ASSERT_TRUE(world.list(kDayDir));
  EXPECT_EQ(world.catalog.known_recordings(), 2U);
  EXPECT_EQ(world.catalog.known_bytes(), 1000U);
  ASSERT_TRUE(world.find());
  EXPECT_EQ(world.catalog.known_recordings(), 3U);
  EXPECT_EQ(world.catalog.known_bytes(), 2000U);
  EXPECT_EQ(world.metrics.recordings("ready").Value(), 2);
  EXPECT_EQ(world.metrics.recordings("untranscoded").Value(), 1);

  world.catalog.learn_size(kDay, {{1}, FileKind::Events}, 70);
  world.catalog.learn_size(kDay, {{1}, FileKind::Thumbnail}, 7);
  EXPECT_EQ(world.catalog.known_bytes(), 2077U);
  world.catalog.learn_size(kDay, {{2}, FileKind::Thumbnail}, 9);  // it has none yet
  EXPECT_EQ(world.catalog.known_bytes(), 2077U);
  world.catalog.learn_absent(kDay, {{1}, FileKind::Thumbnail});
  EXPECT_EQ(world.catalog.known_bytes(), 2070U);
  EXPECT_THAT(world.kernel.gone, ElementsAre("2016/11/24/1/1.png"));

  world.api.find({2})->state = State::Transcoding;
  world.api.find({1})->video_size = 500;
  age_and_list();
  EXPECT_EQ(world.catalog.known_bytes(), 1570U);
  EXPECT_EQ(world.metrics.recordings("transcoding").Value(), 1);
  EXPECT_EQ(world.metrics.recordings("untranscoded").Value(), 0);
  for (const std::uint64_t id : {1, 2, 3}) world.api.remove({id});
  for (int i = 0; i < 2; ++i) {
    world.clock.advance(25h);
    EXPECT_TRUE(world.find());
  }
  EXPECT_EQ(world.catalog.known_recordings(), 0U);
  EXPECT_EQ(world.catalog.known_bytes(), 0U);
}

TEST_F(CatalogTest, CountsSizesThatAreLargerTogetherThanANumber) {
  constexpr std::uint64_t kLargest = std::numeric_limits<std::int64_t>::max();
  for (const std::uint64_t id : {1, 2}) world.api.find({id})->video_size = kLargest;
  ASSERT_TRUE(world.find());
  world.catalog.learn_size(kDay, {{1}, FileKind::Events}, kLargest);
  EXPECT_EQ(world.catalog.known_bytes(), kLargest);
  world.api.find({1})->video_size = 10;
  age_and_list();
  EXPECT_EQ(world.catalog.known_bytes(), kLargest);
  world.catalog.learn_size(kDay, {{1}, FileKind::Events}, 5);
  for (const std::uint64_t id : {1, 2}) world.api.find({id})->video_size = 10;
  for (int i = 0; i < 2; ++i) {
    world.clock.advance(25h);
    EXPECT_TRUE(world.find());
  }
  EXPECT_LT(world.catalog.known_bytes(), 3000U) << "what was too much is forgotten";
}

TEST_F(CatalogTest, LearntSizesSurviveARefresh) {
  ASSERT_TRUE(world.find());
  world.catalog.learn_size(kDay, {{1}, FileKind::Events}, 70);
  age_and_list();
  EXPECT_EQ(world.recording(world.catalog.tree(), kDay, 1)->size(FileKind::Events), 70U);
  world.kernel.changes.clear();
  world.catalog.forget_size(kDay, {{1}, FileKind::Events});
  EXPECT_EQ(world.recording(world.catalog.tree(), kDay, 1)->size(FileKind::Events), std::nullopt);
  EXPECT_THAT(world.kernel.changes, ElementsAre(file_ino(kDay, {1}, FileKind::Events)));
}

TEST_F(CatalogTest, ASidecarThatAppearsLaterIsShown) {
  world.api.find({1})->events = false;
  ASSERT_TRUE(world.find());
  EXPECT_FALSE(world.recording(world.catalog.tree(), kDay, 1)->has(FileKind::Events));
  world.api.find({1})->events = true;
  age_and_list();
  EXPECT_TRUE(world.recording(world.catalog.tree(), kDay, 1)->has(FileKind::Events));
  EXPECT_THAT(world.kernel.changes, ElementsAre(recording_ino(kDay, {1})));
}

TEST_F(CatalogTest, ASidecarThatWasNotThereIsProbedAgainWhileTheApiAnnouncesIt) {
  ASSERT_TRUE(world.find());
  world.catalog.learn_absent(kDay, {{1}, FileKind::Events});
  age_and_list();
  const auto tree = world.catalog.tree();
  EXPECT_TRUE(world.recording(tree, kDay, 1)->has(FileKind::Events));
  EXPECT_EQ(world.recording(tree, kDay, 1)->size(FileKind::Events), std::nullopt);
}

TEST_F(CatalogTest, AVideoSizeThatIsForgottenDuringARefreshIsAskedForAfterIt) {
  ASSERT_TRUE(world.find());
  world.clock.advance(kStale);
  world.api.delay(world.clock, 10s);
  world.api.answered = [this](FakeArchiveApi::Call call) {
    if (call != FakeArchiveApi::Call::Urls) return;
    world.api.answered = nullptr;
    world.api.find({1})->video_size = 5;
    world.catalog.forget_size(kDay, {{1}, FileKind::Video});
  };
  world.catalog.refresh_if_stale(kDayDir);
  EXPECT_TRUE(world.clock.run(world.loop));
  EXPECT_EQ(world.recording(world.catalog.tree(), kDay, 1)->video_size, 5U);
}

TEST_F(CatalogTest, AForgottenVideoSizeIsAskedForAnew) {
  ASSERT_TRUE(world.find());
  world.api.find({1})->video_size = 5;
  world.catalog.forget_size(kDay, {{1}, FileKind::Video});
  EXPECT_TRUE(world.clock.run(world.loop));
  EXPECT_EQ(world.recording(world.catalog.tree(), kDay, 1)->video_size, 5U);
}

TEST_F(CatalogTest, OfTwoWithOneInodeNumberTheSameOneIsAlwaysShown) {
  constexpr std::uint64_t a = 11'637'826'907'966'966'848U, b = 3'325'384'066'235'378'440U;
  ASSERT_EQ(inode_bits({a}), inode_bits({b}));
  world.add(a, at("2016-11-24T10:00:00Z"));
  world.add(b, at("2016-11-24T11:00:00Z"));
  for (int i = 0; i < 3; ++i) {
    age_and_list();
    EXPECT_THAT(ids(), Contains(std::min(a, b)));
    EXPECT_THAT(ids(), Not(Contains(std::max(a, b))));
  }
  EXPECT_GE(world.logged("share an inode number"), 1U);
}

}  // namespace
}  // namespace g2afs::test
