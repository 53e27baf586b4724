// SPDX-License-Identifier: MIT
#include "g2afs/content/content_file.hpp"

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "content_fixture.hpp"

namespace g2afs::test {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

class ContentFileTest : public testing::Test, protected FileWorld {
 protected:
  void TearDown() override {
    EXPECT_TRUE(finish());
    EXPECT_EQ(server.under_way, 0);
  }

  std::vector<ByteRange> ranges() const {
    std::vector<ByteRange> all;
    for (const auto& one : server.asked) all.push_back(one.range.value_or(ByteRange{}));
    return all;
  }
  Result<std::uint64_t> probe(ContentFile& file) { return run_task(loop, clock, file.probe(Priority::Bulk)); }

  /// Waits for a piece of a file; whether it came is added to `outcomes`.
  TaskId wait_for(ContentFile& file, ByteRange range, ByteRange wanted) {
    return loop.spawn(wait(*this, file, range, wanted));
  }
  TaskId wait_for(ContentFile& file, ByteRange range) { return wait_for(file, range, range); }
  static Task<> wait(ContentFileTest& test, ContentFile& file, ByteRange range, ByteRange wanted) {
    const auto block = co_await file.block(range, wanted);
    test.outcomes.push_back(block ? "came" : std::string(to_string(block.error().code)));
    if (!block) co_return;
    const auto bytes = (*block)->bytes(range);
    const std::string text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    EXPECT_EQ(text, test.server.at(file.key()).bytes.substr(range.begin, range.size()));
  }

  std::vector<std::string> outcomes;
};

// fetch

TEST_F(ContentFileTest, FetchesWhatIsMissingInOneRequest) {
  const auto video = file(add_video(1, make_bytes(4 * kMiB)));
  video->fetch({kMiB, 2 * kMiB}, Priority::Bulk);
  clock.run(loop);
  EXPECT_THAT(ranges(), ElementsAre(ByteRange{kMiB, 2 * kMiB}));
  EXPECT_TRUE(video->holds({kMiB, kMiB + kBlockSize}));
  EXPECT_FALSE(video->holds({kMiB - kPageSize, kMiB}));
}

TEST_F(ContentFileTest, FetchRoundsOutToPagesAndEndsWithTheFile) {
  const auto video = file(add_video(1, make_bytes(10'000)));
  video->fetch({5000, 5001}, Priority::Bulk);
  video->fetch({9000, 20'000}, Priority::Bulk);
  clock.run(loop);
  EXPECT_THAT(ranges(), ElementsAre(ByteRange{4096, 8192}, ByteRange{8192, 10'000}));
}

TEST_F(ContentFileTest, FetchLeavesOutWhatIsHere) {
  const auto video = file(add_video(1, make_bytes(4 * kMiB)));
  video->fetch({3 * kPageSize, 5 * kPageSize}, Priority::Bulk);
  clock.run(loop);
  video->fetch({0, 8 * kPageSize}, Priority::Bulk);
  clock.run(loop);
  EXPECT_THAT(ranges(), ElementsAre(ByteRange{3 * kPageSize, 5 * kPageSize}, ByteRange{0, 3 * kPageSize},
                                    ByteRange{5 * kPageSize, 8 * kPageSize}));
}

TEST_F(ContentFileTest, FetchLeavesOutWhatIsOnItsWay) {
  const auto video = file(add_video(1, make_bytes(4 * kMiB)));
  video->fetch({kMiB, 2 * kMiB}, Priority::Bulk);
  video->fetch({0, 3 * kMiB}, Priority::Bulk);
  video->fetch({0, 3 * kMiB}, Priority::Bulk);
  clock.run(loop);
  EXPECT_THAT(ranges(), ElementsAre(ByteRange{kMiB, 2 * kMiB}, ByteRange{0, kMiB}, ByteRange{2 * kMiB, 3 * kMiB}));
}

TEST_F(ContentFileTest, APageThatIsHalfHereIsNotAskedForAgain) {
  const auto video = file(add_video(1, make_bytes(kMiB)));
  server.largest_piece = 3000;
  server.on_piece = [&](const FakeMediaServer::Asked& one) {
    if (one.sent >= 10'000) video->fetch({0, 128 * 1024}, Priority::Bulk);
  };
  video->fetch({0, 128 * 1024}, Priority::Bulk);
  clock.run(loop);
  EXPECT_THAT(ranges(), ElementsAre(ByteRange{0, 128 * 1024}));
  EXPECT_EQ(server.overlaps, 0);
}

TEST_F(ContentFileTest, FetchesAreSentWithTheirPriority) {
  const auto video = file(add_video(1, make_bytes(kMiB)));
  video->fetch({0, 1}, Priority::Interactive);
  video->fetch({kPageSize, kPageSize + 1}, Priority::Bulk);
  clock.run(loop);
  EXPECT_EQ(server.asked.front().priority, Priority::Interactive);
  EXPECT_EQ(server.asked.back().priority, Priority::Bulk);
}

// block

TEST_F(ContentFileTest, WaitersShareAFetch) {
  const auto video = file(add_video(1, make_bytes(kMiB)));
  for (int i = 0; i < 5; ++i) wait_for(*video, {1000, 2000}, {1000, 50'000});
  wait_for(*video, {40'000, 41'000});
  clock.run(loop);
  EXPECT_THAT(outcomes, ElementsAre("came", "came", "came", "came", "came", "came"));
  EXPECT_THAT(ranges(), ElementsAre(ByteRange{0, 53'248}));
}

TEST_F(ContentFileTest, ABlockIsHandedOutAsSoonAsItIsHere) {
  const auto video = file(add_video(1, make_bytes(4 * kMiB)));
  std::uint64_t sent = 0;
  server.on_piece = [&](const FakeMediaServer::Asked& one) {
    if (outcomes.empty()) sent = one.sent;
  };
  wait_for(*video, {0, 1000}, {0, 4 * kMiB});
  clock.run(loop);
  EXPECT_THAT(outcomes, ElementsAre("came"));
  EXPECT_LE(sent, 512 * 1024u);
}

TEST_F(ContentFileTest, ABlockThatIsEvictedWhileItIsFilledStillComes) {
  // The cache holds one block only; three files fill theirs in turns.
  FileWorld tiny(7, 1);
  tiny.server.largest_piece = 1000;
  std::vector<std::shared_ptr<ContentFile>> files;
  std::vector<std::string> texts(3);
  struct Read {
    static Task<> run(ContentFile& file, std::string& out) {
      const ByteRange range{0, kBlockSize};
      const auto block = co_await file.block(range, range);
      if (!block) co_return;
      const auto bytes = (*block)->bytes(range);
      out.assign(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    }
  };
  for (std::uint32_t i = 0; i < 3; ++i) {
    files.push_back(tiny.file(tiny.add_video(i + 1, make_bytes(kBlockSize, i))));
    tiny.loop.spawn(Read::run(*files.back(), texts[i]));
  }
  EXPECT_TRUE(tiny.clock.run(tiny.loop));
  for (std::uint32_t i = 0; i < 3; ++i) EXPECT_EQ(texts[i], make_bytes(kBlockSize, i));
  EXPECT_EQ(tiny.server.bytes_sent, 3 * kBlockSize);
}

TEST_F(ContentFileTest, ACancelledWaiterLeavesTheFetchToTheOthers) {
  const auto video = file(add_video(1, make_bytes(kMiB)));
  const TaskId first = wait_for(*video, {0, 1000});
  wait_for(*video, {0, 1000});
  server.on_request = [&](const FakeMediaServer::Asked&) { loop.cancel(first); };
  clock.run(loop);
  EXPECT_THAT(outcomes, ElementsAre("came"));
  EXPECT_THAT(server.asked, SizeIs(1));
}

// Readers

TEST_F(ContentFileTest, WithTheLastReaderGoTheFetchesThatNobodyWaitsFor) {
  const auto video = file(add_video(1, make_bytes(kMiB)));
  server.behaviour.never_answer = true;
  video->add_reader();
  video->add_reader();
  video->fetch({0, kMiB}, Priority::Bulk);
  settle();
  video->remove_reader();
  settle();
  EXPECT_EQ(server.under_way, 1);
  video->remove_reader();
  settle();
  EXPECT_EQ(server.under_way, 0);
  EXPECT_EQ(loop.running(), 0u);
}

TEST_F(ContentFileTest, AFetchThatIsBeingGivenUpServesWhoComesMeanwhile) {
  const auto video = file(add_video(1, make_bytes(kMiB)));
  server.next.push_back({.never_answer = true});
  video->add_reader();
  video->fetch({0, kMiB}, Priority::Bulk);
  settle();
  video->remove_reader();  // cancels the fetch, at the next turn
  video->add_reader();
  wait_for(*video, {5000, 6000});
  clock.run(loop);
  EXPECT_THAT(outcomes, ElementsAre("came"));
}

TEST_F(ContentFileTest, AJumpEndsWhatNobodyWantsAndKeepsTheRest) {
  const auto video = file(add_video(1, make_bytes(4 * kMiB)));
  server.behaviour.never_answer = true;
  video->add_reader();
  video->fetch({0, kMiB}, Priority::Bulk);
  video->fetch({kMiB, 2 * kMiB}, Priority::Bulk);
  video->fetch({2 * kMiB, 3 * kMiB}, Priority::Bulk);
  wait_for(*video, {100, 200});
  settle();
  video->jumped({{kMiB + 5, kMiB + 10}});
  settle();
  EXPECT_EQ(server.under_way, 2);
}

TEST_F(ContentFileTest, AJumpOfOneOfTwoReadersEndsNothing) {
  const auto video = file(add_video(1, make_bytes(4 * kMiB)));
  server.behaviour.never_answer = true;
  video->add_reader();
  video->add_reader();
  video->fetch({0, kMiB}, Priority::Bulk);
  settle();
  video->jumped({});
  settle();
  EXPECT_EQ(server.under_way, 1);
}

TEST_F(ContentFileTest, AFetchOutlivesItsFile) {
  auto video = file(add_video(1, make_bytes(kMiB)));
  video->fetch({0, kMiB}, Priority::Bulk);
  settle_until_asked();
  video.reset();
  EXPECT_TRUE(clock.run(loop));
}

// Probes

TEST_F(ContentFileTest, AProbeLearnsTheSizeAndBringsTheContent) {
  const auto video = file(add_video(1, make_bytes(10'000)), std::nullopt);
  const auto size = probe(*video);
  ASSERT_TRUE(size);
  EXPECT_EQ(*size, 10'000u);
  EXPECT_TRUE(video->holds({0, 10'000}));
  EXPECT_THAT(ranges(), ElementsAre(ByteRange{0, kProbeSize}));
}

TEST_F(ContentFileTest, TwoProbesAtOnceAreOneRequest) {
  const auto video = file(add_video(1, make_bytes(10'000)), std::nullopt);
  std::vector<std::uint64_t> sizes;
  struct Probe {
    static Task<> run(ContentFile& file, std::vector<std::uint64_t>& out) {
      const auto size = co_await file.probe(Priority::Interactive);
      out.push_back(size.value_or(0));
    }
  };
  for (int i = 0; i < 3; ++i) loop.spawn(Probe::run(*video, sizes));
  clock.run(loop);
  EXPECT_THAT(sizes, ElementsAre(10'000u, 10'000u, 10'000u));
  EXPECT_THAT(server.asked, SizeIs(1));
}

TEST_F(ContentFileTest, AProbeOfAKnownSizeAsksNothing) {
  const auto video = file(add_video(1, make_bytes(10'000)));
  EXPECT_EQ(probe(*video).value_or(0), 10'000u);
  EXPECT_THAT(server.asked, IsEmpty());
}

TEST_F(ContentFileTest, AProbeIsNotGivenUpWithTheReaders) {
  const auto video = file(add_video(1, make_bytes(10'000)), std::nullopt);
  std::vector<std::uint64_t> sizes;
  struct Probe {
    static Task<> run(ContentFile& file, std::vector<std::uint64_t>& out) {
      const auto size = co_await file.probe(Priority::Interactive);
      out.push_back(size.value_or(0));
    }
  };
  video->add_reader();
  loop.spawn(Probe::run(*video, sizes));
  settle_until_asked();
  video->remove_reader();
  clock.run(loop);
  EXPECT_THAT(sizes, ElementsAre(10'000u));
  EXPECT_THAT(server.asked, SizeIs(1));
}

// Versions

TEST_F(ContentFileTest, TheFirstAnswerSetsTheVersion) {
  const auto video = file(add_video(1, make_bytes(kMiB)));
  wait_for(*video, {0, 10});
  clock.run(loop);
  server.replace(video->key(), make_bytes(kMiB, 2));
  wait_for(*video, {kMiB / 2, kMiB / 2 + 10});
  clock.run(loop);
  EXPECT_THAT(outcomes, ElementsAre("came", "changed"));
  EXPECT_TRUE(video->changed());
  EXPECT_THAT(changed, ElementsAre(video->key()));
}

TEST_F(ContentFileTest, WhatIsHereOfAChangedFileIsNotHandedOut) {
  const auto video = file(add_video(1, make_bytes(kMiB)));
  wait_for(*video, {0, 10});
  clock.run(loop);
  video->set_changed("a test says so");
  video->set_changed("twice");
  wait_for(*video, {0, 10});
  clock.run(loop);
  EXPECT_THAT(outcomes, ElementsAre("came", "changed"));
  EXPECT_THAT(changed, SizeIs(1));
}

TEST_F(ContentFileTest, WhoeverWaitsHearsOfAChangeAtOnce) {
  const auto video = file(add_video(1, make_bytes(kMiB)));
  server.behaviour.never_answer = true;
  wait_for(*video, {0, 10});
  settle();
  video->set_changed("another fetch says so");
  settle();
  EXPECT_THAT(outcomes, ElementsAre("changed"));
  EXPECT_EQ(server.under_way, 0);
}

TEST_F(ContentFileTest, AnETagThatOnlySomeAnswersHaveIsNoChange) {
  const auto video = file(add_video(1, make_bytes(kMiB)));
  ResponseHead head;
  EXPECT_TRUE(video->same_version(head));
  head.last_modified = "Thu, 24 Nov 2016 10:30:00 GMT";
  EXPECT_TRUE(video->same_version(head));
  head.etag = "\"1\"";
  EXPECT_TRUE(video->same_version(head));
  head.etag.clear();
  EXPECT_TRUE(video->same_version(head));
  head.last_modified.clear();
  EXPECT_TRUE(video->same_version(head));
  EXPECT_FALSE(video->changed());
}

TEST_F(ContentFileTest, TheETagDecidesBeforeTheDate) {
  const auto video = file(add_video(1, make_bytes(kMiB)));
  ResponseHead head;
  head.etag = "\"1\"";
  head.last_modified = "Thu, 24 Nov 2016 10:30:00 GMT";
  EXPECT_TRUE(video->same_version(head));
  head.last_modified = "Thu, 24 Nov 2016 10:30:01 GMT";
  EXPECT_TRUE(video->same_version(head));
  head.etag = "\"2\"";
  EXPECT_FALSE(video->same_version(head));
}

TEST_F(ContentFileTest, WithoutETagsTheDateDecides) {
  const auto video = file(add_video(1, make_bytes(kMiB)));
  ResponseHead head;
  head.last_modified = "Thu, 24 Nov 2016 10:30:00 GMT";
  EXPECT_TRUE(video->same_version(head));
  head.last_modified = "Thu, 24 Nov 2016 10:30:01 GMT";
  EXPECT_FALSE(video->same_version(head));
}

}  // namespace
}  // namespace g2afs::test
