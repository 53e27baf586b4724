// SPDX-License-Identifier: MIT
#include "g2afs/catalog/tree.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "g2afs/catalog/tree_update.hpp"

namespace g2afs {
namespace {

Day day(int year, int month, int number) { return *make_day({year, month, number}); }

Listed listed(const DaySpan& span, int at = 0) {
  return std::make_shared<const ListedInfo>(
      ListedInfo{ListedInfo::How::Paged, span, MonotonicTime{std::chrono::seconds{at}}});
}

Recording recording(std::uint64_t id, State state = State::Ready) {
  Recording made;
  made.id = RecordingId{id};
  made.state = state;
  made.video_size = 10;
  return made;
}

/// One recording on each of the days, all listed together.
std::shared_ptr<const Tree> tree_of(const DaySpan& span, std::vector<Day> occupied) {
  const Listed info = listed(span);
  DayNodes nodes;
  for (const Day date : occupied) {
    nodes.emplace(date, std::make_shared<const DayNode>(DayNode{date, true, info, {recording(1)}}));
  }
  return with_days(Tree{}, info, nodes);
}

TEST(Recording, CostsLittleMemory) { EXPECT_LE(sizeof(Recording), 64U); }

TEST(Recording, StatesHaveNames) {
  EXPECT_EQ(to_string(State::Untranscoded), "untranscoded");
  EXPECT_EQ(to_string(State::Transcoding), "transcoding");
  EXPECT_EQ(to_string(State::Ready), "ready");
}

TEST(Recording, SuffixIsTheUrlPathsOwn) {
  EXPECT_EQ(suffix_of("/a/b.png"), Suffix::Png);
  EXPECT_EQ(suffix_of("/a/b.JPEG"), Suffix::Jpeg);
  EXPECT_EQ(suffix_of("/a.gif/b"), Suffix::Jpg);
  EXPECT_EQ(suffix_of("/a/b.webp"), Suffix::Webp);
  EXPECT_EQ(suffix_of("/a/b.bmp"), Suffix::Jpg);
  EXPECT_EQ(suffix_of("/a/b."), Suffix::Jpg);
  EXPECT_EQ(suffix_of("/"), Suffix::Jpg);
  EXPECT_EQ(suffix_of(""), Suffix::Jpg);
}

TEST(Recording, FilesAreNamedByIdAndKind) {
  Recording made = recording(18'446'744'073'709'551'615U);
  made.thumbnail_suffix = Suffix::Webp;
  EXPECT_EQ(file_name(made, FileKind::Video), "18446744073709551615.mp4");
  EXPECT_EQ(file_name(made, FileKind::Events), "18446744073709551615.events");
  EXPECT_EQ(file_name(made, FileKind::Thumbnail), "18446744073709551615.webp");
}

TEST(Recording, HasFilesOnceItIsReadyUnlessTheyAreAbsent) {
  const Recording waiting = recording(1, State::Untranscoded);
  for (const FileKind kind : kFileKinds) EXPECT_FALSE(waiting.has(kind));
  const Recording ready = recording(1);
  ready.events_size.learn_absent();
  EXPECT_TRUE(ready.has(FileKind::Video));
  EXPECT_FALSE(ready.has(FileKind::Events));
  EXPECT_TRUE(ready.has(FileKind::Thumbnail));
}

TEST(Recording, SidecarSizesAreLearntInPlace) {
  const Recording ready = recording(1);
  EXPECT_EQ(ready.size(FileKind::Video), 10U);
  EXPECT_EQ(ready.size(FileKind::Events), std::nullopt);
  ready.events_size.learn(0);
  EXPECT_EQ(ready.size(FileKind::Events), 0U);
  ready.events_size.forget();
  EXPECT_EQ(ready.size(FileKind::Events), std::nullopt);
  EXPECT_FALSE(ready.events_size.absent());
}

TEST(DayNode, FindsByIdAndByInodeBits) {
  const RecordingId low{5}, high{~std::uint64_t{0}};
  DayNode node;
  node.recordings = merge_day(nullptr, {recording(high.value), recording(low.value)}, {}, {});
  EXPECT_EQ(node.find(low)->id, low);
  EXPECT_EQ(node.find(high)->id, high);
  EXPECT_EQ(node.find_bits(inode_bits(high))->id, high);
  EXPECT_EQ(node.find(RecordingId{6}), nullptr);
  EXPECT_EQ(node.find(RecordingId{inode_bits(high)}), nullptr);  // the same bits, another id
}

// Names

using Dir = std::optional<DateDir>;

TEST(DateDir, ChildrenAreNamedAsTheTreeWritesThem) {
  EXPECT_EQ(DateDir::root().child("2016"), (Dir{{2016, 0, 0}}));
  EXPECT_EQ((DateDir{2016, 0, 0}).child("01"), (Dir{{2016, 1, 0}}));
  EXPECT_EQ((DateDir{2016, 0, 0}).child("12"), (Dir{{2016, 12, 0}}));
  EXPECT_EQ((DateDir{2016, 2, 0}).child("29"), (Dir{{2016, 2, 29}}));
  EXPECT_EQ(DateDir::root().child("1970"), (Dir{{1970, 0, 0}}));
  EXPECT_EQ(DateDir::root().child("2148"), (Dir{{2148, 0, 0}}));
}

TEST(DateDir, NoOtherNameIsAChild) {
  for (const char* name : {"",      "0",     "1",     "16",     "016",         "201",  "02016", "20160", "2016 ",
                           " 2016", "+2016", "-2016", "2016/",  "0000",        "1969", "2149",  "9999",  "abcd",
                           "２０",  ".",     "..",    ".Trash", "desktop.ini", "0x7E", "1e03",  "2016\n"}) {
    EXPECT_FALSE(DateDir::root().child(name)) << name;
  }
  for (const char* name : {"", "0", "1", "00", "13", "99", "001", "1 ", " 1", "+1", "-1", "1.", "a1", "2016"}) {
    EXPECT_FALSE((DateDir{2016, 0, 0}).child(name)) << name;
  }
  for (const char* name : {"0", "1", "00", "31", "32", "030", "3 ", "+3"}) {
    EXPECT_FALSE((DateDir{2016, 11, 0}).child(name)) << name;
  }
  EXPECT_FALSE((DateDir{2015, 2, 0}).child("29"));
  EXPECT_FALSE((DateDir{2016, 11, 24}).child("01"));
}

TEST(DateDir, EveryChildIsFoundByItsName) {
  for (Day date = day(2015, 12, 1); date < day(2017, 2, 1); ++date.number) {
    const DateDir dir = DateDir::of(date);
    EXPECT_EQ(dir.parent().child(dir.name()), dir);
    EXPECT_EQ(dir.parent().parent().child(dir.parent().name()), dir.parent());
    EXPECT_EQ(DateDir::root().child(dir.parent().parent().name()), dir.parent().parent());
    EXPECT_EQ(dir.span(), DaySpan::of_day(date));
    EXPECT_TRUE(dir.parent().span().contains(dir.span()));
  }
}

TEST(DateDir, HasPathsAndNumbers) {
  EXPECT_EQ(DateDir::root().path(), "/");
  EXPECT_EQ((DateDir{2016, 0, 0}).path(), "2016");
  EXPECT_EQ((DateDir{2016, 1, 0}).path(), "2016/01");
  EXPECT_EQ((DateDir{2016, 1, 2}).path(), "2016/01/02");
  EXPECT_EQ(DateDir::root().ino(), kRootIno);
  EXPECT_EQ((DateDir{2016, 0, 0}).ino(), year_ino(2016));
  EXPECT_EQ((DateDir{2016, 1, 0}).ino(), month_ino(2016, 1));
  EXPECT_EQ((DateDir{2016, 1, 2}).ino(), day_ino(day(2016, 1, 2)));
  EXPECT_EQ(DateDir::root().parent(), DateDir::root());
}

// Knowledge

TEST(Knowledge, NothingIsKnownAtFirst) {
  const Tree tree;
  EXPECT_TRUE(knowledge(tree, DateDir::root()).occupied);
  EXPECT_FALSE(knowledge(tree, DateDir::root()).listed);
  for (const DateDir dir : {DateDir{2016, 0, 0}, DateDir{2016, 11, 0}, DateDir{2016, 11, 24}}) {
    EXPECT_FALSE(knowledge(tree, dir).found);
    EXPECT_FALSE(knowledge(tree, dir).occupied);
    EXPECT_FALSE(knowledge(tree, dir).listed);
  }
}

TEST(Knowledge, WhatAListedDirectoryDoesNotShowIsListedWithIt) {
  const auto tree = tree_of(DaySpan::of_year(2016), {day(2016, 11, 24)});
  for (const DateDir dir : {DateDir{2016, 0, 0}, DateDir{2016, 11, 0}, DateDir{2016, 11, 24}}) {
    EXPECT_TRUE(knowledge(*tree, dir).occupied) << dir.path();
    EXPECT_TRUE(knowledge(*tree, dir).listed) << dir.path();
  }
  for (const DateDir dir : {DateDir{2016, 10, 0}, DateDir{2016, 11, 23}, DateDir{2016, 10, 1}}) {
    EXPECT_FALSE(knowledge(*tree, dir).occupied) << dir.path();
    EXPECT_TRUE(knowledge(*tree, dir).listed) << dir.path();
  }
  for (const DateDir dir : {DateDir{2015, 0, 0}, DateDir{2015, 12, 0}, DateDir{2015, 12, 31}}) {
    EXPECT_FALSE(knowledge(*tree, dir).listed) << dir.path();
  }
}

TEST(Knowledge, OfAChildWhoseContentIsNotListedOnlyTheNameIsKnown) {
  const DateDir year{2016, 0, 0}, month{2016, 11, 0};
  const auto tree = with_children(Tree{}, year, listed(year.span()), {month});
  EXPECT_TRUE(knowledge(*tree, month).occupied);
  EXPECT_FALSE(knowledge(*tree, month).listed);
  EXPECT_FALSE(knowledge(*tree, {2016, 11, 24}).listed);
  EXPECT_TRUE(knowledge(*tree, {2016, 10, 24}).listed);
}

TEST(Knowledge, OfAnEmptyDirectoryTheNewestListingCounts) {
  const DateDir year{2016, 0, 0}, month{2016, 11, 0};
  auto tree = with_located(Tree{}, month, listed(month.span(), 10), false);
  tree = with_children(*tree, year, listed(year.span(), 20), {{2016, 1, 0}});
  EXPECT_EQ(knowledge(*tree, month).listed->at, MonotonicTime{std::chrono::seconds{20}});
}

TEST(Tree, TellsTheDaysShownBesideOne) {
  const std::vector<Day> shown{day(2015, 12, 31), day(2016, 2, 1), day(2016, 2, 2), day(2016, 11, 24), day(2018, 1, 1)};
  const auto tree = tree_of(DaySpan::of_year(2016), shown);
  for (std::size_t i = 0; i < shown.size(); ++i) {
    const DayNode* before = shown_beside(*tree, shown[i], Towards::Earlier);
    const DayNode* after = shown_beside(*tree, shown[i], Towards::Later);
    EXPECT_EQ(before == nullptr, i == 0);
    EXPECT_EQ(after == nullptr, i + 1 == shown.size());
    EXPECT_TRUE(before == nullptr || before->day == shown[i - 1]);
    EXPECT_TRUE(after == nullptr || after->day == shown[i + 1]);
  }
  // Of one that is not shown, too.
  EXPECT_EQ(shown_beside(*tree, day(2017, 5, 5), Towards::Later)->day, shown[4]);
  EXPECT_EQ(shown_beside(*tree, day(2016, 2, 15), Towards::Earlier)->day, shown[2]);
}

}  // namespace
}  // namespace g2afs
