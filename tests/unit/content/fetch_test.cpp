// SPDX-License-Identifier: MIT
// One reader and one server that behaves in some way: what SPEC.md ("Reading", "Errors") demands of each.
#include "../../../src/content/fetch.hpp"

#include <limits>
#include <optional>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fetch_fixture.hpp"

namespace g2afs::test {
namespace {

using namespace std::chrono_literals;
using testing::IsEmpty;
using testing::SizeIs;

constexpr std::uint64_t kSize = kFetchedSize;

TEST_F(FetchTest, AGoodServer) {
  expect_invisible();
  EXPECT_EQ(server.bytes_sent, kSize);
  EXPECT_EQ(metrics.media_bytes.Value(), static_cast<double>(kSize));
}

TEST_F(FetchTest, NoCredentialsGoToMediaHosts) {
  expect_invisible();
  for (const HttpRequest& request : transport.requests) {
    EXPECT_EQ(request.purpose, Purpose::Media);
    EXPECT_TRUE(request.authorization.empty());
  }
}

// Parts and lengths

TEST_F(FetchTest, ShortPartsAreNoFault) {
  server.behaviour.longest_part = 10'000;
  expect_invisible();
  EXPECT_EQ(server.bytes_sent, kSize);
  EXPECT_EQ(elapsed(), 0s);  // and cost no pause
}

TEST_F(FetchTest, AnswersThatEndEarly) {
  server.behaviour.end_after = 50'001;
  expect_invisible();
  EXPECT_EQ(server.bytes_sent, kSize);
}

TEST_F(FetchTest, ConnectionsThatBreak) {
  server.behaviour.cut_after = 33'333;
  expect_invisible();
  EXPECT_EQ(server.bytes_sent, kSize);
}

TEST_F(FetchTest, AConnectionThatBreaksAfterTheLastByte) {
  server.behaviour.announce_length = false;
  server.behaviour.extra = "!";
  server.behaviour.cut_after = kFirstRequest;  // what the first request asks for
  reader = open(key);
  const auto text = read(*reader, 0, 1000);
  ASSERT_TRUE(text);
  EXPECT_THAT(server.asked, SizeIs(1));
}

TEST_F(FetchTest, ABrokenConnectionWithinAPageCostsNoByteTwice) {
  server.next.push_back({.cut_after = 5000});
  reader = open(key);
  const auto text = read(*reader, 0, 1000);
  ASSERT_TRUE(text);
  EXPECT_EQ(*text, content.substr(0, 1000));
  ASSERT_THAT(server.asked, SizeIs(2));
  EXPECT_EQ(server.asked.back().range, (ByteRange{5000, kFirstRequest}));
  EXPECT_EQ(server.bytes_sent, kFirstRequest);
}

TEST_F(FetchTest, ATotalThatDiffersIsAChange) {
  server.behaviour.total_shift = 1;
  expect_failure(Errc::Changed);
  EXPECT_THAT(changed, SizeIs(1));
  EXPECT_EQ(server.bytes_sent, 0u);
}

TEST_F(FetchTest, AnUnknownTotalIsNoFault) {
  server.behaviour.total_unknown = true;
  expect_invisible();
}

TEST_F(FetchTest, APartElsewhereIsNeverTaken) {
  server.behaviour.range_shift = -1;
  expect_failure(Errc::Unavailable);
  EXPECT_EQ(server.bytes_sent, 0u);
}

TEST_F(FetchTest, APartElsewhereNowAndThenIsInvisible) {
  server.next.assign(2, {.range_shift = 1});
  expect_invisible();
}

TEST_F(FetchTest, APartWithoutContentRangeIsNeverTaken) {
  server.behaviour.content_range = false;
  expect_failure(Errc::Unavailable);
  EXPECT_EQ(server.bytes_sent, 0u);
}

TEST_F(FetchTest, ALongerPartThanAskedForIsCutOff) {
  server.behaviour.extra = std::string(100, 'x');
  server.behaviour.announce_length = false;
  reader = open(key);
  const auto text = read(*reader, 0, kBlockSize);
  ASSERT_TRUE(text);
  EXPECT_TRUE(*text == content.substr(0, kBlockSize));
}

TEST_F(FetchTest, AFileLongerThanAnnounced) { expect_failure(Errc::Changed, kSize - 1); }

TEST_F(FetchTest, AFileShorterThanAnnounced) { expect_failure(Errc::Changed, kSize + 1); }

TEST_F(FetchTest, AFileLongerThanAnnouncedFromAServerThatIgnoresRanges) {
  server.behaviour.ignore_ranges = true;
  expect_failure(Errc::Changed, kSize - 1);
}

TEST_F(FetchTest, AFileShorterThanAnnouncedFromAServerThatIgnoresRanges) {
  server.behaviour.ignore_ranges = true;
  expect_failure(Errc::Changed, kSize + 1);
}

TEST_F(FetchTest, AFileLongerThanAnnouncedWithoutALength) {
  server.behaviour.ignore_ranges = true;
  server.behaviour.announce_length = false;
  reader = open(file(key, kSize - 1));
  // The last bytes may have been handed out when one too many comes: from then on it is known.
  (void)read(*reader, kSize - 10, 9);
  EXPECT_TRUE(reader->file().changed());
}

TEST_F(FetchTest, AFileShorterThanAnnouncedWithoutALength) {
  server.behaviour.ignore_ranges = true;
  server.behaviour.announce_length = false;
  EXPECT_FALSE(read_all(kSize + 1));
}

TEST_F(FetchTest, ARangeBeyondTheEnd) {
  reader = open(file(key, 2 * kSize));
  const auto text = read(*reader, kSize + 5000, 10);
  ASSERT_FALSE(text);
  EXPECT_EQ(text.error().code, Errc::Changed);
}

TEST_F(FetchTest, TheLargestSizeThereIs) {
  constexpr std::uint64_t kLargest = std::numeric_limits<std::int64_t>::max();
  for (const std::uint64_t offset : {std::uint64_t{0}, kLargest - 100}) {
    reader = open(file(key, kLargest));
    const auto text = read(*reader, offset, 100);
    ASSERT_FALSE(text);
    EXPECT_EQ(text.error().code, Errc::Changed);
    EXPECT_LE(server.asked.back().range->end, kLargest);
  }
  EXPECT_GT(server.asked.back().range->begin, kLargest - kBlockSize) << "where it was read, but for the page's begin";
}

TEST_F(FetchTest, ARangeThatAServerWronglyRefuses) {
  // Without the size of the whole nothing says that it is another.
  server.next.push_back({.status = 416});
  expect_invisible();
  EXPECT_THAT(changed, IsEmpty());
}

// Versions

TEST_F(FetchTest, AChangeBetweenTwoRequests) {
  reader = open(key);
  ASSERT_TRUE(read(*reader, 0, 4096));
  server.replace(key, make_bytes(kSize, 2));
  EXPECT_EQ(read(*reader, 500'000, 4096).error().code, Errc::Changed);
  EXPECT_EQ(read(*reader, 0, 4096).error().code, Errc::Changed);
}

TEST_F(FetchTest, AChangeWhileAnAnswerIsCutShort) {
  server.behaviour.cut_after = 30'000;
  server.on_piece = [&](const FakeMediaServer::Asked&) {
    if (server.bytes_sent > 200'000 && server.at(key).etag == "\"1\"") server.replace(key, make_bytes(kSize, 2));
  };
  expect_failure(Errc::Changed);
}

TEST_F(FetchTest, AServerWithoutTagsIsTrustedWhileTheSizeIsTheSame) {
  server.behaviour.tags = false;
  server.behaviour.cut_after = 30'000;
  expect_invisible();
}

// Expired URLs

TEST_F(FetchTest, ExpiredUrlsAreRenewed) {
  for (const int status : {401, 403, 404, 410}) {
    server.expired_status = status;
    reader = open(key);
    ASSERT_TRUE(read(*reader, 0, 4096));
    server.expire(key);
    const auto text = read(*reader, 300'000, 4096);
    ASSERT_TRUE(text) << status;
    EXPECT_EQ(*text, content.substr(300'000, 4096));
  }
  EXPECT_EQ(elapsed(), 0s);
}

TEST_F(FetchTest, AUrlThatExpiresWithinADownloadIsCarriedOnFromTheSameByte) {
  server.behaviour.cut_after = 10'000;
  server.on_piece = [&](const FakeMediaServer::Asked& one) {
    if (one.sent == 10'000) server.expire(key);
  };
  expect_invisible();
  EXPECT_EQ(server.bytes_sent, kSize);
}

TEST_F(FetchTest, SeveralFetchesThatFindAUrlExpiredRenewItOnce) {
  reader = open(key);
  ASSERT_TRUE(read(*reader, 0, 4096));
  server.expire(key);
  const auto text = read(*reader, 64 * 1024, 512 * 1024);
  ASSERT_TRUE(text);
  EXPECT_THAT(account.calls, SizeIs(2));
}

TEST_F(FetchTest, AFileThatIsGoneIsNotFound) {
  account.dangling.insert(key);
  server.remove(key);
  expect_failure(Errc::NotFound);
  EXPECT_THAT(server.asked, SizeIs(2));  // with a fresh URL, too
}

TEST_F(FetchTest, AFreshUrlThatIsRefusedMayOnlyBeTooFresh) {
  server.next.assign(4, {.status = 403});
  expect_invisible();
}

TEST_F(FetchTest, FreshUrlsThatAreRefusedForGoodFail) {
  server.behaviour.status = 403;
  expect_failure(Errc::Unavailable);
  EXPECT_GE(elapsed(), 100s);
}

TEST_F(FetchTest, ErrorsOfTheApiReachTheReader) {
  account.failure = Errc::Denied;
  expect_failure(Errc::Denied);
}

// Faults

TEST_F(FetchTest, PassingFaultsAreInvisible) {
  for (const int status : {408, 425, 429, 500, 502, 503, 504}) server.next.push_back({.status = status});
  server.next.push_back({.refuse_connection = true});
  server.next.push_back({.throttled = true});
  expect_invisible();
}

TEST_F(FetchTest, LastingFaultsFailAfterRetryFor) {
  for (const int status : {500, 503}) {
    server.behaviour.status = status;
    const auto begin = clock.now();
    expect_failure(Errc::Unavailable);
    EXPECT_GE(clock.now() - begin, 100s);
    EXPECT_LE(clock.now() - begin, 120s);
  }
}

TEST_F(FetchTest, AServerThatCannotBeReachedFailsAfterRetryFor) {
  server.behaviour.refuse_connection = true;
  expect_failure(Errc::Unavailable);
  EXPECT_GE(elapsed(), 100s);
}

TEST_F(FetchTest, LastingThrottlingFailsAsSuch) {
  server.behaviour.status = 429;
  expect_failure(Errc::Throttled);
  EXPECT_LE(elapsed(), 120s);
}

TEST_F(FetchTest, WhatTheTransportHoldsBackIsThrottlingToo) {
  server.behaviour.throttled = true;
  expect_failure(Errc::Throttled);
  EXPECT_LE(elapsed(), 120s);
}

TEST_F(FetchTest, RetryAfterIsObeyed) {
  server.next.push_back({.status = 503, .retry_after = 17s});
  reader = open(key);
  ASSERT_TRUE(read(*reader, 0, 10));
  EXPECT_EQ(elapsed(), 17s);
}

TEST_F(FetchTest, AWorldRequestThatIsPlainlyWrongFailsAtOnce) {
  server.behaviour.status = 400;
  expect_failure(Errc::Unavailable);
  EXPECT_EQ(elapsed(), 0s);
}

TEST_F(FetchTest, TimeInLineForAConnectionIsNotTimeOfTrying) {
  transport.connections = Gate(1);
  server.next.assign({{.never_answer = true}, {.status = 503, .retry_after = 5s}});
  auto first = open(add_video(2, content));
  struct Read {
    static Task<> run(Reader& from, std::string& outcome) {
      const auto slices = co_await from.read(0, 10);
      outcome = slices ? "came" : slices.error().what;
    }
  };
  std::string hung, waited;
  const TaskId hanging = loop.spawn(Read::run(*first, hung));
  settle();
  reader = open(key);
  loop.spawn(Read::run(*reader, waited));
  settle();
  clock.advance(10min);
  settle();
  EXPECT_THAT(server.asked, SizeIs(1));
  loop.cancel(hanging);
  settle();
  first.reset();
  clock.run(loop);
  EXPECT_EQ(waited, "came");
}

TEST_F(FetchTest, ProgressGivesANewLeaseOfRetryFor) {
  // Each answer brings a little; together they take longer than retry_for.
  server.behaviour.cut_after = 3000;
  server.choose = [this, fault = false]() mutable {
    fault = !fault;
    if (fault) return MediaBehaviour{.status = 503, .retry_after = 60s};
    return server.behaviour;
  };
  reader = open(key);
  const auto text = read(*reader, 0, kBlockSize);
  ASSERT_TRUE(text);
  EXPECT_TRUE(*text == content.substr(0, kBlockSize));
  EXPECT_GE(elapsed(), 600s);
}

TEST_F(FetchTest, AFewBytesWithEachTryAreNoProgress) {
  server.behaviour.cut_after = 7;
  expect_failure(Errc::Unavailable);
  EXPECT_EQ(elapsed(), 120s);
}

TEST_F(FetchTest, AWebPageIsNoRecording) {
  server.behaviour.content_type = "Text/HTML; charset=utf-8";
  server.behaviour.ignore_ranges = true;
  expect_failure(Errc::Unavailable);
  EXPECT_EQ(server.bytes_sent, 0u);
}

TEST_F(FetchTest, AWebPageNowAndThenIsInvisible) {
  server.next.assign(3, {.ignore_ranges = true, .content_type = "text/html"});
  expect_invisible();
}

TEST_F(FetchTest, AnEncodedAnswerIsNeverTaken) {
  server.behaviour.content_encoding = "gzip";
  expect_failure(Errc::Unavailable);
  EXPECT_EQ(server.bytes_sent, 0u);
}

TEST_F(FetchTest, IdentityIsNoEncoding) {
  server.behaviour.content_encoding = "identity";
  expect_invisible();
}

TEST_F(FetchTest, AServerThatNeverAnswersHoldsUpNobodyElse) {
  server.next.push_back({.never_answer = true});
  reader = open(key);
  auto other = open(add_video(2, content));
  struct Hang {
    static Task<> run(Reader& hanging) { co_await hanging.read(0, 10); }
  };
  const TaskId task = loop.spawn(Hang::run(*reader));
  settle();
  EXPECT_TRUE(read(*other, 0, 10));
  loop.cancel(task);
  settle();
  reader.reset();
  settle();
  EXPECT_EQ(loop.running(), 0u);
}

TEST_F(FetchTest, RetriesAreCounted) {
  server.next.push_back({.status = 500});
  server.next.push_back({.status = 403});
  server.next.push_back({.cut_after = 1});
  expect_invisible();
  EXPECT_EQ(metrics.retries("status").Value(), 1);
  EXPECT_EQ(metrics.retries("expired_url").Value(), 1);
  EXPECT_EQ(metrics.retries("network").Value(), 1);
  server.next.push_back({.stall = true});
  expect_invisible();
  EXPECT_EQ(metrics.retries("stall").Value(), 1);
  EXPECT_EQ(metrics.retries("network").Value(), 1);
}

// Probes of files whose size is not known

TEST_F(FetchTest, ProbesByRange) {
  constexpr std::uint64_t kSizes[] = {1, 4096, kProbeSize - 1, kProbeSize, kProbeSize + 1, 300'000};
  for (const std::uint64_t size : kSizes) {
    const std::string bytes = make_bytes(size);
    server.put(key, bytes);
    expect_probed(bytes);
  }
}

TEST_F(FetchTest, ProbesOfServersThatIgnoreRanges) {
  constexpr std::uint64_t kSizes[] = {0, 1, 4096, 10'000, kProbeSize, 131'072, 200'000, 700'000};
  server.behaviour.ignore_ranges = true;
  for (const bool length : {true, false}) {
    server.behaviour.announce_length = length;
    for (const std::uint64_t size : kSizes) {
      const std::string bytes = make_bytes(size);
      server.put(key, bytes);
      expect_probed(bytes);
    }
  }
}

TEST_F(FetchTest, AProbeOfALargeFileDoesNotReadItAll) {
  server.behaviour.ignore_ranges = true;
  server.largest_piece = 1000;
  EXPECT_EQ(probe().value_or(0), kSize);
  EXPECT_LE(server.bytes_sent, kProbeSize + 1000);
}

TEST_F(FetchTest, ProbesOfEmptyFiles) {
  server.put(key, "");
  expect_probed("");  // 416 with the size
  EXPECT_THAT(server.asked, SizeIs(1));
  server.behaviour.content_range = false;
  expect_probed("");  // 416 without it
}

TEST_F(FetchTest, ProbesThatTakeTheSizeFromAnswersWithoutIt) {
  server.put(key, content.substr(0, 10'000));
  server.behaviour.total_unknown = true;
  expect_probed(content.substr(0, 10'000));
  server.behaviour.content_range = false;
  expect_probed(content.substr(0, 10'000));
}

TEST_F(FetchTest, AProbeThatBreaksOffWithoutALengthLearnsNothingWrong) {
  const std::string bytes = content.substr(0, 100'000);
  server.put(key, bytes);
  server.behaviour.ignore_ranges = true;
  server.behaviour.announce_length = false;
  server.next.assign(3, {.ignore_ranges = true, .announce_length = false, .cut_after = 70'001});
  expect_probed(bytes);
}

TEST_F(FetchTest, AProbeWhoseFileChangesOnTheWayLearnsNothing) {
  server.next.push_back({.ignore_ranges = true, .announce_length = false, .cut_after = 70'001});
  server.on_piece = [&](const FakeMediaServer::Asked& one) {
    if (one.sent == 70'001) server.replace(key, make_bytes(kSize, 2));
  };
  const auto size = probe();
  ASSERT_FALSE(size);
  EXPECT_EQ(size.error().code, Errc::Changed);
  EXPECT_FALSE(probed->size());
}

TEST_F(FetchTest, AProbeOfAWebPageLearnsNothing) {
  server.behaviour.content_type = "text/html";
  server.behaviour.ignore_ranges = true;
  const auto size = probe();
  ASSERT_FALSE(size);
  EXPECT_EQ(size.error().code, Errc::Unavailable);
}

TEST_F(FetchTest, AProbeDoesNotBelieveASizeThatNoFileHas) {
  // 2^64-1 and 2^64-2 would be taken for "not known" and "not there".
  for (const std::int64_t off : {std::int64_t{-1}, std::int64_t{-2}, std::numeric_limits<std::int64_t>::min()}) {
    server.behaviour.total_shift = static_cast<std::int64_t>(static_cast<std::uint64_t>(off) - kSize);
    const auto size = probe();
    EXPECT_EQ(size.value_or(0), kSize) << "as the whole tells, which is asked for then";
    EXPECT_EQ(server.asked.back().range, std::nullopt);
  }
}

TEST_F(FetchTest, AProbeOfWhatHasNoEndFailsAtOnce) {
  const std::string endless((std::size_t{64} << 20) + 1, 'x');
  server.put(key, endless);
  server.largest_piece = 8 << 20;
  server.behaviour.ignore_ranges = true;
  server.behaviour.announce_length = false;
  const auto size = probe();
  ASSERT_FALSE(size);
  EXPECT_EQ(size.error().code, Errc::Unavailable);
  EXPECT_EQ(server.asked.size(), 1U);
}

TEST_F(FetchTest, AProbeOfAFileThatIsGoneIsNotFound) {
  account.dangling.insert(key);
  server.remove(key);
  const auto size = probe();
  ASSERT_FALSE(size);
  EXPECT_EQ(size.error().code, Errc::NotFound);
}

TEST_F(FetchTest, AProbeThatFailedIsMadeAgain) {
  server.behaviour.status = 500;
  EXPECT_FALSE(probe());
  server.behaviour = {};
  EXPECT_EQ(run_task(loop, clock, probed->probe(Priority::Bulk)).value_or(0), kSize);
}

}  // namespace
}  // namespace g2afs::test
