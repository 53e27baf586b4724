// SPDX-License-Identifier: MIT
#include "g2afs/content/sidecars.hpp"

#include <algorithm>
#include <chrono>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "content_fixture.hpp"

#include "g2afs/catalog/enumerator.hpp"
#include "g2afs/content/content.hpp"

namespace g2afs::test {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

constexpr int kDays = 12;

/// An account of twelve days with some recordings each that has been listed; ids begin with the number of their day.
class SidecarsTest : public testing::Test, public MediaWorld {
 public:
  explicit SidecarsTest(std::uint64_t a_day = 3, std::size_t memory = 64 * kMiB) : a_day_(a_day) {
    for (int number = 1; number <= kDays; ++number) {
      for (std::uint64_t i = 0; i < a_day; ++i) {
        const RecordingId id = this->id(number, i);
        account.add(id, Time{clock.wall_now() + (number - kDays) * 24h + std::chrono::seconds{i}}, 1000);
        server.put({id, FileKind::Video}, make_bytes(1000));
        server.put({id, FileKind::Events}, make_bytes(1000 + id.value % 1000, 2));
        server.put({id, FileKind::Thumbnail}, make_bytes(500, 3));
      }
    }
    options.memory_limit = memory;
    content.emplace(loop, transport, urls, catalog, clock, metrics, *log, options);
    for (int number = 1; number <= kDays; ++number) {
      EXPECT_TRUE(run_task(loop, clock, catalog.list(DateDir::of(day(number)))));
    }
    server.asked.clear();
    account.calls.clear();
  }
  void TearDown() override { EXPECT_TRUE(finish()); }

  static RecordingId id(int number, std::uint64_t i) { return {static_cast<std::uint64_t>(number) * 10'000 + i}; }
  static FileKey events(int number, std::uint64_t i = 0) { return {id(number, i), FileKind::Events}; }
  static FileKey thumbnail(int number, std::uint64_t i = 0) { return {id(number, i), FileKind::Thumbnail}; }
  Day day(int number) const { return {today.number + number - kDays}; }
  const Recording& recording(FileKey key) const {
    return *catalog.tree()->find(day(static_cast<int>(key.id.value / 10'000)))->find(key.id);
  }

  Result<void> probe(FileKey key) { return run_task(loop, clock, content->probe(day_of(key), key)); }
  Day day_of(FileKey key) const { return day(static_cast<int>(key.id.value / 10'000)); }
  std::string read(FileKey key) {
    const auto size = recording(key).size(key.kind);
    auto opened = content->open(day_of(key), key, size.value_or(0));
    return run_task(loop, clock, read_all(*opened, size.value_or(0))).value_or("failed");
  }
  static Task<Result<std::string>> read_all(Reader& reader, std::size_t size) {
    const auto slices = co_await reader.read(0, size);
    if (!slices) co_return fail(slices.error());
    co_return text_of(*slices);
  }
  /// The days of which sidecars were asked for since the last time, each with how many.
  std::map<int, int> asked_days() {
    std::map<int, int> days;
    for (const auto& one : server.asked) ++days[static_cast<int>(one.key.id.value / 10'000)];
    server.asked.clear();
    return days;
  }
  /// All sizes are known, and no content is here.
  void know_all_sizes() {
    for (int number = 1; number <= kDays; ++number) {
      for (std::uint64_t i = 0; i < a_day_; ++i) {
        for (const FileKey key : {events(number, i), thumbnail(number, i)}) {
          catalog.learn_size(day(number), key, server.at(key).bytes.size());
        }
      }
    }
  }

  const std::uint64_t a_day_;
  Enumerator enumerator{
      loop, account, clock, *log, *Zone::find("UTC"), Filters{}, [this](std::span<const MediaEntry> entries) {
        urls.remember(entries);
      }};
  Catalog catalog{loop, enumerator, clock, metrics, *log, CatalogOptions{}};
  ContentOptions options;
  std::optional<Content> content;
  const Day today = Zone::find("UTC")->day_of(clock.wall_now());
};

using Days = std::map<int, int>;

TEST_F(SidecarsTest, TheFirstOneBringsItsDay) {
  ASSERT_TRUE(probe(events(3, 1)));
  EXPECT_EQ(server.asked.front().key, events(3, 1));
  EXPECT_EQ(server.asked.front().priority, Priority::Interactive);
  const auto& second = *std::next(server.asked.begin());
  EXPECT_EQ(second.key, thumbnail(3, 1));  // then those behind it
  EXPECT_EQ(second.priority, Priority::Small);
  EXPECT_EQ(asked_days(), (Days{{3, 6}}));
}

TEST_F(SidecarsTest, AWalkIsBroughtWhatIsAheadOfIt) {
  ASSERT_TRUE(probe(events(1)));
  EXPECT_EQ(asked_days(), (Days{{1, 6}}));
  ASSERT_TRUE(probe(events(2)));
  EXPECT_EQ(asked_days(), (Days{{2, 6}, {3, 6}, {4, 6}}));
  // Nobody asks any more, but somebody is there.
  content->visited(day(3));
  settle();
  EXPECT_EQ(asked_days(), (Days{{5, 6}, {6, 6}, {7, 6}}));
  content->visited(day(4));
  settle();
  EXPECT_EQ(asked_days(), (Days{{8, 6}, {9, 6}, {10, 6}, {11, 6}, {12, 6}}));
}

TEST_F(SidecarsTest, WhereTheWalkStopsNothingMoreIsBrought) {
  ASSERT_TRUE(probe(events(1)));
  ASSERT_TRUE(probe(events(2)));
  server.asked.clear();
  content->visited(day(2));
  content->visited(day(2));
  content->visited(day(9));
  settle();
  EXPECT_THAT(server.asked, IsEmpty());
}

TEST_F(SidecarsTest, AVisitAloneBringsNothing) {
  for (int number = 1; number <= kDays; ++number) content->visited(day(number));
  settle();
  EXPECT_THAT(server.asked, IsEmpty());
  EXPECT_THAT(account.calls, IsEmpty());
}

TEST_F(SidecarsTest, WhatWasBroughtIsReadWithoutARequest) {
  ASSERT_TRUE(probe(events(1)));
  ASSERT_TRUE(probe(events(2)));
  server.asked.clear();
  for (int number = 1; number <= 2; ++number) {
    for (std::uint64_t i = 0; i < a_day_; ++i) {
      EXPECT_EQ(read(events(number, i)), server.at(events(number, i)).bytes);
      EXPECT_EQ(read(thumbnail(number, i)), server.at(thumbnail(number, i)).bytes);
    }
  }
  EXPECT_THAT(server.asked, IsEmpty());
}

TEST_F(SidecarsTest, ASecondReadInVainBringsTheContentsOfItsDay) {
  know_all_sizes();
  EXPECT_EQ(read(events(5)), server.at(events(5)).bytes);
  EXPECT_EQ(asked_days(), (Days{{5, 1}}));  // one file may be all that is wanted
  EXPECT_EQ(read(thumbnail(5)), server.at(thumbnail(5)).bytes);
  EXPECT_EQ(asked_days(), (Days{{5, 5}}));
  EXPECT_EQ(read(events(5, 2)), server.at(events(5, 2)).bytes);
  EXPECT_THAT(server.asked, IsEmpty());
}

TEST_F(SidecarsTest, AReaderWhoGoesFromDayToDayFindsThemThere) {
  know_all_sizes();
  for (int number = 1; number <= kDays; ++number) {
    for (std::uint64_t i = 0; i < a_day_; ++i) {
      ASSERT_EQ(read(events(number, i)), server.at(events(number, i)).bytes);
      ASSERT_EQ(read(thumbnail(number, i)), server.at(thumbnail(number, i)).bytes);
    }
  }
  EXPECT_THAT(server.asked, SizeIs(kDays * 6));  // none twice
  const auto waited = std::count_if(server.asked.begin(), server.asked.end(),
                                    [](const auto& one) { return one.priority == Priority::Interactive; });
  EXPECT_LE(waited, 3);
  EXPECT_THAT(account.calls, IsEmpty());
}

TEST_F(SidecarsTest, UrlsOfADayAreResolvedInOneCall) {
  clock.advance(25h);  // all are too old
  ASSERT_TRUE(probe(events(3)));
  EXPECT_THAT(account.calls, ElementsAre(SizeIs(3)));
}

TEST_F(SidecarsTest, OpeningASecondVideoOfADayResolvesTheUrlsOfThoseBehindIt) {
  clock.advance(25h);
  EXPECT_EQ(read({id(4, 0), FileKind::Video}).size(), 1000u);
  EXPECT_THAT(account.calls, ElementsAre(ElementsAre(id(4, 0))));  // who wants one does not wait for more
  EXPECT_EQ(read({id(4, 1), FileKind::Video}).size(), 1000u);
  EXPECT_EQ(read({id(4, 2), FileKind::Video}).size(), 1000u);
  EXPECT_THAT(account.calls, ElementsAre(SizeIs(1), ElementsAre(id(4, 1), id(4, 2))));
}

TEST_F(SidecarsTest, AWalkOverVideosResolvesTheUrlsOfTheDaysAhead) {
  clock.advance(25h);
  for (int number = 2; number <= kDays; ++number) {
    EXPECT_EQ(read({id(number, 0), FileKind::Video}).size(), 1000u);
  }
  EXPECT_THAT(account.calls, ElementsAre(ElementsAre(id(2, 0)), SizeIs(3 * (kDays - 2))));
}

TEST_F(SidecarsTest, AWalkOverSidecarsDoesNotAskForUrlsADayAtATime) {
  know_all_sizes();
  clock.advance(25h);
  for (int number = 1; number <= kDays; ++number) {
    EXPECT_EQ(read(events(number)), server.at(events(number)).bytes);
    settle();
  }
  EXPECT_LE(account.calls.size(), 3u);
}

TEST_F(SidecarsTest, AListingOfNamesAfterALookAtOneDayBringsNothing) {
  ASSERT_TRUE(probe(events(1)));
  server.asked.clear();
  for (int number = 1; number <= kDays; ++number) {
    content->visited(day(number));
    settle();
  }
  EXPECT_THAT(server.asked, IsEmpty());
}

TEST_F(SidecarsTest, WhoWaitsForOneThatIsBroughtAheadHasItHurried) {
  transport.connections = Gate(1);
  struct Probe {
    static Task<> run(SidecarsTest& test, FileKey key) { co_await test.content->probe(test.day_of(key), key); }
  };
  loop.spawn(Probe::run(*this, events(3)));
  loop.spawn(Probe::run(*this, thumbnail(3, 2)));
  clock.run(loop);
  const auto last = std::find_if(server.asked.begin(), server.asked.end(),
                                 [&](const auto& one) { return one.key == thumbnail(3, 2); });
  ASSERT_NE(last, server.asked.end());
  EXPECT_EQ(last->priority, Priority::Interactive);
}

TEST_F(SidecarsTest, UrlsAreRenewedTogetherBeforeTheyAreTooOld) {
  clock.advance(21h);
  know_all_sizes();
  EXPECT_EQ(read(events(6)), server.at(events(6)).bytes);
  EXPECT_THAT(account.calls, IsEmpty());  // it is good for some hours more
  EXPECT_EQ(read(thumbnail(6)), server.at(thumbnail(6)).bytes);
  settle();
  EXPECT_THAT(account.calls, ElementsAre(SizeIs(3)));
  EXPECT_EQ(read(thumbnail(6, 2)), server.at(thumbnail(6, 2)).bytes);
  EXPECT_THAT(account.calls, SizeIs(1));
}

TEST_F(SidecarsTest, AFailureOfOneThatNobodyAskedForIsAskedAgainOnceSomebodyDoes) {
  server.on_request = [&](const FakeMediaServer::Asked& one) {
    if (one.key == thumbnail(3, 2)) server.next.push_front(MediaBehaviour{.status = 400});
  };
  ASSERT_TRUE(probe(events(3)));
  EXPECT_EQ(recording(thumbnail(3, 2)).size(FileKind::Thumbnail), std::nullopt);
  const auto failed = probe(thumbnail(3, 2));
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().code, Errc::Unavailable);
  server.on_request = nullptr;
  EXPECT_TRUE(probe(thumbnail(3, 2)));
}

TEST_F(SidecarsTest, ContentsThatFailAreNotAskedForAgainAheadOfAnybody) {
  know_all_sizes();
  server.behaviour.status = 400;
  for (std::uint64_t i = 0; i < a_day_; ++i) {
    EXPECT_EQ(read(events(5, i)), "failed");
    EXPECT_EQ(read(thumbnail(5, i)), "failed");
  }
  EXPECT_LE(server.asked.size(), 12u);  // each by who wants it, and once ahead
  EXPECT_EQ(recording(events(5)).size(FileKind::Events), server.at(events(5)).bytes.size());
}

TEST_F(SidecarsTest, ContentsThatAreGoneLeaveTheListing) {
  know_all_sizes();
  for (std::uint64_t i = 0; i < a_day_; ++i) {
    account.dangling.insert(events(5, i));
    server.remove(events(5, i));
  }
  EXPECT_EQ(read(thumbnail(5, 0)), server.at(thumbnail(5, 0)).bytes);
  EXPECT_EQ(read(thumbnail(5, 1)), server.at(thumbnail(5, 1)).bytes);
  clock.run(loop);
  EXPECT_FALSE(recording(events(5, 2)).has(FileKind::Events));
  EXPECT_TRUE(recording(thumbnail(5, 2)).has(FileKind::Thumbnail));
}

TEST_F(SidecarsTest, ThatOneIsMissingIsBelievedWhereTheVideoIsThere) {
  account.dangling.insert(events(5));
  server.remove(events(5));
  server.put({id(5, 1), FileKind::Video}, "");  // no recording's, but there
  account.dangling.insert(events(5, 1));
  server.remove(events(5, 1));
  for (const FileKey key : {events(5), events(5, 1)}) {
    const auto probed = probe(key);
    ASSERT_FALSE(probed);
    EXPECT_EQ(probed.error().code, Errc::NotFound);
    EXPECT_FALSE(recording(key).has(FileKind::Events));
  }
}

TEST_F(SidecarsTest, OfWhatIsMissingTheVideoIsAskedForAsSoonAsItWas) {
  for (std::uint64_t i = 0; i < a_day_; ++i) {
    account.dangling.insert(events(5, i));
    server.remove(events(5, i));
  }
  ASSERT_FALSE(probe(events(5)));
  clock.run(loop);
  std::map<RecordingId, std::vector<Priority>> asked;
  for (const auto& one : server.asked) {
    if (one.key.kind == FileKind::Video) asked[one.key.id].push_back(one.priority);
  }
  EXPECT_THAT(asked[id(5, 0)], ElementsAre(Priority::Interactive));
  for (std::uint64_t i = 1; i < a_day_; ++i) EXPECT_THAT(asked[id(5, i)], ElementsAre(Priority::Small)) << i;
}

TEST_F(SidecarsTest, WhoComesWhileTheVideoIsAskedForHasNothingAskedAgain) {
  account.dangling.insert(events(5, 1));
  server.remove(events(5, 1));
  struct Probe {
    static Task<> run(SidecarsTest& test, FileKey key) { co_await test.content->probe(test.day_of(key), key); }
  };
  const auto times_asked = [&] {
    return std::count_if(server.asked.begin(), server.asked.end(),
                         [](const auto& one) { return one.key == events(5, 1); });
  };
  std::ptrdiff_t before = 0;
  server.on_request = [&](const FakeMediaServer::Asked& one) {
    if (one.key.kind != FileKind::Video || before != 0) return;
    before = times_asked();
    loop.spawn(Probe::run(*this, events(5, 1)));
  };
  ASSERT_TRUE(probe(events(5)));
  clock.run(loop);
  EXPECT_EQ(before, 2) << "by a fresh URL as well";
  EXPECT_EQ(times_asked(), before);
}

TEST_F(SidecarsTest, AHostThatHasNothingAtAllIsNotBelieved) {
  server.behaviour.status = 404;
  const MonotonicTime begin = clock.now();
  const auto probed = probe(events(5));
  ASSERT_FALSE(probed);
  EXPECT_EQ(probed.error().code, Errc::Unavailable);
  EXPECT_GE(clock.now() - begin, options.retry.retry_for);
  EXPECT_LT(server.asked.size(), 150u) << "only what is waited for is asked for again";
  for (std::uint64_t i = 0; i < a_day_; ++i) EXPECT_TRUE(recording(events(5, i)).has(FileKind::Events));

  server.behaviour.status = 0;
  EXPECT_TRUE(probe(events(5)));
}

TEST_F(SidecarsTest, AHostThatFindsItsWayAgainIsAskedAnew) {
  const MonotonicTime begin = clock.now();
  server.choose = [&] { return MediaBehaviour{.status = clock.now() - begin < 5s ? 410 : 0}; };
  EXPECT_TRUE(probe(events(5)));
  EXPECT_EQ(recording(events(5)).size(FileKind::Events), server.at(events(5)).bytes.size());
}

/// A day of more than may be under way.
class ManySidecarsTest : public SidecarsTest {
 public:
  ManySidecarsTest() : SidecarsTest(200, 8 * kMiB) {}
};

TEST_F(ManySidecarsTest, NoMoreAreUnderWayThanMemoryCanTake) {
  ASSERT_TRUE(probe(events(3, 50)));
  settle();
  EXPECT_EQ(asked_days(), (Days{{3, 16}}));
  ASSERT_TRUE(probe(events(3, 100)));
  settle();
  EXPECT_EQ(asked_days(), (Days{{3, 16}}));
  EXPECT_LE(content->memory_in_use(), 8 * kMiB);
}

TEST_F(ManySidecarsTest, NorContents) {
  know_all_sizes();
  server.behaviour.never_answer = true;
  struct Read {
    static Task<> run(SidecarsTest& test, FileKey key, std::unique_ptr<Reader>& opened) {
      opened = test.content->open(test.day_of(key), key, test.server.at(key).bytes.size());
      co_await opened->read(0, 10);
    }
  };
  std::vector<std::unique_ptr<Reader>> opened(10);
  for (std::uint64_t i = 0; i < opened.size(); ++i) loop.spawn(Read::run(*this, events(3, 190 - 10 * i), opened[i]));
  settle();
  EXPECT_LE(server.under_way, 16 + 10);
  loop.cancel_all();
  settle();
}

TEST_F(ManySidecarsTest, WhatWasReadIsNotBroughtAgain) {
  know_all_sizes();
  const FileKey large{id(9, 0), FileKind::Video};
  server.put(large, make_bytes(6 * kMiB));
  for (std::uint64_t i = 0; i < 40; ++i) {
    for (const FileKey key : {events(3, i), thumbnail(3, i)}) ASSERT_EQ(read(key), server.at(key).bytes);
    if (i % 8 != 7) continue;
    // Somebody reads a video meanwhile, and takes all the memory there is.
    auto opened = content->open(day(9), large, 6 * kMiB);
    ASSERT_TRUE(run_task(loop, clock, read_all(*opened, kMiB)));
  }
  std::map<FileKey, int> asked;
  for (const auto& one : server.asked) ++asked[one.key];
  for (std::uint64_t i = 0; i < 8; ++i) EXPECT_EQ(asked[events(3, i)], 1) << i;
}

TEST_F(ManySidecarsTest, ACopierOfMoreThanMemoryHoldsAsksForEachOnce) {
  std::size_t peak = 0;
  for (int number = 1; number <= 2; ++number) {
    for (std::uint64_t i = 0; i < a_day_; ++i) {
      for (const FileKey key : {events(number, i), thumbnail(number, i)}) {
        if (!recording(key).size(key.kind)) {
          ASSERT_TRUE(probe(key));
        }
        ASSERT_EQ(read(key), server.at(key).bytes);
        peak = std::max(peak, content->memory_in_use());
      }
    }
  }
  const auto asked = asked_days();
  EXPECT_EQ(asked.at(1), 400);
  EXPECT_EQ(asked.at(2), 400);
  EXPECT_LE(peak, 8 * kMiB);
}

}  // namespace
}  // namespace g2afs::test
