// SPDX-License-Identifier: MIT
#include "g2afs/catalog/store.hpp"

#include <SQLiteCpp/SQLiteCpp.h>
#include <functional>
#include <map>
#include <string>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "catalog_world.hpp"
#include "fakes/temporary_directory.hpp"

#include "g2afs/catalog/tree_update.hpp"

namespace g2afs::test {
namespace {

namespace stdfs = std::filesystem;
using testing::HasSubstr;
using testing::Not;

constexpr Duration kTtl = 60s;

std::string text_of(const Listed& listed) {
  if (!listed) return "not listed";
  return fmt::format("listed {} {}-{}", static_cast<int>(listed->how), listed->span.begin.number,
                     listed->span.end.number);
}

std::string text_of(const Recording& one) {
  const auto size = [](const LearnedSize& learned) {
    return learned.absent() ? "-" : learned.bytes() ? std::to_string(*learned.bytes()) : "?";
  };
  return fmt::format("{} {} {} {} {} {} {} {} {} {}", one.id.value, format_iso8601(one.start), one.video_size,
                     size(one.events_size), size(one.thumbnail_size), to_string(one.state), one.archived,
                     to_string(one.thumbnail_suffix), one.misses, one.misses == 0 ? 0 : one.missing_since);
}

/// Everything that is to be remembered, a line each.
std::string text_of(const Tree& tree) {
  std::string text = "/ " + text_of(tree.listed) + "\n";
  for (const auto& year : tree.years) {
    text += fmt::format("{} {} {} {}\n", year->year, year->occupied, year->claimed, text_of(year->listed));
    for (const auto& month : year->months) {
      text += fmt::format("{}/{} {} {} {}\n", month->year, month->month, month->occupied, month->claimed,
                          text_of(month->listed));
      for (const auto& day : month->days) {
        text += fmt::format("{} {} {}\n", DateDir::of(day->day).path(), day->occupied, text_of(day->listed));
        for (const Recording& one : day->recordings) text += text_of(one) + "\n";
      }
    }
  }
  return text;
}

class StoreTest : public testing::Test {
 protected:
  std::shared_ptr<const Tree> load() {
    Store store(path, kTtl, world.clock, world.log);
    return store.load();
  }
  void save(std::shared_ptr<const Tree> tree, const std::vector<Day>& learnt = {}) {
    Store store(path, kTtl, world.clock, world.log);
    store.load();
    store.changed(std::move(tree));
    for (const Day day : learnt) store.changed(day);
  }
  /// A tree of a thousand recordings of all kinds.
  std::shared_ptr<const Tree> some_tree() {
    AccountMaker(world, 7).fill(DaySpan{day(2015, 11, 1), day(2016, 12, 1)}, 1'000);
    EXPECT_TRUE(world.find());
    return world.catalog.tree();
  }
  bool set_aside() const { return stdfs::exists(path.string() + ".damaged"); }

  TemporaryDirectory directory;
  stdfs::path path = directory / "state" / "catalog.sqlite";
  CatalogWorld world;
};

TEST_F(StoreTest, ANewOneIsEmptyAndPrivate) {
  EXPECT_EQ(text_of(*load()), text_of(Tree{}));
  EXPECT_EQ(stdfs::status(path).permissions(), stdfs::perms(0600));
  EXPECT_EQ(stdfs::status(path.parent_path()).permissions(), stdfs::perms(0700));
  EXPECT_EQ(world.logged("catalog.sqlite"), 0u);
}

TEST_F(StoreTest, RemembersAWholeTree) {
  const auto tree = some_tree();
  save(tree);
  EXPECT_EQ(text_of(*load()), text_of(*tree));
  EXPECT_FALSE(set_aside());
}

TEST_F(StoreTest, RemembersAPartOfATree) {
  some_tree();
  CatalogWorld other;
  AccountMaker(other, 7).fill(DaySpan{day(2015, 11, 1), day(2016, 12, 1)}, 5'000);
  ASSERT_TRUE(other.list(DateDir::root()));
  ASSERT_TRUE(other.list_path({2016, 3, 4}));
  const auto tree = other.catalog.tree();
  save(tree);
  EXPECT_EQ(text_of(*load()), text_of(*tree));
}

TEST_F(StoreTest, RemembersIdsOfAllSizes) {
  for (const std::uint64_t id : {std::uint64_t{1}, std::uint64_t{1} << 43, std::uint64_t{1} << 63, ~std::uint64_t{0}}) {
    world.add(id, at("2016-05-06T07:08:09.123Z"));
  }
  ASSERT_TRUE(world.find());
  save(world.catalog.tree());
  const auto tree = load();
  for (const std::uint64_t id : {std::uint64_t{1}, std::uint64_t{1} << 43, std::uint64_t{1} << 63, ~std::uint64_t{0}}) {
    EXPECT_NE(tree->find(day(2016, 5, 6))->find({id}), nullptr) << id;
  }
}

TEST_F(StoreTest, RemembersSizesThatWereLearntInPlace) {
  world.add(1, at("2016-05-06T07:08:09Z"));
  world.add(2, at("2016-05-06T08:08:09Z"));
  ASSERT_TRUE(world.find());
  const auto tree = world.catalog.tree();
  save(tree);
  const Day date = day(2016, 5, 6);
  world.catalog.learn_size(date, {{1}, FileKind::Events}, 4711);
  world.catalog.learn_absent(date, {{2}, FileKind::Thumbnail});
  save(tree, {date});
  EXPECT_EQ(text_of(*load()), text_of(*tree));
}

/// What changed, day after day, is what is remembered in the end, whatever was written in between.
RC_GTEST_PROP(Store, RemembersTheLastOfManyTrees, ()) {
  const TemporaryDirectory directory;
  const auto path = directory / "catalog.sqlite";
  CatalogWorld world;
  AccountMaker maker(world, *rc::gen::arbitrary<std::uint32_t>());
  const DaySpan days{day(2016, 9, 1), day(2016, 12, 1)};
  auto store = std::make_unique<Store>(path, kTtl, world.clock, world.log);
  store->load();
  const int rounds = *rc::gen::inRange(1, 8);
  for (int round = 0; round < rounds; ++round) {
    maker.fill(days, *rc::gen::inRange(0, 40));
    std::vector<RecordingId> gone;
    world.api.for_each([&](const FakeRecording& one) {
      if (maker.chance(10)) gone.push_back(one.id);
    });
    for (const RecordingId id : gone) world.api.remove(id);
    if (*rc::gen::arbitrary<bool>()) {
      // A process after the other; the clock may not be turned while one runs.
      store = nullptr;
      world.clock.advance(2 * kTtl);
      store = std::make_unique<Store>(path, kTtl, world.clock, world.log);
      store->load();
    }
    RC_ASSERT(world.find());
    store->changed(world.catalog.tree());
  }
  store = nullptr;
  Store again(path, kTtl, world.clock, world.log);
  RC_ASSERT(text_of(*again.load()) == text_of(*world.catalog.tree()));
}

TEST_F(StoreTest, WhatIsLoadedIsToBeCheckedAgain) {
  save(some_tree());
  const auto age = [&](const Tree& tree) {
    return world.clock.now() - tree.years.at(0)->months.at(0)->days.at(0)->listed->at;
  };
  EXPECT_EQ(age(*load()), kTtl) << "also at once";
  world.clock.advance(1h);
  EXPECT_EQ(age(*load()), 1h);
}

TEST_F(StoreTest, AClockThatWasSetBackMakesNothingYounger) {
  save(some_tree());
  FakeClock earlier(at("2001-01-01T00:00:00Z"));
  Store store(path, kTtl, earlier, world.log);
  const auto tree = store.load();
  EXPECT_EQ(earlier.now() - tree->years.at(0)->months.at(0)->days.at(0)->listed->at, kTtl);
}

TEST_F(StoreTest, RemembersSinceWhenOneIsMissing) {
  world.clock.advance(48h);
  world.add(1, at("2016-05-06T07:08:09Z"), State::Untranscoded);
  world.add(2, at("2016-05-06T07:08:09Z"));
  ASSERT_TRUE(world.find());
  world.api.remove({1});
  world.clock.advance(2 * kTtl);
  ASSERT_TRUE(world.refresh(DateDir::root()));
  const auto tree = world.catalog.tree();
  save(tree);
  EXPECT_THAT(text_of(*tree), HasSubstr("transcoding"));
  EXPECT_EQ(text_of(*load()), text_of(*tree));
  // A machine that has just been started: it is missing since before that.
  FakeClock other(world.clock.wall_now() + 1h);
  Store store(path, kTtl, other, world.log);
  const auto loaded = store.load();
  const Recording* one = loaded->find(day(2016, 5, 6))->find({1});
  ASSERT_NE(one, nullptr);
  EXPECT_EQ(other.now().since_start - std::chrono::seconds{one->missing_since}, 1h);
}

// Files that are not as they were written

TEST_F(StoreTest, ADamagedFileIsSetAside) {
  const auto tree = some_tree();
  save(tree);
  const std::string sound = read_file(path);
  ASSERT_GT(sound.size(), 50'000u);
  std::mt19937 random(11);
  int seen = 0;
  for (int round = 0; round < 120; ++round) {
    std::string bad = sound;
    const auto at = std::uniform_int_distribution<std::size_t>(0, bad.size() - 1)(random);
    switch (round % 3) {
      case 0: bad.resize(at); break;
      case 1: bad[at] = static_cast<char>(bad[at] ^ (1 << round / 3 % 8)); break;
      default:
        std::fill(bad.begin() + static_cast<std::ptrdiff_t>(at),
                  bad.begin() + static_cast<std::ptrdiff_t>(std::min(at + 512, bad.size())), '\0');
    }
    stdfs::remove(path.string() + ".damaged");
    write_file(path, bad);
    const std::string loaded = text_of(*load());
    if (set_aside()) {
      ++seen;
      EXPECT_EQ(loaded, text_of(Tree{})) << "round " << round;
      EXPECT_EQ(text_of(*load()), text_of(Tree{})) << "a new one is begun";
    } else {
      EXPECT_TRUE(loaded == text_of(*tree) || loaded == text_of(Tree{})) << "round " << round << ", byte " << at;
    }
  }
  EXPECT_GT(seen, 60);
  EXPECT_EQ(world.logged("set aside"), static_cast<std::size_t>(seen));
}

TEST_F(StoreTest, AForeignFileIsSetAsideAsItIs) {
  stdfs::create_directories(path.parent_path());
  write_file(path, "a diary");
  EXPECT_EQ(text_of(*load()), text_of(Tree{}));
  EXPECT_EQ(read_file(path.string() + ".damaged"), "a diary");
  EXPECT_EQ(world.logged("set aside"), 1u);
}

TEST_F(StoreTest, AnotherProgramsDatabaseIsSetAside) {
  stdfs::create_directories(path.parent_path());
  SQLite::Database(path.string(), SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE).exec("CREATE TABLE directory(x)");
  EXPECT_EQ(text_of(*load()), text_of(Tree{}));
  EXPECT_TRUE(set_aside());
  EXPECT_EQ(world.logged("another program's"), 1u);
}

TEST_F(StoreTest, AFileOfALaterVersionIsSetAside) {
  save(some_tree());
  SQLite::Database(path.string(), SQLite::OPEN_READWRITE).exec("PRAGMA user_version = 99");
  EXPECT_EQ(text_of(*load()), text_of(Tree{}));
  EXPECT_EQ(world.logged("a later version of g2afs"), 1u);
}

TEST_F(StoreTest, AChangedValueIsNotBelieved) {
  save(some_tree());
  SQLite::Database(path.string(), SQLite::OPEN_READWRITE).exec("UPDATE recording SET video_size = video_size + 1");
  EXPECT_EQ(text_of(*load()), text_of(Tree{}));
  EXPECT_EQ(world.logged("a checksum is wrong"), 1u);
}

TEST_F(StoreTest, AMissingRecordingIsNoticed) {
  save(some_tree());
  SQLite::Database(path.string(), SQLite::OPEN_READWRITE)
      .exec("DELETE FROM recording WHERE id = (SELECT max(id) FROM recording)");
  EXPECT_EQ(text_of(*load()), text_of(Tree{}));
  EXPECT_EQ(world.logged("is missing"), 1u);
}

TEST_F(StoreTest, DaysThatWereWrittenBeforeWhatIsAboveThemAreShown) {
  save(some_tree());
  SQLite::Database(path.string(), SQLite::OPEN_READWRITE).exec("DELETE FROM directory WHERE day = 0");
  const auto tree = load();
  EXPECT_FALSE(tree->listed);
  for (const auto& year : tree->years) {
    EXPECT_TRUE(year->occupied);
    EXPECT_FALSE(year->listed);
  }
  EXPECT_FALSE(tree->years.empty());
}

// Where nothing can be written

TEST_F(StoreTest, ADirectoryThatCannotBeMadeIsAWarning) {
  write_file(path.parent_path(), "in the way");
  const auto tree = some_tree();
  save(tree);
  EXPECT_EQ(text_of(*load()), text_of(Tree{}));
  EXPECT_EQ(world.logged("not remembered"), 2u) << "once a process";
}

TEST_F(StoreTest, TwoMountsMayWriteAtOnce) {
  Store one(path, kTtl, world.clock, world.log), two(path, kTtl, world.clock, world.log);
  one.load();
  two.load();
  const auto tree = some_tree();
  for (Store* store : {&one, &two, &one}) store->changed(tree);
  // Both write at their end; neither gets in the other's way.
}

}  // namespace
}  // namespace g2afs::test
