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
  std::vector<std::size_t> sizes;  // of the queries, in their order

  void SetUp() override {
    ApiFixture::SetUp();
    server.handler = [this](const HttpRequest& request) { return answer(ids_of(request)); };
  }

  Reply answer(const std::vector<RecordingId>& ids) {
    sizes.push_back(ids.size());
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
  EXPECT_THAT(sizes, ElementsAre(500, 250, 125, 125, 250, 125, 125));
  sizes.clear();
  EXPECT_EQ(fetch(many_ids(250)), many_ids(250));
  EXPECT_THAT(sizes, ElementsAre(125, 125));
}

TEST_F(UrlsBatchesTest, OneBadIdDoesNotHideTheOthersNorMakeTheBatchesSmaller) {
  bad = {321};
  EXPECT_EQ(fetch(many_ids(500)), without(many_ids(500), bad));
  EXPECT_LE(asked(), 2 * 9 + 1u);
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

TEST_F(UrlsBatchesTest, ManyBadIdsAreAllLeftOutOnceTheQueryIsKnownToWork) {
  EXPECT_EQ(fetch(many_ids(1)), many_ids(1));
  for (std::uint64_t id = 1; id <= 100; ++id) bad.insert(id);
  EXPECT_EQ(fetch(many_ids(300)), without(many_ids(300), bad));
}

TEST_F(UrlsBatchesTest, A400ForEveryIdIsInvalid) {
  limit = 0;
  status_beyond = 400;
  expect_error(run(api->urls(many_ids(1))), Errc::Invalid, "400 for every id");
  expect_error(run(api->urls(many_ids(3))), Errc::Invalid, "400 for every id");
  EXPECT_EQ(asked(), 1u + 5u);
}

TEST_F(UrlsBatchesTest, AQueryThatNeverWorksIsGivenUpSoon) {
  limit = 0;
  status_beyond = 400;
  expect_error(run(api->urls(many_ids(10'000))), Errc::Invalid, "ids_parameter");
  EXPECT_LE(asked(), 60u);
}

TEST_F(UrlsBatchesTest, OneForeignIdDoesNotHideTheOthers) {
  status_of_bad = 403;
  bad = {77};
  EXPECT_EQ(fetch(many_ids(500)), without(many_ids(500), bad));
  EXPECT_LE(asked(), 2 * 9 + 1u);
  EXPECT_EQ(server.count_in_log("recording 77 is left out"), 1u);
}

TEST_F(UrlsBatchesTest, A403ForEveryIdIsDeniedSoon) {
  EXPECT_EQ(fetch(many_ids(1)), many_ids(1));
  server.handler = [](const HttpRequest&) { return Reply{.status = 403}; };
  expect_error(run(api->urls(many_ids(1))), Errc::Denied, "403");
  expect_error(run(api->urls(many_ids(10'000))), Errc::Denied, "403");
  EXPECT_LE(asked(), 60u);
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

RC_GTEST_FIXTURE_PROP(UrlsBatchesTest, EveryGoodIdComesBackOnceWhateverTheLimits, ()) {
  SetUp();
  limit = *rc::gen::inRange<std::size_t>(1, kMaxIds + 1);
  status_beyond = *rc::gen::element(400, 414, 431);
  const std::size_t count = *rc::gen::inRange<std::size_t>(1, 700);
  EXPECT_EQ(fetch(many_ids(1)), many_ids(1));  // the query as such is known to work
  status_of_bad = *rc::gen::element(400, 403);
  bad = *rc::gen::container<std::set<std::uint64_t>>(rc::gen::inRange<std::uint64_t>(2, 700));
  const auto expected = without(many_ids(count), bad);
  RC_ASSERT(fetch(many_ids(count)) == expected);
}

}  // namespace
}  // namespace g2afs
