// SPDX-License-Identifier: MIT
#include "g2afs/content/content.hpp"

#include <algorithm>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "content_fixture.hpp"

#include "g2afs/catalog/catalog.hpp"
#include "g2afs/catalog/enumerator.hpp"

namespace g2afs::test {
namespace {

using namespace std::chrono_literals;
using testing::IsEmpty;
using testing::SizeIs;

/// A day with three recordings, each with a video, events and a thumbnail, that has been listed.
class ContentTest : public testing::Test, public MediaWorld {
 public:
  ContentTest() {
    for (std::uint64_t id = 1; id <= 3; ++id) {
      add_video(id, make_bytes(300'000, static_cast<std::uint32_t>(id)));
      server.put(events(id), make_bytes(10'000 + id));
      server.put(thumbnail(id), make_bytes(2'000 + id));
    }
    const auto listed = run_task(loop, clock, catalog.list(DateDir::of(day)));
    EXPECT_TRUE(listed);
    server.asked.clear();
    account.calls.clear();
  }
  void TearDown() override {
    EXPECT_TRUE(finish());
    EXPECT_EQ(server.under_way, 0);
  }

  static FileKey video(std::uint64_t id) { return {RecordingId{id}, FileKind::Video}; }
  static FileKey events(std::uint64_t id) { return {RecordingId{id}, FileKind::Events}; }
  static FileKey thumbnail(std::uint64_t id) { return {RecordingId{id}, FileKind::Thumbnail}; }

  Result<void> probe(FileKey key) { return run_task(loop, clock, content.probe(day, key)); }
  std::optional<std::uint64_t> known_size(FileKey key) const {
    const auto tree = catalog.tree();
    return tree->find(day)->find(key.id)->size(key.kind);
  }
  bool listed(FileKey key) const {
    const auto tree = catalog.tree();
    return tree->find(day)->find(key.id)->has(key.kind);
  }
  std::string bytes(FileKey key) { return server.at(key).bytes; }

  static Task<Result<std::string>> read_text(Reader& reader, std::uint64_t offset, std::size_t size) {
    const auto slices = co_await reader.read(offset, size);
    if (!slices) co_return fail(slices.error());
    co_return text_of(*slices);
  }
  Result<std::string> read(std::unique_ptr<Reader>& reader, std::uint64_t offset, std::size_t size) {
    return run_task(loop, clock, read_text(*reader, offset, size));
  }
  /// Probes without waiting; counts a success.
  static Task<> probe_beside(ContentTest& test, FileKey key, int& successes) {
    const auto probed = co_await test.content.probe(test.day, key);
    if (probed) ++successes;
  }
  /// Reads a whole file; counts one that came as it is.
  static Task<> copy(ContentTest& test, Content& from, FileKey key, int& successes, std::size_t piece = 128 * 1024) {
    const std::string& expected = test.server.at(key).bytes;
    auto opened = from.open(test.day, key, expected.size());
    std::string text;
    while (text.size() < expected.size()) {
      const auto slices = co_await opened->read(text.size(), piece);
      if (!slices) co_return;
      text += text_of(*slices);
    }
    if (text == expected) ++successes;
  }
  int asked_for(FileKey key) const {
    return static_cast<int>(
        std::count_if(server.asked.begin(), server.asked.end(), [&](const auto& one) { return one.key == key; }));
  }

  Enumerator enumerator{
      loop, account, clock, *log, *Zone::find("UTC"), Filters{}, [this](std::span<const MediaEntry> entries) {
        urls.remember(entries);
      }};
  Catalog catalog{loop, enumerator, clock, metrics, *log, CatalogOptions{}};
  Content content{loop, transport, urls, catalog, clock, metrics, *log, ContentOptions{}};
  const Day day = Zone::find("UTC")->day_of(clock.wall_now());
};

// Probes

TEST_F(ContentTest, AProbeLearnsTheSizeIntoTheTree) {
  EXPECT_EQ(known_size(events(1)), std::nullopt);
  ASSERT_TRUE(probe(events(1)));
  EXPECT_EQ(known_size(events(1)), 10'001u);
}

TEST_F(ContentTest, TheOtherSidecarsOfTheDayAreProbedAlong) {
  ASSERT_TRUE(probe(events(2)));
  for (std::uint64_t id = 1; id <= 3; ++id) {
    EXPECT_EQ(known_size(events(id)), 10'000 + id);
    EXPECT_EQ(known_size(thumbnail(id)), 2'000 + id);
  }
  EXPECT_THAT(server.asked, SizeIs(6));  // no video among them, and none twice
  EXPECT_EQ(server.asked.front().key, events(2));
  EXPECT_EQ(server.asked.front().priority, Priority::Interactive);
  EXPECT_EQ(server.asked.back().priority, Priority::Small);
  EXPECT_THAT(account.calls, IsEmpty());  // their URLs came with the listing
}

TEST_F(ContentTest, TheContentOfAProbedSidecarIsReadWithoutARequest) {
  ASSERT_TRUE(probe(events(1)));
  server.asked.clear();
  for (const FileKey key : {events(1), thumbnail(3)}) {
    auto opened = content.open(day, key, *known_size(key));
    EXPECT_EQ(read(opened, 0, 100'000).value_or(""), bytes(key));
  }
  EXPECT_THAT(server.asked, IsEmpty());
}

TEST_F(ContentTest, ASidecarLargerThanAProbeIsCompletedByReading) {
  server.put(events(1), make_bytes(200'000));
  ASSERT_TRUE(probe(events(1)));
  EXPECT_EQ(known_size(events(1)), 200'000u);
  auto opened = content.open(day, events(1), 200'000);
  EXPECT_TRUE(read(opened, 0, 200'000).value_or("") == bytes(events(1)));
  EXPECT_EQ(asked_for(events(1)), 2);
  EXPECT_EQ(server.asked.back().range, (ByteRange{kProbeSize, 200'000}));
}

TEST_F(ContentTest, ProbesOfServersThatIgnoreRanges) {
  server.behaviour.ignore_ranges = true;
  ASSERT_TRUE(probe(events(1)));
  EXPECT_EQ(known_size(events(1)), 10'001u);
  EXPECT_EQ(known_size(thumbnail(3)), 2'003u);
}

TEST_F(ContentTest, ProbesOfServersThatSayNoLength) {
  server.behaviour.ignore_ranges = true;
  server.behaviour.announce_length = false;
  ASSERT_TRUE(probe(events(1)));
  EXPECT_EQ(known_size(events(1)), 10'001u);
}

TEST_F(ContentTest, ProbesOfEmptyFiles) {
  server.put(events(1), "");
  ASSERT_TRUE(probe(events(1)));
  EXPECT_EQ(known_size(events(1)), 0u);
  auto opened = content.open(day, events(1), 0);
  EXPECT_EQ(read(opened, 0, 10).value_or("failed"), "");
}

TEST_F(ContentTest, ASidecarThatIsGoneLeavesTheListing) {
  account.dangling.insert(events(1));
  server.remove(events(1));
  const auto probed = probe(events(1));
  ASSERT_FALSE(probed);
  EXPECT_EQ(probed.error().code, Errc::NotFound);
  EXPECT_FALSE(listed(events(1)));
  EXPECT_TRUE(listed(thumbnail(1)));
}

TEST_F(ContentTest, AProbeThatFailsOtherwiseLeavesTheSizeUnknown) {
  server.behaviour.status = 500;
  const auto probed = probe(events(1));
  ASSERT_FALSE(probed);
  EXPECT_EQ(probed.error().code, Errc::Unavailable);
  EXPECT_TRUE(listed(events(1)));
  EXPECT_EQ(known_size(events(1)), std::nullopt);
  server.behaviour = {};
  ASSERT_TRUE(probe(events(1)));
  EXPECT_EQ(known_size(events(1)), 10'001u);
}

TEST_F(ContentTest, ProbesAtOnceShareTheirRequests) {
  int done = 0;
  for (int i = 0; i < 3; ++i) {
    loop.spawn(probe_beside(*this, events(1), done));
    loop.spawn(probe_beside(*this, thumbnail(2), done));
  }
  clock.run(loop);
  EXPECT_EQ(done, 6);
  EXPECT_THAT(server.asked, SizeIs(6));
}

TEST_F(ContentTest, ACancelledProbeLeavesItToTheOthers) {
  int done = 0;
  const TaskId first = loop.spawn(probe_beside(*this, events(1), done));
  loop.spawn(probe_beside(*this, events(1), done));
  server.on_request = [&](const FakeMediaServer::Asked&) { loop.cancel(first); };
  clock.run(loop);
  EXPECT_EQ(done, 1);
}

TEST_F(ContentTest, AProbeThatAlwaysBreaksOffEndsInTime) {
  server.put(events(1), make_bytes(50'000));
  server.behaviour.ignore_ranges = true;
  server.behaviour.announce_length = false;
  server.behaviour.cut_after = 10'000;
  const MonotonicTime start = clock.now();
  EXPECT_FALSE(probe(events(1)));
  EXPECT_LE(clock.now() - start, 130s);
}

// Opening

TEST_F(ContentTest, ReadsAVideo) {
  auto opened = content.open(day, video(1), 300'000);
  EXPECT_TRUE(read(opened, 100'000, 100'000).value_or("") == bytes(video(1)).substr(100'000, 100'000));
}

TEST_F(ContentTest, ALaterOpenFindsWhatWasRead) {
  {
    auto opened = content.open(day, video(1), 300'000);
    EXPECT_EQ(opened->page_cache(), PageCache::Keep) << "the kernel holds nothing of it";
    ASSERT_TRUE(read(opened, 0, 100'000));
  }
  server.asked.clear();
  auto opened = content.open(day, video(1), 300'000);
  EXPECT_EQ(opened->page_cache(), PageCache::Keep);
  EXPECT_TRUE(read(opened, 0, 100'000).value_or("") == bytes(video(1)).substr(0, 100'000));
  EXPECT_THAT(server.asked, IsEmpty());
}

TEST_F(ContentTest, AnotherAnnouncedSizeIsAnotherObject) {
  auto before = content.open(day, video(1), 300'000);
  ASSERT_TRUE(read(before, 0, 4096));
  server.replace(video(1), make_bytes(200'000, 77));
  auto after = content.open(day, video(1), 200'000);
  EXPECT_TRUE(read(after, 0, 200'000).value_or("") == bytes(video(1)));
  // The old handle fails also where memory holds the old object, and beyond the end of the new one.
  for (const std::uint64_t at : {0, 280'000, 300'000}) EXPECT_EQ(read(before, at, 4096).error().code, Errc::Changed);
}

TEST_F(ContentTest, AChangedObjectFailsForItsHandleAndTheNextOpenSeesTheNewOne) {
  auto before = content.open(day, video(1), 300'000);
  ASSERT_TRUE(read(before, 0, 4096));
  server.replace(video(1), make_bytes(300'000, 77));
  EXPECT_EQ(read(before, 200'000, 4096).error().code, Errc::Changed);
  EXPECT_EQ(read(before, 0, 4096).error().code, Errc::Changed);
  auto after = content.open(day, video(1), 300'000);
  EXPECT_TRUE(read(after, 0, 300'000).value_or("") == bytes(video(1)));
  EXPECT_EQ(read(before, 0, 4096).error().code, Errc::Changed);
}

TEST_F(ContentTest, WhileAnOlderVersionIsOpenANewOneIsReadPastThePageCache) {
  auto old = content.open(day, video(1), 300'000);
  ASSERT_TRUE(read(old, 0, 4096));
  server.replace(video(1), make_bytes(300'000, 77));
  ASSERT_FALSE(read(old, 200'000, 4096));
  for (int i = 0; i < 2; ++i) {
    auto beside = content.open(day, video(1), 300'000);
    EXPECT_EQ(beside->page_cache(), PageCache::Bypass);
    ASSERT_TRUE(read(beside, 0, 300'000));
  }
  auto other_file = content.open(day, video(2), 300'000);
  EXPECT_EQ(other_file->page_cache(), PageCache::Keep);
  // What was read past the page cache is not in it: pages of the old version may still be.
  old.reset();
  auto first = content.open(day, video(1), 300'000);
  EXPECT_EQ(first->page_cache(), PageCache::Clear);
  ASSERT_TRUE(read(first, 0, 4096));
  EXPECT_EQ(content.open(day, video(1), 300'000)->page_cache(), PageCache::Keep);
}

TEST_F(ContentTest, AVersionAnnouncedBesideAnOpenOneIsReadPastThePageCache) {
  auto old = content.open(day, video(1), 300'000);
  ASSERT_TRUE(read(old, 0, 300'000));
  server.replace(video(1), make_bytes(200'000, 77));
  EXPECT_EQ(content.open(day, video(1), 200'000)->page_cache(), PageCache::Bypass);
}

TEST_F(ContentTest, PagesAreKeptOnlyOnceAReadShowsThatTheKernelHasDroppedThoseBefore) {
  auto old = content.open(day, video(1), 300'000);
  ASSERT_TRUE(read(old, 0, 4096));
  server.replace(video(1), make_bytes(300'000, 77));
  ASSERT_FALSE(read(old, 200'000, 4096));
  old.reset();
  auto first = content.open(day, video(1), 300'000);
  EXPECT_EQ(first->page_cache(), PageCache::Clear);
  auto second = content.open(day, video(1), 300'000);  // the kernel may still be about to open the first
  EXPECT_EQ(second->page_cache(), PageCache::Clear);
  ASSERT_TRUE(read(first, 0, 4096));
  EXPECT_EQ(content.open(day, video(1), 300'000)->page_cache(), PageCache::Keep);
}

TEST_F(ContentTest, AChangeForgetsTheSizeOfASidecar) {
  server.put(events(1), make_bytes(200'000));
  ASSERT_TRUE(probe(events(1)));
  auto opened = content.open(day, events(1), 200'000);
  server.replace(events(1), make_bytes(150'000, 9));
  EXPECT_EQ(read(opened, 190'000, 10).error().code, Errc::Changed);
  EXPECT_EQ(known_size(events(1)), std::nullopt);
  ASSERT_TRUE(probe(events(1)));
  EXPECT_EQ(known_size(events(1)), 150'000u);
  auto next = content.open(day, events(1), 150'000);
  EXPECT_TRUE(read(next, 0, 150'000).value_or("") == bytes(events(1)));
}

TEST_F(ContentTest, AVideoThatTurnedOutToBeAnotherIsListedAnew) {
  auto opened = content.open(day, video(1), 300'000);
  ASSERT_TRUE(read(opened, 0, 4096));
  server.replace(video(1), make_bytes(250'000, 77));
  account.add(RecordingId{1}, clock.wall_now(), 250'000);
  EXPECT_EQ(read(opened, 200'000, 4096).error().code, Errc::Changed);
  EXPECT_EQ(known_size(video(1)), 250'000u);
  auto next = content.open(day, video(1), 250'000);
  EXPECT_TRUE(read(next, 0, 250'000).value_or("") == bytes(video(1)));
}

// Many readers

ContentOptions within(std::size_t memory) {
  ContentOptions options;
  options.memory_limit = memory;
  return options;
}

TEST_F(ContentTest, ReadersShareTheMemory) {
  Content small(loop, transport, urls, catalog, clock, metrics, *log, within(8 * kMiB));
  for (std::uint64_t id = 10; id < 16; ++id) add_video(id, make_bytes(4 * kMiB, static_cast<std::uint32_t>(id)));
  std::vector<std::unique_ptr<Reader>> opened;
  for (std::uint64_t id = 10; id < 16; ++id) opened.push_back(small.open(day, video(id), 4 * kMiB));
  for (std::uint64_t at = 0; at < 4 * kMiB; at += 128 * 1024) {
    for (std::uint64_t id = 10; id < 16; ++id) {
      const auto text = read(opened[id - 10], at, 128 * 1024);
      ASSERT_TRUE(text);
      ASSERT_TRUE(*text == bytes(video(id)).substr(at, 128 * 1024));
      ASSERT_LE(small.memory_in_use(), 8 * kMiB);
    }
  }
  EXPECT_EQ(server.bytes_sent, 6 * 4 * kMiB);  // none was evicted before it was read
}

TEST_F(ContentTest, TwoHundredReadersMakeProgressInLittleMemory) {
  Content small(loop, transport, urls, catalog, clock, metrics, *log, within(4 * kMiB));
  int right = 0;
  for (std::uint64_t id = 1000; id < 1200; ++id) {
    add_video(id, make_bytes(400'000, static_cast<std::uint32_t>(id)));
    loop.spawn(copy(*this, small, video(id), right));
  }
  EXPECT_TRUE(clock.run(loop));
  EXPECT_EQ(right, 200);
}

TEST_F(ContentTest, ManyLargeReadsAtOnceStayWithinTheMemory) {
  for (std::uint64_t id = 1000; id < 1200; ++id) add_video(id, make_bytes(2 * kMiB, static_cast<std::uint32_t>(id)));
  transport.connections = Gate(32);
  for (const std::size_t limit : {8 * kMiB, 64 * kMiB}) {
    for (const bool ranges : {true, false}) {
      Content small(loop, transport, urls, catalog, clock, metrics, *log, within(limit));
      std::size_t peak = 0;
      server.bytes_sent = 0;
      server.behaviour.ignore_ranges = !ranges;
      server.on_piece = [&](const FakeMediaServer::Asked&) { peak = std::max(peak, small.memory_in_use()); };
      int right = 0;
      for (std::uint64_t id = 1000; id < 1200; ++id) loop.spawn(copy(*this, small, video(id), right, kMiB));
      EXPECT_TRUE(clock.run(loop));
      EXPECT_EQ(right, 200);
      EXPECT_LE(peak, limit);
      if (ranges) {
        EXPECT_EQ(server.bytes_sent, 400 * kMiB) << "something was evicted before it was read";
      }
    }
  }
  server.on_piece = nullptr;
}

TEST_F(ContentTest, WhatIsHereIsReadWhileOthersWaitForTheirTurn) {
  Content small(loop, transport, urls, catalog, clock, metrics, *log, within(4 * kMiB));
  auto known = small.open(day, video(1), 300'000);
  ASSERT_TRUE(read(known, 0, 300'000));
  add_video(10, make_bytes(8 * kMiB));
  server.behaviour.never_answer = true;
  auto hanging = small.open(day, video(10), 8 * kMiB);
  struct Read {
    static Task<> run(Reader& reader, std::uint64_t at) { co_await reader.read(at, kMiB); }
  };
  std::vector<TaskId> reads;
  for (std::uint64_t at = 0; at < 8 * kMiB; at += kMiB) reads.push_back(loop.spawn(Read::run(*hanging, at)));
  settle();
  EXPECT_TRUE(read(known, 0, 300'000).value_or("") == bytes(video(1)));
  // One in line that is cancelled leaves it, and one under way gives its place on.
  loop.cancel(reads[5]);
  loop.cancel(reads[0]);
  settle();
  server.behaviour = {};
  auto other = small.open(day, video(2), 300'000);
  for (const TaskId id : reads) loop.cancel(id);
  EXPECT_TRUE(read(other, 0, 300'000).value_or("") == bytes(video(2)));
}

TEST_F(ContentTest, ShowsOpenFiles) {
  EXPECT_THAT(content.open_files(), IsEmpty());
  auto opened = content.open(day, video(1), 300'000);
  clock.advance(2s);
  ASSERT_TRUE(read(opened, 1000, 500));
  const auto files = content.open_files();
  ASSERT_THAT(files, SizeIs(1));
  EXPECT_EQ(files[0].key, video(1));
  EXPECT_EQ(files[0].size, 300'000u);
  EXPECT_EQ(files[0].position, 1500u);
  EXPECT_EQ(files[0].bytes_read, 500u);
  EXPECT_EQ(files[0].bytes_per_second, 250.0);
  EXPECT_EQ(files[0].streams, 0u);
  EXPECT_EQ(files[0].last_read, Duration::zero());
  auto again = content.open(day, video(1), 300'000);
  EXPECT_NE(content.open_files()[1].number, content.open_files()[0].number);
  EXPECT_EQ(metrics.open_files.Value(), 2);
  opened.reset();
  again.reset();
  EXPECT_THAT(content.open_files(), IsEmpty());
  EXPECT_EQ(metrics.open_files.Value(), 0);
}

TEST_F(ContentTest, ClosingTheLastReaderEndsItsFetches) {
  server.behaviour.never_answer = true;
  auto one = content.open(day, video(1), 300'000);
  auto other = content.open(day, video(1), 300'000);
  struct Read {
    static Task<> run(Reader& reader) { co_await reader.read(0, 10); }
  };
  const TaskId reading = loop.spawn(Read::run(*one));
  settle();
  EXPECT_EQ(server.under_way, 1);
  loop.cancel(reading);
  settle();
  EXPECT_EQ(server.under_way, 1);  // the other may want it
  one.reset();
  settle();
  EXPECT_EQ(server.under_way, 1);
  other.reset();
  settle();
  EXPECT_EQ(server.under_way, 0);
  EXPECT_EQ(loop.running(), 0u);
}

TEST_F(ContentTest, TheMemoryStaysWithinItsLimit) {
  Content small(loop, transport, urls, catalog, clock, metrics, *log, within(2 * kMiB));
  add_video(10, make_bytes(16 * kMiB));
  auto opened = small.open(day, video(10), 16 * kMiB);
  for (std::uint64_t at = 0; at < 16 * kMiB; at += 128 * 1024) {
    ASSERT_TRUE(read(opened, at, 128 * 1024));
    ASSERT_LE(small.memory_in_use(), 2 * kMiB);
  }
  EXPECT_EQ(server.bytes_sent, 16 * kMiB);
}

}  // namespace
}  // namespace g2afs::test
