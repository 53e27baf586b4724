// SPDX-License-Identifier: MIT
// `urls` for any number of ids against servers with limits of their own.
#include <algorithm>
#include <set>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "api_fixture.hpp"

namespace g2afs {
namespace {

using namespace std::chrono_literals;
using test::ids_of;
using test::many_ids;
using test::Reply;
using testing::Each;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Le;
using testing::SizeIs;

/// A server that answers for every id, but `limit` ids a query at most, and with 400 for a query that holds a
/// bad one.
struct UrlsBatchesTest : test::ApiFixture {
  std::size_t limit = kMaxIds;
  int status_beyond = 414;
  std::set<std::uint64_t> bad, unavailable;
  int status_of_bad = 400;
  std::size_t spell_begins = 0, spell_ends = 0;  // which requests meet a server that is ill
  int status_of_spell = 403;
  std::vector<std::size_t> sizes;  // of the queries, in their order

  void SetUp() override {
    ApiFixture::SetUp();
    server.handler = [this](const HttpRequest& request) { return answer(ids_of(request)); };
  }

  Reply answer(const std::vector<RecordingId>& ids) {
    const std::size_t number = sizes.size();
    sizes.push_back(ids.size());
    if (number >= spell_begins && number < spell_ends) return {.status = status_of_spell};
    if (ids.size() > limit) return {.status = status_beyond};
    std::string body = "[";
    for (const RecordingId id : ids) {
      if (bad.count(id.value) != 0) return {.status = status_of_bad};
      if (unavailable.count(id.value) != 0) continue;
      body += fmt::format(R"({}{{"recordingId":{},"recordingUrl":"https://media.example/x","recordingSize":"1",)"
                          R"("recordingStartTime":"2016-11-24T10:30:00Z"}})",
                          body.size() > 1 ? "," : "", id.value);
    }
    return {.body = body + "]", .delay = 10ms};
  }

  /// The ids that came back, in order of number.
  std::vector<RecordingId> fetch(std::vector<RecordingId> ids) {
    const auto entries = run(api->urls(std::move(ids)));
    EXPECT_TRUE(entries) << entries.error().what;
    std::vector<RecordingId> found;
    if (entries) {
      for (const MediaEntry& entry : *entries) found.push_back(entry.id);
    }
    std::sort(found.begin(), found.end());
    return found;
  }

  static std::vector<RecordingId> without(std::vector<RecordingId> ids, const std::set<std::uint64_t>& gone) {
    std::erase_if(ids, [&](RecordingId id) { return gone.count(id.value) != 0; });
    return ids;
  }
};

TEST_F(UrlsBatchesTest, AFewIdsAreOneQueryOfTheDefaultForm) {
  EXPECT_EQ(fetch(many_ids(2)), many_ids(2));
  ASSERT_EQ(asked(), 1u);
  const HttpRequest& request = server.transport.requests.front();
  EXPECT_EQ(request.method, Method::Get);
  EXPECT_EQ(request.url.text(), "https://api.example/v1/archive/recordings/urls?recordingIds=1&recordingIds=2");
}

TEST_F(UrlsBatchesTest, NameAndFormOfTheQueryCanBeChosen) {
  options.ids_parameter = "id";
  options.ids_style = wire::IdsStyle::Comma;
  restart();
  server.handler = [](const HttpRequest&) { return Reply{.body = "[]"}; };
  EXPECT_THAT(fetch(many_ids(3)), IsEmpty());
  EXPECT_EQ(server.transport.requests.front().url.text(), "https://api.example/v1/archive/recordings/urls?id=1,2,3");
}

TEST_F(UrlsBatchesTest, ManyIdsTravelInQueriesOf500SideBySide) {
  EXPECT_EQ(fetch(many_ids(5'001)), many_ids(5'001));
  EXPECT_THAT(sizes, SizeIs(11));
  EXPECT_THAT(sizes, Each(Le(kMaxIds)));
  EXPECT_EQ(server.most_under_way, 4);
}

TEST_F(UrlsBatchesTest, IdsThatAreNotAvailableAreLeftOut) {
  unavailable = {2, 600};
  EXPECT_EQ(fetch(many_ids(700)), without(many_ids(700), unavailable));
  EXPECT_EQ(asked(), 2u);
}

TEST_F(UrlsBatchesTest, WhatWasNotAskedForIsDroppedAndLoggedOnce) {
  server.handler = [this](const HttpRequest&) { return answer(many_ids(100)); };  // the query is ignored
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(fetch(many_ids(2, 7 + static_cast<std::uint64_t>(i))), many_ids(2, 7 + static_cast<std::uint64_t>(i)));
  }
  EXPECT_EQ(server.count_in_log("not asked for"), 1u);
}

TEST_F(UrlsBatchesTest, A414HalvesTheBatchAndTheSizeThatWorkedIsRemembered) {
  for (const int status : {414, 431}) {
    limit = 130;
    status_beyond = status;
    restart();
    sizes.clear();
    EXPECT_EQ(fetch(many_ids(500)), many_ids(500));
    EXPECT_THAT(sizes, ElementsAre(500, 250, 125, 125, 125, 125));

    sizes.clear();
    EXPECT_EQ(fetch(many_ids(1'000)), many_ids(1'000));
    EXPECT_THAT(sizes, SizeIs(8)) << "no query of the old size";
    EXPECT_THAT(sizes, Each(125));
  }
}

TEST_F(UrlsBatchesTest, A414InManyBatchesAtOnceCostsEachConnectionItsWayDownOnly) {
  limit = 130;
  EXPECT_EQ(fetch(many_ids(20'000)), many_ids(20'000));
  EXPECT_LE(std::count_if(sizes.begin(), sizes.end(), [](std::size_t size) { return size > 130; }), 4 * 2);
  EXPECT_EQ(std::count(sizes.begin(), sizes.end(), 125u), 160);
}

TEST_F(UrlsBatchesTest, A414ForOneIdIsInvalid) {
  limit = 0;
  expect_error(run(api->urls(many_ids(500))), Errc::Invalid, "no room for even one id");
  EXPECT_THAT(sizes, ElementsAre(500, 250, 125, 62, 31, 15, 7, 3, 1));
}

TEST_F(UrlsBatchesTest, A400ForALongLineIsHalvedAndRemembered) {
  limit = 130;
  status_beyond = 400;
  EXPECT_EQ(fetch(many_ids(500)), many_ids(500));
  EXPECT_THAT(sizes, ElementsAre(500, 250, 125, 125, 250, 125, 125, 500)) << "the last to be sure";
  sizes.clear();
  EXPECT_EQ(fetch(many_ids(250)), many_ids(250));
  EXPECT_THAT(sizes, ElementsAre(125, 125));
}

TEST_F(UrlsBatchesTest, AFew400sOfAServerThatWasIllDoNotMakeTheBatchesSmaller) {
  status_of_spell = 400;
  for (spell_ends = 1; spell_ends < 9; ++spell_ends) {
    sizes.clear();
    EXPECT_EQ(fetch(many_ids(500)), many_ids(500));
    EXPECT_EQ(sizes.back(), 500u);
  }
  sizes.clear();
  spell_ends = 0;
  EXPECT_EQ(fetch(many_ids(1'000)), many_ids(1'000));
  EXPECT_THAT(sizes, ElementsAre(500, 500));
}

TEST_F(UrlsBatchesTest, AnIdThatWasRefusedInAShortSpellIsAskedForAgain) {
  for (const int status : {400, 403}) {
    status_of_spell = status;
    // From 9 requests on, ids are refused alone; with 17 more than a few.
    for (spell_ends = 9; spell_ends <= 20; ++spell_ends) {
      sizes.clear();
      const MonotonicTime start = server.clock.now();
      EXPECT_EQ(fetch(many_ids(500)), many_ids(500)) << spell_ends;
      EXPECT_GE(server.clock.now() - start, 1s);
    }
  }
  EXPECT_EQ(server.count_in_log("is left out"), 0u);
}

TEST_F(UrlsBatchesTest, AnIdThatIsRefusedWhileNothingElseIsAnsweredIsNotLeftOut) {
  server.handler = [this](const HttpRequest& request) {
    return sizes.empty() ? answer(ids_of(request)) : Reply{.status = 403};
  };
  expect_error(run(api->urls(many_ids(501))), Errc::Denied, "403");
  EXPECT_EQ(asked(), 3u) << "both batches, and an id that was answered before";
}

TEST_F(UrlsBatchesTest, ASpellOverAllOfABatchAndPartOfItsRepetitionHidesNothing) {
  for (spell_ends = 1; spell_ends <= 10; ++spell_ends) {
    sizes.clear();
    const auto entries = run(api->urls(many_ids(3)));
    EXPECT_EQ(entries ? entries->size() : 3, 3u) << spell_ends;
    EXPECT_EQ(entries.has_value(), spell_ends < 10) << spell_ends;
  }
}

TEST_F(UrlsBatchesTest, MoreThanAFewRefusedIdsAreAnError) {
  for (const int status : {400, 403}) {
    status_of_bad = status;
    bad.clear();
    for (std::uint64_t id = 10; id <= 80; id += 10) bad.insert(id);
    EXPECT_EQ(fetch(many_ids(300)), without(many_ids(300), bad));
    bad.insert(90);
    const std::size_t before = asked();
    expect_error(run(api->urls(many_ids(300))), status == 400 ? Errc::Invalid : Errc::Denied, std::to_string(status));
    EXPECT_LE(asked() - before, 2 * 9 * 2 * 9u);
  }
}

TEST_F(UrlsBatchesTest, AWholeBatchThatIsRefusedIsAnErrorAlthoughItIsSmall) {
  bad = {501, 502, 503};
  expect_error(run(api->urls(many_ids(503))), Errc::Invalid, "400");
  bad = {501};
  EXPECT_EQ(fetch(many_ids(501)), without(many_ids(501), bad)) << "one foreign id may be a batch by chance";
}

TEST_F(UrlsBatchesTest, OneBadIdDoesNotHideTheOthersNorMakeTheBatchesSmaller) {
  bad = {321};
  EXPECT_EQ(fetch(many_ids(500)), without(many_ids(500), bad));
  EXPECT_LE(asked(), 2 * 9 + 1 + 3u) << "halving, and once more between two queries that are known to work";
  EXPECT_EQ(server.count_in_log("recording 321 is left out"), 1u);

  bad.clear();
  sizes.clear();
  EXPECT_EQ(fetch(many_ids(500)), many_ids(500));
  EXPECT_THAT(sizes, ElementsAre(500));
}

TEST_F(UrlsBatchesTest, ABadIdIsLoggedOnce) {
  bad = {2};
  for (int i = 0; i < 3; ++i) EXPECT_EQ(fetch(many_ids(4)), without(many_ids(4), bad));
  EXPECT_EQ(server.count_in_log("recording 2 is left out"), 1u);
}

TEST_F(UrlsBatchesTest, A400ForEveryIdIsInvalid) {
  limit = 0;
  status_beyond = 400;
  expect_error(run(api->urls(many_ids(1))), Errc::Invalid, "400 for every id");
  expect_error(run(api->urls(many_ids(3))), Errc::Invalid, "400 for every id");
  EXPECT_EQ(asked(), 2 * (1u + 5u));
}

TEST_F(UrlsBatchesTest, AQueryThatNeverWorksIsGivenUpSoon) {
  limit = 0;
  status_beyond = 400;
  expect_error(run(api->urls(many_ids(10'000))), Errc::Invalid, "ids_parameter");
  EXPECT_LE(asked(), 2 * 50u);
}

TEST_F(UrlsBatchesTest, OneForeignIdDoesNotHideTheOthers) {
  status_of_bad = 403;
  bad = {77};
  EXPECT_EQ(fetch(many_ids(500)), without(many_ids(500), bad));
  EXPECT_LE(asked(), 2 * 9 + 1 + 3u) << "halving, and once more between two queries that are known to work";
  EXPECT_EQ(server.count_in_log("recording 77 is left out"), 1u);
}

TEST_F(UrlsBatchesTest, A403ForEveryIdIsDeniedSoon) {
  EXPECT_EQ(fetch(many_ids(1)), many_ids(1));
  server.handler = [](const HttpRequest&) { return Reply{.status = 403}; };
  expect_error(run(api->urls(many_ids(1))), Errc::Denied, "403");
  expect_error(run(api->urls(many_ids(10'000))), Errc::Denied, "403");
  EXPECT_LE(asked(), 2 * 50u);
}

TEST_F(UrlsBatchesTest, A401IsDeniedAtOnce) {
  server.handler = [](const HttpRequest&) { return Reply{.status = 401}; };
  expect_error(run(api->urls(many_ids(500))), Errc::Denied, "401");
  EXPECT_EQ(asked(), 1u);
}

TEST_F(UrlsBatchesTest, AnErrorOfOneBatchIsTheErrorOfAll) {
  server.handler = [this](const HttpRequest& request) {
    const auto ids = ids_of(request);
    return ids.front().value == 501 ? Reply{.status = 401} : answer(ids);
  };
  expect_error(run(api->urls(many_ids(5'000))), Errc::Denied, "401");
  EXPECT_LE(asked(), 8u) << "the others end after the query they are at";
}

TEST_F(UrlsBatchesTest, TroubleIsTriedAgain) {
  server.handler = [this](const HttpRequest& request) {
    return asked() % 2 == 1 ? Reply{.status = 503} : answer(ids_of(request));
  };
  EXPECT_EQ(fetch(many_ids(1'500)), many_ids(1'500));
}

TEST_F(UrlsBatchesTest, ABadEntryIsLoggedOnceAndTheOthersAreThere) {
  server.handler = [](const HttpRequest&) {
    return Reply{.body = R"([{"recordingId":1,"recordingUrl":"ftp://secret","recordingSize":"1",)"
                         R"("recordingStartTime":"2016-11-24T10:30:00Z"},)"
                         R"({"recordingId":2,"recordingUrl":"https://media.example/x","recordingSize":1,)"
                         R"("recordingStartTime":"2016-11-24T10:30:00Z"}])"};
  };
  for (int i = 0; i < 3; ++i) EXPECT_EQ(fetch(many_ids(2)), std::vector{RecordingId{2}});
  EXPECT_EQ(server.count_in_log("recording 1: recordingUrl"), 1u);
  EXPECT_EQ(server.count_in_log("secret"), 0u);
}

TEST_F(UrlsBatchesTest, CancellingEndsTheWorkersToo) {
  server.handler = [](const HttpRequest&) { return Reply{.body = "[]", .delay = 1h}; };
  const TaskId id = server.loop.spawn(test::drop(api->urls(many_ids(5'000))));
  for (int i = 0; i < 3; ++i) {
    server.loop.context().restart();
    server.loop.context().poll();
  }
  EXPECT_EQ(server.transport.under_way, 4);
  server.loop.cancel(id);
  ASSERT_TRUE(server.loop.run_until_idle(60s));
  EXPECT_EQ(server.transport.under_way, 0);
}

RC_GTEST_FIXTURE_PROP(UrlsBatchesTest, NoSpellHidesAnId, ()) {
  SetUp();
  limit = *rc::gen::inRange<std::size_t>(1, kMaxIds + 1);
  status_beyond = *rc::gen::element(400, 414);
  const std::size_t count = *rc::gen::inRange<std::size_t>(1, 2'000);
  status_of_spell = *rc::gen::element(400, 403);
  spell_begins = *rc::gen::inRange<std::size_t>(0, 40);
  spell_ends = spell_begins + *rc::gen::inRange<std::size_t>(0, 200);
  const auto entries = run(api->urls(many_ids(count)));
  RC_ASSERT(!entries || entries->size() == count);
}

RC_GTEST_FIXTURE_PROP(UrlsBatchesTest, EveryGoodIdComesBackOnceWhateverTheLimits, ()) {
  SetUp();
  limit = *rc::gen::inRange<std::size_t>(1, kMaxIds + 1);
  status_beyond = *rc::gen::element(400, 414, 431);
  const std::size_t count = *rc::gen::inRange<std::size_t>(1, 700);
  status_of_bad = *rc::gen::element(400, 403);
  // A few, and never all of a batch of more than one.
  const std::size_t few = *rc::gen::inRange<std::size_t>(0, 9);
  while (bad.size() < few) bad.insert(2 * *rc::gen::inRange<std::uint64_t>(1, 350));
  const auto expected = without(many_ids(count), bad);
  RC_ASSERT(fetch(many_ids(count)) == expected);
}

}  // namespace
}  // namespace g2afs
