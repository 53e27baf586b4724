// SPDX-License-Identifier: MIT
// What this mount has changed: shown at once, and against listings that are older or late.
#include "catalog_fixture.hpp"

namespace g2afs::test {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Not;

const DatedId kReady{kDay, {1}}, kUntranscoded{kDay, {2}};
const Shown kArchivedOne{kDay, 1, State::Ready, true};
const Shown kTranscodingOne{kDay, 2, State::Transcoding, false};

Filters excluding() {
  Filters filters;
  filters.archived = Filters::Archived::Exclude;
  return filters;
}

class CatalogMarks : public CatalogTest {
 protected:
  void SetUp() override {
    ASSERT_TRUE(world.find());
    world.kernel.changes.clear();
  }
  void mark_archived(DatedId id) { world.catalog.mark_archived(std::span(&id, 1)); }
  void mark_transcoding(DatedId id) { world.catalog.mark_transcoding(std::span(&id, 1)); }
};

TEST_F(CatalogMarks, AreShownAtOnceAndCostNoCall) {
  EXPECT_EQ(world.calls_of([&] {
    mark_archived(kReady);
    mark_transcoding(kUntranscoded);
    EXPECT_TRUE(world.list(kDayDir));
  }),
            0);
  EXPECT_THAT(world.day_recordings(kDay), ElementsAre(kArchivedOne, kTranscodingOne));
  EXPECT_EQ(world.metrics.recordings("transcoding").Value(), 1);
  EXPECT_EQ(world.metrics.recordings("untranscoded").Value(), 0);
  EXPECT_EQ(world.catalog.known_recordings(), 3U);
  EXPECT_THAT(world.kernel.changes, ElementsAre(recording_ino(kDay, {2})));
  EXPECT_THAT(world.kernel.gone, IsEmpty());
}

TEST_F(CatalogMarks, OfWhatIsNotThereChangeNothing) {
  const auto before = world.catalog.tree();
  mark_archived({kDay, {99}});
  mark_archived({day(2015, 1, 1), {1}});
  EXPECT_THAT(world.tree_recordings(), testing::SizeIs(3));
  EXPECT_EQ(world.catalog.tree()->find(day(2016, 10, 1)), before->find(day(2016, 10, 1))) << "shared";
}

TEST_F(CatalogMarks, AReadyOneStaysReadyWhenItIsTranscodedAgain) {
  mark_transcoding(kReady);
  EXPECT_THAT(world.day_recordings(kDay), Contains(Shown{kDay, 1, State::Ready, false}));
}

TEST_F(CatalogMarks, AListingThatWasBegunBeforeDoesNotBringTheOldValueBack) {
  // The answers are made, then the server accepts the change.
  world.api.answered = [&](FakeArchiveApi::Call) {
    world.api.find({1})->archived = true;
    world.api.find({2})->state = State::Transcoding;
    mark_archived(kReady);
    mark_transcoding(kUntranscoded);
  };
  ASSERT_TRUE(world.refresh(kDayDir));
  EXPECT_THAT(world.day_recordings(kDay), ElementsAre(kArchivedOne, kTranscodingOne));
}

TEST_F(CatalogMarks, AServerThatIsLateIsOverruledForSomeMinutesAndThenBelieved) {
  mark_archived(kReady);
  mark_transcoding(kUntranscoded);
  for (int i = 0; i < 4; ++i) age_and_list();
  EXPECT_THAT(world.day_recordings(kDay), ElementsAre(kArchivedOne, kTranscodingOne));
  world.clock.advance(kMarkLasts);
  ASSERT_TRUE(world.refresh(kDayDir));
  EXPECT_THAT(world.day_recordings(kDay),
              ElementsAre(Shown{kDay, 1, State::Ready, false}, Shown{kDay, 2, State::Untranscoded, false}));
}

TEST_F(CatalogMarks, ATranscodeThatHasEndedIsBelievedAtOnce) {
  mark_transcoding(kUntranscoded);
  world.api.find({2})->state = State::Ready;
  ASSERT_TRUE(world.refresh(kDayDir));
  EXPECT_THAT(world.day_recordings(kDay), Contains(Shown{kDay, 2, State::Ready, false}));
}

TEST_F(CatalogMarks, OneThatIsInNeitherListForAMomentStays) {
  mark_archived(kReady);
  world.api.fault = [&](FakeArchiveApi::Call call) -> std::optional<Errc> {
    if (call == FakeArchiveApi::Call::List) world.api.find({1})->archived = !world.api.queries.back().archived;
    return std::nullopt;
  };
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(world.refresh(kDayDir));
  EXPECT_THAT(world.day_recordings(kDay), Contains(kArchivedOne));
}

TEST(Catalog, WhatIsMarkedLeavesAMountThatExcludesItForGood) {
  CatalogWorld world("UTC", excluding());
  world.add(1, at("2016-11-24T08:00:00Z"));
  world.add(2, at("2016-11-24T09:00:00Z"), State::Untranscoded);
  world.add(3, at("2016-10-01T09:00:00Z"));
  ASSERT_TRUE(world.find());
  world.catalog.mark_archived(std::span(&kReady, 1));
  EXPECT_THAT(world.kernel.gone, ElementsAre("2016/11/24/1"));
  EXPECT_EQ(world.day_recordings(kDay).size(), 1U);
  EXPECT_EQ(world.catalog.known_recordings(), 2U);
  // The server's lists are late.
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(world.refresh(kDayDir));
  EXPECT_EQ(world.day_recordings(kDay).size(), 1U);
  world.catalog.mark_archived(std::span(&kUntranscoded, 1));
  EXPECT_THAT(world.kernel.gone, ElementsAre("2016/11/24/1", "2016/11"));
  EXPECT_THAT(world.names(kYear), ElementsAre("10"));
}

}  // namespace
}  // namespace g2afs::test
