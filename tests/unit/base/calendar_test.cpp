// SPDX-License-Identifier: MIT
#include "g2afs/base/calendar.hpp"

#include <ctime>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace g2afs {
namespace {

Time at(const char* text) { return parse_iso8601(text).value(); }
Zone zone(const char* name) { return Zone::find(name).value(); }
Day day(int year, int month, int date) { return make_day({year, month, date}).value(); }

TEST(Iso8601, ReadsEveryFormTheApiMayUse) {
  const Time expected = at("2016-11-24T10:30:00Z");
  for (const char* text : {"2016-11-24T12:30:00+02:00", "2016-11-24T12:30:00+0200", "2016-11-24T12:30:00+02",
                           "2016-11-24T05:00:00-05:30", "2016-11-24T10:30:00.000Z", "2016-11-24T10:30:00.0004999Z",
                           "2016-11-24T10:30Z", "2016-11-24t10:30:00z", "2016-11-24T10:30:00,0Z"}) {
    EXPECT_EQ(parse_iso8601(text), expected) << text;
  }
  EXPECT_EQ(at("2016-11-24T10:30:00.25Z") - expected, std::chrono::milliseconds{250});
  EXPECT_EQ(at("2016-12-31T23:59:60Z"), at("2017-01-01T00:00:00Z"));
}

TEST(Iso8601, RefusesEverythingElse) {
  for (const char* text :
       {"", "2016", "2016-11-24", "2016-11-24T10:30:00", "2016-13-24T10:30:00Z", "2016-02-30T10:30:00Z",
        "2016-11-24T24:30:00Z", "2016-11-24T10:60:00Z", "2016-11-24T10:30:61Z", "2016-11-24T10:30:00.Z",
        "2016-11-24T10:30:00ZZ", "2016-11-24T10:30:00+2:00", "2016-11-24T10:30:00+24:00", "2016-11-24T10:30:00+02:60",
        " 2016-11-24T10:30:00Z", "16-11-24T10:30:00Z", "-016-11-24T10:30:00Z",
        "2016-11-24T10:30:00+02:", "2016-11-24T10:30:00 Z"}) {
    EXPECT_EQ(parse_iso8601(text), std::nullopt) << text;
  }
}

RC_GTEST_PROP(Iso8601, FormattingIsReversed, ()) {
  const auto seconds = *rc::gen::inRange<std::int64_t>(-30'000'000'000, 100'000'000'000);
  const auto milliseconds = *rc::gen::inRange(0, 1000);
  const Time time{std::chrono::seconds{seconds} + std::chrono::milliseconds{milliseconds}};
  const std::string text = format_iso8601(time);
  RC_ASSERT(parse_iso8601(text) == time);
}

TEST(Window, CannotBeEmptyOrReversed) {
  const Time noon = at("2016-11-24T12:00:00Z");
  EXPECT_FALSE(Window::make(noon, noon));
  EXPECT_FALSE(Window::make(noon, noon - std::chrono::seconds{1}));
  const Window hour = *Window::make(noon, noon + std::chrono::hours{1});
  EXPECT_TRUE(hour.contains(noon));
  EXPECT_FALSE(hour.contains(hour.end()));
  EXPECT_FALSE(hour.intersect(*Window::make(hour.end(), hour.end() + std::chrono::hours{1})));
}

RC_GTEST_PROP(Day, IsTheSameAsTheSystemsCalendar, ()) {
  const std::time_t seconds = *rc::gen::inRange<std::int64_t>(0, 5'600'000'000);
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  const Day date = zone("UTC").day_of(Time{std::chrono::seconds{seconds}});
  const YearMonthDay expected{parts.tm_year + 1900, parts.tm_mon + 1, parts.tm_mday};
  RC_ASSERT(ymd_of(date) == expected);
  RC_ASSERT(make_day(expected) == date);
}

TEST(Day, DatesThatDoNotExist) {
  for (const YearMonthDay& ymd : {YearMonthDay{2015, 2, 29}, YearMonthDay{2016, 13, 1}, YearMonthDay{2016, 0, 1},
                                  YearMonthDay{2016, 1, 0}, YearMonthDay{1969, 12, 31}, YearMonthDay{2149, 1, 1}}) {
    EXPECT_FALSE(make_day(ymd)) << ymd.year << '-' << ymd.month << '-' << ymd.day;
  }
  EXPECT_EQ(days_in_month(2016, 2), 29);
  EXPECT_EQ(DaySpan::of_year(2016).days(), 366);
  EXPECT_EQ(DaySpan::of_month(2015, 2).days(), 28);
}

TEST(Zone, UnknownNameIsInvalid) {
  const auto found = Zone::find("Europe/Atlantis");
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().code, Errc::Invalid);
  EXPECT_NE(found.error().what.find("Europe/Atlantis"), std::string::npos);
}

TEST(Zone, DaysAroundDaylightSavingHave23And25Hours) {
  const Zone berlin = zone("Europe/Berlin");
  const auto hours = [&](Day date) {
    const Window window = berlin.window_of(DaySpan::of_day(date));
    return std::chrono::duration_cast<std::chrono::hours>(window.end() - window.begin()).count();
  };
  EXPECT_EQ(hours(day(2025, 3, 30)), 23);
  EXPECT_EQ(hours(day(2025, 10, 26)), 25);
  EXPECT_EQ(hours(day(2025, 6, 1)), 24);
  EXPECT_EQ(berlin.day_of(at("2025-03-29T22:59:59.999Z")), day(2025, 3, 29));
  EXPECT_EQ(berlin.day_of(at("2025-03-29T23:00:00Z")), day(2025, 3, 30));
}

TEST(Zone, ADayWhoseMidnightDoesNotExistBeginsAfterTheGap) {
  const Zone sao_paulo = zone("America/Sao_Paulo");
  const Time begin = sao_paulo.begin_of(day(2017, 10, 15));
  EXPECT_EQ(begin, at("2017-10-15T03:00:00Z"));
  EXPECT_EQ(sao_paulo.day_of(begin), day(2017, 10, 15));
  EXPECT_EQ(sao_paulo.day_of(begin - std::chrono::milliseconds{1}), day(2017, 10, 14));
}

// Where clocks went back across midnight, so that a date came twice.
struct TwiceMidnight {
  const char* zone;
  Time change;  // from this instant on
};
const TwiceMidnight kTwiceMidnight[] = {
    {"America/St_Johns", at("2000-10-29T02:31:00Z")},  {"America/St_Johns", at("2006-10-29T02:31:00Z")},
    {"America/St_Johns", at("2007-11-04T02:31:00Z")},  {"America/St_Johns", at("2010-11-07T02:31:00Z")},
    {"America/Goose_Bay", at("2000-10-29T03:01:00Z")}, {"America/Goose_Bay", at("2010-11-07T03:01:00Z")},
    {"Antarctica/Casey", at("2010-03-04T15:00:00Z")},
};

TEST(Zone, ADayThatHasBegunGoesOnThoughTheClocksGoBackToTheOneBefore) {
  for (const auto& [name, change] : kTwiceMidnight) {
    SCOPED_TRACE(name);
    const Zone there = zone(name);
    Day before = there.day_of(change - std::chrono::hours{12});
    for (Time time = change - std::chrono::hours{12}; time < change + std::chrono::hours{12};
         time += std::chrono::seconds{30}) {
      const Day date = there.day_of(time);
      ASSERT_GE(date, before) << format_iso8601(time);
      ASSERT_TRUE(there.window_of(DaySpan::of_day(date)).contains(time)) << format_iso8601(time);
      before = date;
    }
  }
}

RC_GTEST_PROP(Zone, EveryInstantLiesInTheWindowOfItsDay, ()) {
  const auto name = *rc::gen::element<std::string>("UTC", "Europe/Berlin", "America/New_York", "America/Sao_Paulo",
                                                   "Australia/Lord_Howe", "Asia/Kathmandu", "Pacific/Apia",
                                                   "America/St_Johns", "America/Goose_Bay", "Antarctica/Casey");
  const Zone somewhere = zone(name.c_str());
  Time time{std::chrono::milliseconds{*rc::gen::inRange<std::int64_t>(-3'000'000'000'000, 9'000'000'000'000)}};
  std::vector<Time> changes;
  for (const auto& [where, change] : kTwiceMidnight) {
    if (where == name) changes.push_back(change);
  }
  if (!changes.empty() && *rc::gen::arbitrary<bool>()) {
    time = *rc::gen::elementOf(changes) + std::chrono::milliseconds{*rc::gen::inRange(-20'000'000, 20'000'000)};
  }
  const Day date = somewhere.day_of(time);
  RC_ASSERT(somewhere.window_of(DaySpan::of_day(date)).contains(time));
}

}  // namespace
}  // namespace g2afs
