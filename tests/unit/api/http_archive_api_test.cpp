// SPDX-License-Identifier: MIT
// Requests as API.md describes them, and what is counted and logged. Other sides of the class have tests of
// their own: http_archive_api_retry_test.cpp, http_archive_api_token_test.cpp and urls_batches_test.cpp.
#include "g2afs/api/http_archive_api.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "api_fixture.hpp"

namespace g2afs {
namespace {

using namespace std::chrono_literals;
using test::Reply;
using testing::Contains;
using testing::HasSubstr;
using testing::IsEmpty;

const char* const kEmpty = "{}";

struct HttpArchiveApiTest : test::ApiFixture {};

TEST_F(HttpArchiveApiTest, ListAsksAsTheVendorDocumentsIt) {
  options.api_url = test::url("https://api.example/G2A/rest/v1/");
  options.user_key = 7;
  options.company_id = 8;
  options.session_type = 1;
  restart();
  server.handler = [](const HttpRequest&) { return Reply{.body = R"({"readyForDownload":[5]})"}; };
  ListQuery query;
  query.from = parse_iso8601("2016-11-24T10:30:00Z");
  query.to = parse_iso8601("2016-11-25T00:00:00.250Z");
  query.archived = true;
  const auto listing = run(api->list(query));
  ASSERT_TRUE(listing) << listing.error().what;
  EXPECT_EQ(listing->ready_for_download, std::vector{RecordingId{5}});

  const HttpRequest& request = server.transport.requests.front();
  EXPECT_EQ(request.method, Method::Get);
  EXPECT_EQ(request.purpose, Purpose::Api);
  EXPECT_EQ(request.url.text(),
            "https://api.example/G2A/rest/v1/archive/"
            "recordings?accountKey=18446744073709551615&userKey=7&companyId=8"
            "&sessionType=1&fromTime=2016-11-24T10:30:00Z&toTime=2016-11-25T00:00:00.250Z&archived=1");
  EXPECT_EQ(request.authorization.reveal(), "Bearer fixed");
  EXPECT_THAT(request.headers, Contains("Accept: application/json"));
  EXPECT_THAT(request.body, IsEmpty());
}

TEST_F(HttpArchiveApiTest, ListAlwaysSaysWhichOfTheArchivedItWants) {
  server.handler = [](const HttpRequest&) { return Reply{.body = kEmpty}; };
  ASSERT_TRUE(run(api->list({})));
  EXPECT_EQ(server.transport.requests.front().url.text(),
            "https://api.example/v1/archive/recordings?accountKey=18446744073709551615&archived=0");
}

TEST_F(HttpArchiveApiTest, TranscodeAndArchiveSendTheIdsInThePath) {
  server.handler = [](const HttpRequest&) { return Reply{.status = 204}; };
  ASSERT_TRUE(run(api->transcode({RecordingId{1}, RecordingId{18446744073709551615U}})));
  ASSERT_TRUE(run(api->archive({RecordingId{3}})));
  const auto& requests = server.transport.requests;
  EXPECT_EQ(requests[0].method, Method::Post);
  EXPECT_EQ(requests[0].url.text(), "https://api.example/v1/archive/recordings/transcode/1,18446744073709551615");
  EXPECT_EQ(requests[1].method, Method::Put);
  EXPECT_EQ(requests[1].url.text(), "https://api.example/v1/archive/recordings/archived/3");
  for (const HttpRequest& request : requests) {
    EXPECT_THAT(request.headers, Contains("Accept: application/json"));
    EXPECT_EQ(request.authorization.reveal(), "Bearer fixed");
  }
}

TEST_F(HttpArchiveApiTest, NothingIsAskedForNoIds) {
  EXPECT_TRUE(run(api->transcode({})));
  EXPECT_TRUE(run(api->archive({})));
  EXPECT_TRUE(run(api->urls({})));
  EXPECT_EQ(asked(), 0u);
}

TEST_F(HttpArchiveApiTest, MoreThan500IdsInOneChangeAreABug) {
  expect_error(run(api->archive(test::many_ids(501))), Errc::Internal, "501");
  EXPECT_EQ(asked(), 0u);
}

TEST_F(HttpArchiveApiTest, OnlyThe204OfAChangeIsASuccess) {
  server.handler = [](const HttpRequest&) { return Reply{.body = "<html>captive portal</html>"}; };
  expect_error(run(api->archive({RecordingId{1}})), Errc::Unavailable, "200");
}

TEST_F(HttpArchiveApiTest, ABadValueIsInvalidAtOnce) {
  server.handler = [](const HttpRequest&) { return Reply{.status = 400}; };
  expect_error(run(api->list({})), Errc::Invalid, "list: the API answered 400");
  expect_error(run(api->archive(test::many_ids(500))), Errc::Invalid, "archive: the API answered 400");
  expect_error(run(api->transcode({RecordingId{1}})), Errc::Invalid, "transcode: the API answered 400");
  EXPECT_EQ(asked(), 3u);
}

TEST_F(HttpArchiveApiTest, AChangeIsOneCallAlsoWhereItIsTooLong) {
  for (const int status : {414, 431}) {
    const std::size_t before = asked();
    server.handler = [status](const HttpRequest&) { return Reply{.status = status}; };
    expect_error(run(api->archive(test::many_ids(500))), Errc::TooLong, "no room for 500 ids");
    expect_error(run(api->transcode({RecordingId{1}})), Errc::TooLong, "no room for even one id");
    EXPECT_EQ(asked() - before, 2u);
  }
}

TEST_F(HttpArchiveApiTest, A403OfAChangeMayBeAboutAnIdA401IsNot) {
  server.handler = [](const HttpRequest&) { return Reply{.status = 403}; };
  expect_error(run(api->archive({RecordingId{1}})), Errc::Forbidden, "403");
  server.handler = [](const HttpRequest&) { return Reply{.status = 401}; };
  expect_error(run(api->archive({RecordingId{1}})), Errc::Denied, "401");
}

TEST_F(HttpArchiveApiTest, AFixedTokenThatIsRefusedIsDeniedWithoutALoop) {
  for (const int status : {401, 403}) {
    restart();
    server.handler = [status](const HttpRequest&) { return Reply{.status = status}; };
    const std::size_t before = asked();
    expect_error(run(api->list({})), Errc::Denied, std::to_string(status));
    EXPECT_EQ(asked() - before, 1u);
  }
}

TEST_F(HttpArchiveApiTest, NoMoreCallsThanConnectionsAreUnderWay) {
  server.handler = [](const HttpRequest&) { return Reply{.body = kEmpty, .delay = 1s}; };
  for (int i = 0; i < 20; ++i) server.loop.spawn(test::drop(api->list({})));
  ASSERT_TRUE(server.clock.run(server.loop));
  EXPECT_EQ(server.most_under_way, 4);
  EXPECT_EQ(asked(), 20u);
}

TEST_F(HttpArchiveApiTest, ABadElementIsLoggedOnce) {
  server.handler = [](const HttpRequest&) { return Reply{.body = R"({"readyForDownload":[1,-1,2]})"}; };
  for (int i = 0; i < 3; ++i) {
    const auto listing = run(api->list({}));
    ASSERT_TRUE(listing);
    EXPECT_EQ(listing->ready_for_download, (std::vector{RecordingId{1}, RecordingId{2}}));
  }
  EXPECT_EQ(server.count_in_log("readyForDownload: element 1"), 1u);
}

TEST_F(HttpArchiveApiTest, CountsAndRemembersHowTheApiDoes) {
  server.handler = [this](const HttpRequest&) { return asked() == 1 ? Reply{.status = 500} : Reply{.body = kEmpty}; };
  ASSERT_TRUE(run(api->list({})));
  server.handler = [](const HttpRequest&) { return Reply{.status = 400}; };
  run(api->archive({RecordingId{1}}));
  EXPECT_EQ(server.metrics.api_requests("list", "500").Value(), 1);
  EXPECT_EQ(server.metrics.api_requests("list", "200").Value(), 1);
  EXPECT_EQ(server.metrics.api_requests("archive", "400").Value(), 1);
  const ApiHealth& health = api->health();
  EXPECT_EQ(health.calls.at("list"), 2u);
  EXPECT_EQ(health.calls.at("archive"), 1u);
  EXPECT_TRUE(health.last_success);
  EXPECT_TRUE(health.last_failure);
  EXPECT_THAT(health.last_error, HasSubstr("archive: the API answered 400"));
  EXPECT_TRUE(health.up) << "what was wrong with that call alone says nothing";

  server.handler = [](const HttpRequest&) { return Reply{.error = Error{Errc::Unavailable, "reset"}}; };
  run(api->list_once({}));
  EXPECT_EQ(server.metrics.api_requests("list", "error").Value(), 1);
  EXPECT_EQ(server.metrics.api_requests_by_code(), (Metrics::Counts{{"200", 1}, {"400", 1}, {"500", 1}, {"error", 1}}));
  EXPECT_FALSE(health.up);
  EXPECT_EQ(server.metrics.api_up.Value(), 0);
}

TEST_F(HttpArchiveApiTest, MeasuresHowLongCallsTake) {
  server.handler = [](const HttpRequest&) { return Reply{.body = kEmpty, .delay = 300ms}; };
  ASSERT_TRUE(run(api->list({})));
  const auto took = server.metrics.api_seconds("list").Collect().histogram;
  EXPECT_EQ(took.sample_count, 1u);
  EXPECT_DOUBLE_EQ(took.sample_sum, 0.3);
  EXPECT_EQ(server.metrics.api_up.Value(), 1);
}

TEST_F(HttpArchiveApiTest, CancellingACallFreesItsConnection) {
  server.handler = [](const HttpRequest&) { return Reply{.body = kEmpty, .delay = 1h}; };
  std::vector<TaskId> ids;
  for (int i = 0; i < 8; ++i) ids.push_back(server.loop.spawn(test::drop(api->list({}))));
  server.loop.context().restart();
  server.loop.context().poll();
  EXPECT_EQ(server.transport.under_way, 4);
  for (const TaskId id : ids) server.loop.cancel(id);
  ASSERT_TRUE(server.loop.run_until_idle(60s));
  EXPECT_EQ(server.transport.under_way, 0);
  server.handler = [](const HttpRequest&) { return Reply{.body = kEmpty}; };
  EXPECT_TRUE(run(api->list({})));
}

}  // namespace
}  // namespace g2afs
