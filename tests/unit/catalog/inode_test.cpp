// SPDX-License-Identifier: MIT
#include "g2afs/catalog/inode.hpp"

#include <set>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace g2afs {
namespace {

using What = InodeParts::What;

constexpr std::uint64_t kHashedFrom = std::uint64_t{1} << 43;
constexpr Ino kDates = Ino{1} << 40;

const DaySpan kAllDays = DaySpan::all();

rc::Gen<Day> any_day() {
  return rc::gen::map(rc::gen::inRange(kAllDays.begin.number, kAllDays.end.number),
                      [](int number) { return Day{number}; });
}

rc::Gen<RecordingId> any_id() {
  const auto small = rc::gen::inRange<std::uint64_t>(0, kHashedFrom);
  const auto bits = rc::gen::inRange(0, 64);
  const auto any = rc::gen::map(rc::gen::pair(rc::gen::arbitrary<std::uint64_t>(), bits),
                                [](const auto& drawn) { return ~drawn.first >> drawn.second; });
  return rc::gen::map(rc::gen::oneOf(small, any), [](std::uint64_t value) { return RecordingId{value}; });
}

bool bit63(Ino ino) { return ino >> 63 != 0; }

TEST(Inode, FixedNumbersLeadBack) {
  EXPECT_EQ(parse_ino(kRootIno)->what, What::Root);
  EXPECT_EQ(parse_ino(kControlDirIno)->what, What::ControlDir);
  EXPECT_EQ(parse_ino(kStatusFileIno)->what, What::StatusFile);
  EXPECT_EQ(parse_ino(kMetricsFileIno)->what, What::MetricsFile);
  EXPECT_EQ(parse_ino(kRootIno)->date, (YearMonthDay{0, 0, 0}));
}

TEST(Inode, EveryDateLeadsBack) {
  std::set<Ino> given;
  for (Day day = kAllDays.begin; day < kAllDays.end; ++day.number) {
    const Ino ino = day_ino(day);
    const auto parts = parse_ino(ino);
    ASSERT_TRUE(parts);
    ASSERT_EQ(parts->what, What::Day);
    ASSERT_EQ(parts->day, day);
    ASSERT_EQ(parts->date, ymd_of(day));
    ASSERT_TRUE(given.insert(ino).second);
  }
  for (int year = kFirstYear; year <= kLastYear; ++year) {
    const auto parts = parse_ino(year_ino(year));
    ASSERT_TRUE(parts);
    ASSERT_EQ(parts->what, What::Year);
    ASSERT_EQ(parts->date, (YearMonthDay{year, 0, 0}));
    ASSERT_TRUE(given.insert(year_ino(year)).second);
    for (int month = 1; month <= 12; ++month) {
      const auto month_parts = parse_ino(month_ino(year, month));
      ASSERT_TRUE(month_parts);
      ASSERT_EQ(month_parts->what, What::Month);
      ASSERT_EQ(month_parts->date, (YearMonthDay{year, month, 0}));
      ASSERT_TRUE(given.insert(month_ino(year, month)).second);
    }
  }
}

RC_GTEST_PROP(Inode, RecordingsAndFilesLeadBack, ()) {
  const Day day = *any_day();
  const RecordingId id = *any_id();
  const auto directory = parse_ino(recording_ino(day, id));
  RC_ASSERT(directory.has_value());
  RC_ASSERT(directory->what == What::Recording);
  RC_ASSERT(directory->day == day);
  RC_ASSERT(directory->date == ymd_of(day));
  RC_ASSERT(directory->bits == inode_bits(id));
  RC_ASSERT(!bit63(recording_ino(day, id)));
  for (const FileKind kind : kFileKinds) {
    const auto file = parse_ino(file_ino(day, id, kind));
    RC_ASSERT(file.has_value());
    RC_ASSERT(file->what == What::File);
    RC_ASSERT(file->kind == kind);
    RC_ASSERT(file->day == day);
    RC_ASSERT(file->bits == inode_bits(id));
    RC_ASSERT(!bit63(file_ino(day, id, kind)));
  }
}

RC_GTEST_PROP(Inode, IsInjectiveBelowTheHash, ()) {
  struct Name {
    Day day;
    std::uint64_t id;
    int kind;  // -1: the directory
    auto operator<=>(const Name&) const = default;
  };
  const auto draw = [] {
    return Name{*any_day(), *rc::gen::inRange<std::uint64_t>(0, kHashedFrom), *rc::gen::inRange(-1, 3)};
  };
  const auto number = [](const Name& name) {
    const RecordingId id{name.id};
    return name.kind < 0 ? recording_ino(name.day, id) : file_ino(name.day, id, static_cast<FileKind>(name.kind));
  };
  const Name a = draw(), b = draw();
  RC_ASSERT((a == b) == (number(a) == number(b)));
}

TEST(Inode, IdsKeepTheirBitsBelowTheHash) {
  EXPECT_EQ(inode_bits({0}), 0U);
  EXPECT_EQ(inode_bits({18'446'744}), 18'446'744U);
  EXPECT_EQ(inode_bits({kHashedFrom - 1}), kHashedFrom - 1);
}

TEST(Inode, LongIdsAreHashedApartFromShortOnes) {
  for (const std::uint64_t id : {kHashedFrom, kHashedFrom + 1, std::uint64_t{1} << 63, ~std::uint64_t{0}}) {
    EXPECT_GE(inode_bits({id}), kHashedFrom) << id;
    EXPECT_LT(inode_bits({id}), kHashedFrom << 1) << id;
  }
  EXPECT_NE(inode_bits({~std::uint64_t{0}}), inode_bits({~std::uint64_t{0} - 1}));
}

TEST(Inode, NumbersNeverGivenOutAreRefused) {
  const auto tagged = [](std::uint64_t tag, std::uint64_t day) { return tag << 60 | day << 44 | 7; };
  const auto last_day = static_cast<std::uint64_t>(kAllDays.end.number - 1);
  for (const std::uint64_t tag : {1, 2, 3, 4}) {
    EXPECT_TRUE(parse_ino(tagged(tag, last_day))) << tag;
    EXPECT_FALSE(parse_ino(tagged(tag, last_day + 1))) << tag;
    EXPECT_FALSE(parse_ino(tagged(tag, 0xFFFF))) << tag;
  }
  for (std::uint64_t tag = 5; tag < 16; ++tag) EXPECT_FALSE(parse_ino(tagged(tag, 17'000))) << tag;
  EXPECT_FALSE(parse_ino(0));
  for (Ino ino = 5; ino < 100; ++ino) EXPECT_FALSE(parse_ino(ino)) << ino;
  EXPECT_FALSE(parse_ino(~Ino{0}));

  const auto date = [](std::uint64_t year, std::uint64_t month, std::uint64_t day) {
    return kDates + year * 1000 + month * 50 + day;
  };
  ASSERT_TRUE(parse_ino(date(2016, 11, 24)));
  EXPECT_FALSE(parse_ino(kDates));
  EXPECT_FALSE(parse_ino(kDates - 1));
  EXPECT_FALSE(parse_ino(date(1969, 0, 0)));
  EXPECT_FALSE(parse_ino(date(2149, 0, 0)));
  EXPECT_FALSE(parse_ino(date(2016, 0, 5)));  // a day without a month
  EXPECT_FALSE(parse_ino(date(2016, 13, 1)));
  EXPECT_FALSE(parse_ino(date(2016, 2, 30)));
  EXPECT_FALSE(parse_ino(date(2015, 2, 29)));
  EXPECT_FALSE(parse_ino(date(2016, 11, 49)));
  EXPECT_FALSE(parse_ino(date((std::uint64_t{1} << 32) + 2016, 11, 24)));  // a year that wraps round to 2016
}

}  // namespace
}  // namespace g2afs
