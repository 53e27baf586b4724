// SPDX-License-Identifier: MIT
#include "g2afs/catalog/tree_update.hpp"

#include <algorithm>
#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace g2afs {
namespace {

using std::chrono::hours;
using std::chrono::seconds;
using testing::ElementsAre;

Day day(int year, int month, int number) { return *make_day({year, month, number}); }

Listed listed(const DaySpan& span, int at = 0, ListedInfo::How how = ListedInfo::How::Paged) {
  return std::make_shared<const ListedInfo>(ListedInfo{how, span, MonotonicTime{seconds{at}}});
}

Recording recording(std::uint64_t id, State state = State::Ready) {
  Recording made;
  made.id = RecordingId{id};
  made.state = state;
  return made;
}

std::shared_ptr<const DayNode> node_of(Day date, const Listed& info, std::vector<Recording> recordings) {
  return std::make_shared<const DayNode>(DayNode{date, !recordings.empty(), info, std::move(recordings)});
}

std::vector<std::string> shown(const Tree& tree) {
  std::vector<std::string> paths;
  for (const auto& year : tree.years) {
    if (year->occupied) paths.push_back(DateDir{year->year, 0, 0}.path());
    for (const auto& month : year->months) {
      if (month->occupied) paths.push_back(DateDir{year->year, month->month, 0}.path());
      for (const auto& date : month->days) {
        if (date->occupied) paths.push_back(DateDir::of(date->day).path());
      }
    }
  }
  return paths;
}

// with_days against a plain reference: each day's last listing, and whether it was occupied.

struct Reference {
  std::map<Day, Listed> listed;  // by day
  std::set<Day> occupied;

  Listed of(const DaySpan& span) const {
    const auto first = listed.find(span.begin);
    if (first == listed.end()) return nullptr;
    for (Day date = span.begin; date < span.end; ++date.number) {
      const auto at = listed.find(date);
      if (at == listed.end() || at->second != first->second) return nullptr;
    }
    return first->second;
  }
  bool any(const DaySpan& span) const {
    const auto at = occupied.lower_bound(span.begin);
    return at != occupied.end() && *at < span.end;
  }
};

RC_GTEST_PROP(WithDays, AgreesWithAPlainList, ()) {
  const DaySpan range{day(2015, 11, 1), day(2018, 3, 1)};
  auto tree = std::make_shared<const Tree>();
  Reference reference;
  const int steps = *rc::gen::inRange(1, 8);
  for (int step = 0; step < steps; ++step) {
    const int begin = *rc::gen::inRange(range.begin.number, range.end.number);
    const int length = *rc::gen::element(1, 2, 15, 31, 62, 366, 500);
    DaySpan span{Day{begin}, Day{std::min(begin + length, range.end.number)}};
    if (*rc::gen::inRange(0, 3) == 0) span = DaySpan::of_month(ymd_of(span.begin).year, ymd_of(span.begin).month);
    if (*rc::gen::inRange(0, 4) == 0) span = DaySpan::of_year(ymd_of(span.begin).year);
    const Listed info = listed(span, step);
    DayNodes nodes;
    const int every = *rc::gen::element(1, 3, 40, 1000);
    for (Day date = span.begin; date < span.end; ++date.number) {
      reference.listed[date] = info;
      reference.occupied.erase(date);
      if (date.number % every != 0) continue;
      nodes.emplace(date, node_of(date, info, {recording(1)}));
      reference.occupied.insert(date);
    }
    tree = with_days(*tree, info, nodes);
  }

  std::vector<std::string> expected;
  for (int year = 2015; year <= 2018; ++year) {
    if (reference.any(DaySpan::of_year(year))) expected.push_back(DateDir{year, 0, 0}.path());
    for (int month = 1; month <= 12; ++month) {
      const DaySpan span = DaySpan::of_month(year, month);
      if (reference.any(span)) expected.push_back(DateDir{year, month, 0}.path());
      for (Day date = span.begin; date < span.end; ++date.number) {
        if (reference.occupied.count(date) != 0) expected.push_back(DateDir::of(date).path());
        // A day is listed with whatever covered it last; so is a directory that one listing covered.
        const auto known = knowledge(*tree, DateDir::of(date)).listed;
        const auto at = reference.listed.find(date);
        RC_ASSERT(known == (at == reference.listed.end() ? nullptr : at->second));
      }
      if (const Listed whole = reference.of(span)) {
        RC_ASSERT(knowledge(*tree, {year, month, 0}).listed == whole);
      }
    }
    if (const Listed whole = reference.of(DaySpan::of_year(year))) {
      RC_ASSERT(knowledge(*tree, {year, 0, 0}).listed == whole);
    }
  }
  RC_ASSERT(shown(*tree) == expected);
}

TEST(WithDays, TheRootIsListedWithEverything) {
  const Listed all = listed(DaySpan::all());
  const auto tree = with_days(Tree{}, all, {{day(2016, 1, 2), node_of(day(2016, 1, 2), all, {recording(1)})}});
  EXPECT_EQ(tree->listed, all);
  EXPECT_THAT(shown(*tree), ElementsAre("2016", "2016/01", "2016/01/02"));
  EXPECT_EQ(knowledge(*tree, {1999, 1, 1}).listed, all);
}

TEST(WithDays, SharesWhatDidNotChange) {
  const Listed all = listed(DaySpan::all());
  const auto before = with_days(Tree{}, all,
                                {{day(2015, 1, 2), node_of(day(2015, 1, 2), all, {recording(1)})},
                                 {day(2016, 1, 2), node_of(day(2016, 1, 2), all, {recording(2)})},
                                 {day(2016, 2, 2), node_of(day(2016, 2, 2), all, {recording(3)})}});
  const auto after = with_days(*before, listed(DaySpan::of_day(day(2016, 1, 2)), 1), {});
  EXPECT_EQ(before->find(2015), after->find(2015));
  EXPECT_EQ(before->find(2016, 2), after->find(2016, 2));
  EXPECT_THAT(shown(*before), testing::Contains("2016/01"));
  EXPECT_THAT(shown(*after), testing::Not(testing::Contains("2016/01")));
}

TEST(WithDays, AMonthThatNobodyClaimedGoesWithItsLastKnownDay) {
  const DaySpan one = DaySpan::of_day(day(2016, 1, 2));
  const DayNodes nodes{{one.begin, node_of(one.begin, listed(one), {recording(1)})}};
  auto tree = with_days(Tree{}, listed(one), nodes);
  EXPECT_THAT(shown(*tree), ElementsAre("2016", "2016/01", "2016/01/02"));
  EXPECT_THAT(shown(*with_days(*tree, listed(one, 1), {})), ElementsAre());

  const DateDir month{2016, 1, 0};
  tree = with_days(*with_located(Tree{}, month, listed(month.span()), true), listed(one), nodes);
  EXPECT_THAT(shown(*with_days(*tree, listed(one, 1), {})), ElementsAre("2016", "2016/01"));
  EXPECT_THAT(shown(*with_days(*tree, listed(month.span(), 1), {})), ElementsAre());
}

// with_children

TEST(WithChildren, ShowsTheYearsOfTheRoot) {
  const Listed info = listed(DaySpan::all(), 0, ListedInfo::How::Children);
  const auto tree = with_children(Tree{}, DateDir::root(), info, {{2015, 0, 0}, {2016, 0, 0}});
  EXPECT_THAT(shown(*tree), ElementsAre("2015", "2016"));
  EXPECT_EQ(tree->listed, info);
  EXPECT_FALSE(knowledge(*tree, {2015, 0, 0}).listed);
}

TEST(WithChildren, AChildGoesUnlessRecordingsAreKnownInIt) {
  const DateDir year{2016, 0, 0};
  auto tree = with_children(Tree{}, year, listed(year.span()), {{2016, 1, 0}, {2016, 2, 0}});
  const Listed info = listed(DaySpan::of_day(day(2016, 1, 2)));
  tree = with_days(*tree, info, {{day(2016, 1, 2), node_of(day(2016, 1, 2), info, {recording(1)})}});
  tree = with_children(*tree, year, listed(year.span(), 1), {{2016, 3, 0}});
  EXPECT_THAT(shown(*tree), ElementsAre("2016", "2016/01", "2016/01/02", "2016/03"));

  const DateDir month{2016, 1, 0};
  tree = with_children(*tree, month, listed(month.span(), 2), {{2016, 1, 5}});
  EXPECT_THAT(shown(*tree), ElementsAre("2016", "2016/01", "2016/01/02", "2016/01/05", "2016/03"));
  tree = with_children(*tree, month, listed(month.span(), 3), {});
  EXPECT_THAT(shown(*tree), ElementsAre("2016", "2016/01", "2016/01/02", "2016/03"));

  tree = with_children(*tree, DateDir::root(), listed(DaySpan::all(), 4), {{2017, 0, 0}});
  EXPECT_THAT(shown(*tree), ElementsAre("2016", "2016/01", "2016/01/02", "2016/03", "2017"));
  tree = with_days(*tree, listed(month.span(), 5), {});
  tree = with_children(*tree, DateDir::root(), listed(DaySpan::all(), 6), {{2017, 0, 0}});
  EXPECT_THAT(shown(*tree), ElementsAre("2017"));
}

TEST(WithChildren, AListingThatFoundNothingIsVoidOnceSomethingIsThere) {
  const DateDir year{2016, 0, 0}, month{2016, 1, 0};
  auto tree = with_located(Tree{}, month, listed(month.span()), false);
  tree = with_children(*tree, year, listed(year.span(), 1), {month});
  EXPECT_TRUE(knowledge(*tree, month).occupied);
  EXPECT_FALSE(knowledge(*tree, month).listed);

  const DaySpan one = DaySpan::of_day(day(2016, 1, 2));
  tree = with_days(*tree, listed(one, 2), {});
  tree = with_children(*tree, month, listed(month.span(), 3), {{2016, 1, 2}});
  EXPECT_TRUE(knowledge(*tree, {2016, 1, 2}).occupied);
  EXPECT_FALSE(knowledge(*tree, {2016, 1, 2}).listed);

  tree = with_located(*tree, {2017, 0, 0}, listed(DaySpan::of_year(2017), 4), false);
  tree = with_children(*tree, DateDir::root(), listed(DaySpan::all(), 5), {{2016, 0, 0}, {2017, 0, 0}});
  EXPECT_TRUE(knowledge(*tree, {2017, 0, 0}).occupied);
  EXPECT_FALSE(knowledge(*tree, {2017, 0, 0}).listed);
}

TEST(WithChildren, KeepsTheListingsOfItsChildren) {
  const DaySpan one = DaySpan::of_day(day(2016, 1, 2));
  const Listed info = listed(one);
  auto tree = with_days(Tree{}, info, {{day(2016, 1, 2), node_of(day(2016, 1, 2), info, {recording(1)})}});
  tree = with_children(*tree, {2016, 1, 0}, listed(DaySpan::of_month(2016, 1), 1), {{2016, 1, 2}, {2016, 1, 3}});
  EXPECT_EQ(knowledge(*tree, {2016, 1, 2}).listed, info);
  EXPECT_NE(tree->find(day(2016, 1, 2))->find(RecordingId{1}), nullptr);
}

// with_located

TEST(WithLocated, ShowsOrKnowsToBeEmpty) {
  const DateDir year{2016, 0, 0}, month{2016, 1, 0};
  auto tree = with_located(Tree{}, year, listed(year.span()), true);
  EXPECT_THAT(shown(*tree), ElementsAre("2016"));
  EXPECT_FALSE(knowledge(*tree, year).listed);
  tree = with_located(*tree, month, listed(month.span()), true);
  EXPECT_THAT(shown(*tree), ElementsAre("2016", "2016/01"));
  tree = with_located(*tree, {2015, 0, 0}, listed(DaySpan::of_year(2015)), false);
  EXPECT_THAT(shown(*tree), ElementsAre("2016", "2016/01"));
  EXPECT_TRUE(knowledge(*tree, {2015, 7, 1}).listed);
}

TEST(WithLocated, WhatWasLearntMeanwhileStays) {
  const DateDir year{2016, 0, 0};
  const Listed info = listed(year.span());
  const auto known = with_days(Tree{}, info, {{day(2016, 1, 2), node_of(day(2016, 1, 2), info, {recording(1)})}});
  for (const bool occupied : {false, true}) {
    const auto tree = with_located(*known, year, listed(year.span(), 1), occupied);
    EXPECT_THAT(shown(*tree), ElementsAre("2016", "2016/01", "2016/01/02"));
    EXPECT_EQ(knowledge(*tree, year).listed, info);
  }
}

// with_replaced_days

TEST(WithReplacedDays, ReplacesThemAndSharesTheRest) {
  const DateDir year{2016, 0, 0};
  const Listed info = listed(year.span());
  const auto whole = [&](Day date, std::uint64_t id) { return node_of(date, info, {recording(id)}); };
  const Day first = day(2016, 1, 2), second = day(2016, 1, 3), third = day(2016, 5, 1);
  const auto known =
      with_days(Tree{}, info, {{first, whole(first, 1)}, {second, whole(second, 2)}, {third, whole(third, 3)}});
  const auto tree = with_replaced_days(*known, {{first, node_of(first, info, {recording(4), recording(5)})}});
  EXPECT_EQ(tree->find(first)->recordings.size(), 2U);
  EXPECT_EQ(tree->find(second), known->find(second));
  EXPECT_EQ(tree->find(2016, 5), known->find(2016, 5));
  EXPECT_EQ(knowledge(*tree, year).listed, info);

  const auto less = with_replaced_days(*tree, {{first, node_of(first, info, {})}, {third, node_of(third, info, {})}});
  EXPECT_THAT(shown(*less), ElementsAre("2016", "2016/01", "2016/01/03"));
  EXPECT_EQ(knowledge(*less, DateDir::of(third)).listed, info) << "known to be empty";
  const auto none = with_replaced_days(*less, {{second, node_of(second, info, {})}});
  EXPECT_THAT(shown(*none), ElementsAre());
}

// merge_day

class MergeDayTest : public testing::Test {
 protected:
  /// A listing at `at` hours found these of the day, others elsewhere, and names some without a time.
  void listing(int at, std::vector<Recording> found, std::vector<std::uint64_t> elsewhere = {},
               std::vector<std::uint64_t> undated = {}) {
    ListedIds ids;
    for (const Recording& one : found) ids.placed.insert(one.id);
    for (const std::uint64_t id : elsewhere) ids.placed.insert(RecordingId{id});
    for (const std::uint64_t id : undated) ids.undated.insert(RecordingId{id});
    policy.asked = policy.now = MonotonicTime{hours{at}};
    const auto date = day(2016, 1, 2);
    node = *node_of(date, listed(DaySpan::of_day(date), at * 3600),
                    merge_day(known ? &node : nullptr, std::move(found), ids, policy));
    known = true;
  }
  std::vector<std::uint64_t> ids() const {
    std::vector<std::uint64_t> all;
    for (const Recording& one : node.recordings) all.push_back(one.id.value);
    return all;
  }
  State state(std::uint64_t id) const { return node.find(RecordingId{id})->state; }

  MissingPolicy policy{true, hours{24}, {}, {}};
  DayNode node;
  bool known = false;
};

TEST_F(MergeDayTest, SortsByInodeBits) {
  listing(0, {recording(~std::uint64_t{0}), recording(3), recording(1), recording(2)});
  EXPECT_THAT(ids(), ElementsAre(1, 2, 3, ~std::uint64_t{0}));
}

TEST_F(MergeDayTest, AReadyOneGoesWithTheSecondListingThatLacksIt) {
  listing(0, {recording(1), recording(2)});
  listing(1, {recording(1)});
  EXPECT_THAT(ids(), ElementsAre(1, 2));
  EXPECT_EQ(state(2), State::Ready);
  listing(2, {recording(1)});
  EXPECT_THAT(ids(), ElementsAre(1));
}

TEST_F(MergeDayTest, AReadyOneThatComesBackIsAsIfItHadNeverBeenAway) {
  listing(0, {recording(1)});
  listing(1, {});
  listing(2, {recording(1)});
  listing(3, {});
  EXPECT_THAT(ids(), ElementsAre(1));
  listing(4, {});
  EXPECT_THAT(ids(), ElementsAre());
}

TEST_F(MergeDayTest, AReadyOneIsTranscodedAgainWhereOneArchivedValueIsAsked) {
  policy.both_archived_values = false;
  listing(0, {recording(1), recording(2)});
  listing(1, {recording(1)});
  EXPECT_EQ(state(2), State::Transcoding);
  listing(25, {recording(1)});
  EXPECT_THAT(ids(), ElementsAre(1, 2));
  listing(26, {recording(1)});
  EXPECT_THAT(ids(), ElementsAre(1));
}

TEST_F(MergeDayTest, OneThatIsListedWithoutATimeStaysAsItIs) {
  for (const bool both : {true, false}) {
    policy.both_archived_values = both;
    known = false;
    listing(0, {recording(1), recording(2, State::Untranscoded)});
    for (const int at : {1, 2, 30, 60}) {
      listing(at, {}, {}, {1, 2, 3});
      ASSERT_THAT(ids(), ElementsAre(1, 2)) << at;
      EXPECT_EQ(state(1), State::Ready);
      EXPECT_EQ(state(2), State::Untranscoded);
    }
    // Counting begins anew.
    listing(61, {});
    EXPECT_THAT(ids(), ElementsAre(1, 2));
  }
}

TEST_F(MergeDayTest, AnUntranscodedOneIsBeingTranscodedForADay) {
  for (const bool both : {true, false}) {
    policy.both_archived_values = both;
    known = false;
    listing(0, {recording(1, State::Untranscoded)});
    EXPECT_EQ(state(1), State::Untranscoded);
    for (const int at : {5, 6, 28, 29}) {
      listing(at, {});
      ASSERT_THAT(ids(), ElementsAre(1)) << at;
      EXPECT_EQ(state(1), State::Transcoding);
    }
    listing(30, {});
    EXPECT_THAT(ids(), ElementsAre());
  }
}

TEST_F(MergeDayTest, ATranscodeThatEndsIsSeen) {
  listing(0, {recording(1, State::Untranscoded), recording(2, State::Untranscoded)});
  listing(1, {});
  listing(2, {recording(1), recording(2, State::Untranscoded)});
  EXPECT_EQ(state(1), State::Ready);
  EXPECT_EQ(state(2), State::Untranscoded);
  // The day of 24 hours starts anew.
  listing(20, {recording(1)});
  listing(44, {recording(1)});
  EXPECT_THAT(ids(), ElementsAre(1, 2));
}

TEST_F(MergeDayTest, OneThatWasFoundUnderAnotherDayLeavesThisOneAtOnce) {
  listing(0, {recording(1), recording(2, State::Untranscoded)});
  listing(1, {}, {1, 2});
  EXPECT_THAT(ids(), ElementsAre());
}

TEST_F(MergeDayTest, KeepsWhatWasLearntOfSidecars) {
  listing(0, {recording(1)});
  node.find(RecordingId{1})->events_size.learn(77);
  node.find(RecordingId{1})->thumbnail_size.learn_absent();
  listing(1, {recording(1)});
  EXPECT_EQ(node.find(RecordingId{1})->size(FileKind::Events), 77U);
  // It was not there, but is announced: to be looked for again.
  EXPECT_TRUE(node.find(RecordingId{1})->has(FileKind::Thumbnail));
  EXPECT_EQ(node.find(RecordingId{1})->size(FileKind::Thumbnail), std::nullopt);

  // The listing says that there is none (any more).
  Recording without = recording(1);
  without.events_size.learn_absent();
  listing(2, {without});
  EXPECT_FALSE(node.find(RecordingId{1})->has(FileKind::Events));
}

TEST_F(MergeDayTest, AListingThatWasOvertakenTakesNothingAway) {
  listing(10, {recording(1), recording(2)});
  policy.both_archived_values = false;
  policy.asked = MonotonicTime{hours{9}};
  policy.now = MonotonicTime{hours{11}};
  const auto merged = merge_day(&node, {recording(1, State::Untranscoded), recording(3)}, {{{1}, {3}}, {}}, policy);
  ASSERT_EQ(merged.size(), 3U);
  EXPECT_EQ(merged[0].state, State::Ready);
  EXPECT_EQ(merged[1].misses, 0);
}

}  // namespace
}  // namespace g2afs
