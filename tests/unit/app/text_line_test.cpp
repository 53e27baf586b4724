// SPDX-License-Identifier: MIT
#include "g2afs/app/text_line.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace g2afs {
namespace {

using ::testing::ElementsAre;

TEST(TextLine, IsCutWhereItEnds) {
  TextLine line({8, false});
  line.add("abc");
  EXPECT_EQ(line.room(), 5U);
  line.add("defghi");
  EXPECT_EQ(line.text(), "abcdefg…");
  line.add("more");
  EXPECT_EQ(line.text(), "abcdefg…") << "nothing beyond";
  TextLine exact({3, false});
  exact.add("abc");
  EXPECT_EQ(exact.text(), "abc");
}

TEST(TextLine, ColoursTakeNoRoom) {
  TextLine line({6, true});
  line.add("abc", Paint::Bad);
  line.add("defg");
  EXPECT_EQ(line.text(), "\x1b[31mabc\x1b[0mde…");
  TextLine plain({6, false});
  plain.add("abc", Paint::Bad);
  EXPECT_EQ(plain.text(), "abc");
}

TEST(TextLine, CountsCodePointsAndCutsBetweenThem) {
  EXPECT_EQ(columns_of("äöü"), 3U);
  TextLine line({3, false});
  line.add("äöüß");
  EXPECT_EQ(line.text(), "äö…");
  TextLine exact({3, false});
  exact.add("äöü");
  EXPECT_EQ(exact.text(), "äöü");
  EXPECT_EQ(fitted("äö", 4), "äö  ");
  EXPECT_EQ(fitted("äöüß", 3), "äö…");
}

TEST(TextLine, ShowsNoControlCharacters) {
  TextLine line({20, false});
  line.add("a\x1b[2Jb\nc\x7f");
  EXPECT_EQ(line.text(), "a?[2Jb?c?");
}

TEST(Wrapped, BreaksBetweenWords) {
  EXPECT_THAT(wrapped("one two three", 7), ElementsAre("one two", "three"));
  EXPECT_THAT(wrapped("one two three", 6), ElementsAre("one", "two", "three"));
  EXPECT_THAT(wrapped("äöü äöü", 7), ElementsAre("äöü äöü"));
  EXPECT_THAT(wrapped("one two", std::string::npos), ElementsAre("one two"));
  EXPECT_THAT(wrapped("", 7), ElementsAre(""));
}

TEST(Wrapped, KeepsAWordWhole) {
  EXPECT_THAT(wrapped("in /a/long/path it is", 5), ElementsAre("in", "/a/long/path", "it is"));
  EXPECT_THAT(wrapped("/a/long/path", 1), ElementsAre("/a/long/path"));
}

TEST(LayOut, GoesOnBelowTheFirstPhrase) {
  EXPECT_THAT(lay_out("API", {{"answers"}, {"2 list"}}, {40, false}), ElementsAre("API         answers, 2 list"));
  EXPECT_THAT(lay_out("API", {{"answers"}, {"12 requests"}, {"2 list"}}, {27, false}),
              ElementsAre("API         answers,", "            12 requests,", "            2 list"));
  EXPECT_THAT(lay_out("API", {{"answers", Paint::Good}, {"a very long phrase"}}, {24, true}),
              ElementsAre("API         \x1b[32manswers\x1b[0m,", "            a very long…"));
  EXPECT_THAT(lay_out("API", {}, {40, false}), ElementsAre()) << "of what nothing is known";
}

TEST(LayOut, FillsALineToItsEnd) {
  EXPECT_THAT(lay_out("API", {{"ab"}, {"cd"}}, {18, false}), ElementsAre("API         ab, cd"));
  EXPECT_THAT(lay_out("API", {{"ab"}, {"cd"}}, {17, false}), ElementsAre("API         ab,", "            cd"));
  EXPECT_THAT(lay_out("API", {{"ab"}, {"cd"}, {"ef"}}, {18, false}),
              ElementsAre("API         ab,", "            cd, ef"))
      << "with room for its comma";
}

}  // namespace
}  // namespace g2afs
