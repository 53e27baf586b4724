// SPDX-License-Identifier: MIT
// The account by itself: what is invented, and lists against a plain scan of it.
#include "sim/account.hpp"

#include <algorithm>
#include <map>
#include <random>
#include <set>

#include <gtest/gtest.h>

#include "sim/account_generator.hpp"
#include "sim/iso_time.hpp"

namespace g2a_sim {
namespace {

SimOptions options_of(std::uint64_t count, std::uint64_t seed = 1) {
  SimOptions options;
  options.count = count;
  options.seed = seed;
  return options;
}

TEST(AccountGenerator, IsDeterministicAndOrdered) {
  const auto options = options_of(5000, 9);
  const auto first = generate_recordings(options);
  const auto second = generate_recordings(options);
  ASSERT_EQ(first.size(), 5000U);
  std::set<std::uint64_t> ids;
  bool ids_ascend = true;
  for (std::size_t i = 0; i < first.size(); ++i) {
    EXPECT_EQ(first[i].id, second[i].id);
    EXPECT_EQ(first[i].start_ms, second[i].start_ms);
    EXPECT_GE(first[i].start_ms, options.from_ms);
    EXPECT_LT(first[i].start_ms, options.to_ms);
    if (i != 0) {
      EXPECT_LE(first[i - 1].start_ms, first[i].start_ms);
      ids_ascend = ids_ascend && first[i - 1].id < first[i].id;
    }
    EXPECT_TRUE(ids.insert(first[i].id).second);
  }
  EXPECT_FALSE(ids_ascend) << "a client must not take ids for an order of time";
  EXPECT_NE(generate_recordings(options_of(5000, 10))[0].start_ms, first[0].start_ms);
}

TEST(AccountGenerator, HasBusyAndEmptyDays) {
  std::map<std::int64_t, int> by_day;
  for (const auto& r : generate_recordings(options_of(100'000))) ++by_day[r.start_ms / kDayMs];
  EXPECT_LT(by_day.size(), 3653U);
  EXPECT_GT(by_day.size(), 2000U);
  EXPECT_GT(
      std::max_element(by_day.begin(), by_day.end(), [](auto& a, auto& b) { return a.second < b.second; })->second, 40);
}

TEST(AccountGenerator, FitsShortSpans) {
  auto options = options_of(1000);
  options.from_ms = *parse_iso8601("2020-05-02T10:00:00Z");  // a Saturday
  options.to_ms = *parse_iso8601("2020-05-02T11:00:00Z");
  const auto recordings = generate_recordings(options);
  EXPECT_EQ(recordings.size(), 1000U);
  EXPECT_GE(recordings.front().start_ms, options.from_ms);
  EXPECT_LT(recordings.back().start_ms, options.to_ms);
}

TEST(AccountGenerator, MeetsItsPercentages) {
  auto options = options_of(20'000);
  options.untranscoded_percent = 10;
  options.archived_percent = 40;
  options.no_events_percent = 5;
  int untranscoded = 0, archived = 0, eventless = 0;
  for (const auto& r : generate_recordings(options)) {
    untranscoded += r.state == State::kUntranscoded;
    archived += r.archived;
    eventless += !r.has_events;
  }
  EXPECT_NEAR(untranscoded, 2000, 200);
  EXPECT_NEAR(archived, 8000, 400);
  EXPECT_NEAR(eventless, 1000, 150);
}

// A list as API.md words it, by going through everything.
IdLists plain_list(Account& account, const ListFilter& filter) {
  IdLists lists;
  std::size_t total = 0;
  for (const auto& view : account.page(INT64_MIN, INT64_MAX, 0, SIZE_MAX, total)) {
    const Recording& r = view.recording;
    if (r.start_ms < filter.from_ms || r.start_ms >= filter.end_ms || r.archived != filter.archived) continue;
    if (filter.unattended && r.unattended != *filter.unattended) continue;
    if (filter.user && r.user != *filter.user) continue;
    if (filter.company && (!r.unattended || r.company != *filter.company)) continue;
    if (r.state == State::kTranscoding) continue;
    auto& ids = r.state == State::kReady ? lists.ready_for_download : lists.ready_for_transcode;
    if (ids.size() < 500) ids.push_back(r.id);
  }
  return lists;
}

TEST(Account, ListsLikeAPlainScan) {
  const unsigned seed = std::random_device{}();
  SCOPED_TRACE(testing::Message() << "seed " << seed);
  std::mt19937_64 random(seed);
  auto options = options_of(6000, random());
  options.untranscoded_percent = 3;
  options.archived_percent = 50;
  options.user_keys = {1, 2, 3};
  options.company_ids = {7, 8};
  options.transcode_seconds = 100;
  SimClock clock;
  Account account(options, clock);
  std::vector<std::uint64_t> ids;
  std::size_t total = 0;
  for (const auto& view : account.page(INT64_MIN, INT64_MAX, 0, SIZE_MAX, total)) ids.push_back(view.recording.id);

  const auto a_time = [&] {
    return options.from_ms + static_cast<std::int64_t>(random() % (options.to_ms - options.from_ms));
  };
  for (int round = 0; round < 150; ++round) {
    std::vector<std::uint64_t> some;
    for (int i = 0; i < 20; ++i) some.push_back(ids[random() % ids.size()]);
    std::size_t changed = 0;
    ASSERT_TRUE(round % 3 != 0 || account.transcode(some, changed));
    ASSERT_TRUE(round % 5 != 0 || account.archive(some, changed));
    if (round % 7 == 0) clock.advance_ms(60'000);
    if (round % 30 == 0) {
      ASSERT_TRUE(account.remove(ids.back()));
      ids.pop_back();
    }
    if (round % 40 == 0) {
      RecordingPatch patch;
      patch.start_ms = a_time();
      patch.state = State::kUntranscoded;
      ASSERT_TRUE(account.patch(some[0], patch));
    }
    ListFilter filter;
    if (random() % 2 != 0) filter.from_ms = a_time();
    if (random() % 2 != 0) filter.end_ms = a_time();
    filter.archived = random() % 2 != 0;
    if (random() % 2 != 0) filter.unattended = random() % 2 != 0;
    if (random() % 4 == 0) filter.user = random() % 3;
    if (random() % 4 == 0) filter.company = random() % 2;
    const IdLists lists = account.list(filter);
    const IdLists expected = plain_list(account, filter);
    ASSERT_EQ(lists.ready_for_download, expected.ready_for_download) << "round " << round;
    ASSERT_EQ(lists.ready_for_transcode, expected.ready_for_transcode) << "round " << round;
  }
}

TEST(Account, NeverAppliesTwice) {
  auto options = options_of(10);
  options.untranscoded_percent = 100;
  options.transcode_seconds = 10;
  SimClock clock;
  Account account(options, clock);
  const auto ids = account.list({}).ready_for_transcode;
  std::size_t started = 0;
  EXPECT_TRUE(account.transcode(ids, started));
  EXPECT_EQ(started, 10U);
  clock.advance_ms(9'000);
  EXPECT_TRUE(account.transcode(ids, started));
  EXPECT_EQ(started, 10U) << "a second request neither starts nor prolongs anything";
  EXPECT_TRUE(account.list({}).ready_for_download.empty());
  clock.advance_ms(2'000);
  EXPECT_EQ(account.list({}).ready_for_download, ids);
}

TEST(Account, ChangesAllOrNothing) {
  SimClock clock;
  const auto options = options_of(3);
  Account account(options, clock);
  auto ids = account.list({}).ready_for_download;
  ids.push_back(1);
  std::size_t changed = 0;
  EXPECT_FALSE(account.archive(ids, changed));
  EXPECT_EQ(account.list({}).ready_for_download.size(), 3U);
}

}  // namespace
}  // namespace g2a_sim
