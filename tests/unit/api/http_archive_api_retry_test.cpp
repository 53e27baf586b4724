// SPDX-License-Identifier: MIT
// Which answers are tried again, for how long, and what is waited for.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "api_fixture.hpp"

namespace g2afs {
namespace {

using namespace std::chrono_literals;
using test::Reply;
using testing::AllOf;
using testing::Each;
using testing::SizeIs;

const char* const kEmpty = "{}";

struct ApiRetryTest : test::ApiFixture {};

TEST_F(ApiRetryTest, AnswersThatMakeNoSenseAreTriedAgain) {
  const std::vector<Reply> troubles{{.body = "<html>proxy login</html>"},
                                    {.body = ""},
                                    {.body = R"({"readyForDownload":7})"},
                                    {.status = 204},
                                    {.status = 500, .body = kEmpty},
                                    {.status = 502},
                                    {.status = 302},
                                    {.error = Error{Errc::Unavailable, "reset"}},
                                    {.body = kEmpty, .content_length = (64U << 20) + 1}};
  server.handler = [&](const HttpRequest&) {
    return asked() <= troubles.size() ? troubles[asked() - 1] : Reply{.body = kEmpty};
  };
  EXPECT_TRUE(run(api->list({})));
  EXPECT_EQ(asked(), troubles.size() + 1);
  EXPECT_EQ(server.retries("answer"), 4);
  EXPECT_EQ(server.retries("status"), 4);
  EXPECT_EQ(server.retries("network"), 1);
}

TEST_F(ApiRetryTest, TroubleBeyondRetryForIsUnavailable) {
  for (const Reply& trouble :
       {Reply{.status = 500}, Reply{.body = "<html>"}, Reply{.error = Error{Errc::Unavailable, "no route to host"}}}) {
    server.handler = [&](const HttpRequest&) { return trouble; };
    const MonotonicTime start = server.clock.now();
    expect_error(run(api->list({})), Errc::Unavailable, "list: ");
    EXPECT_LE(server.clock.now() - start, 120s);
    EXPECT_GT(server.clock.now() - start, 100s);
  }
}

TEST_F(ApiRetryTest, AUrlThatMustNotBeAskedIsNotAskedAgain) {
  server.handler = [](const HttpRequest&) { return Reply{.error = Error{Errc::Invalid, "plain http"}}; };
  expect_error(run(api->list({})), Errc::Invalid, "plain http");
  EXPECT_EQ(asked(), 1u);
}

TEST_F(ApiRetryTest, RetryAfterIsObeyed) {
  for (const int status : {429, 503}) {
    const std::size_t before = asked();
    server.handler = [this, status, before](const HttpRequest&) {
      return asked() == before + 1 ? Reply{.status = status, .retry_after = 17s} : Reply{.body = kEmpty};
    };
    const MonotonicTime start = server.clock.now();
    EXPECT_TRUE(run(api->list({})));
    EXPECT_EQ(server.clock.now() - start, 17s);
  }
  EXPECT_EQ(server.retries("throttled"), 1);
}

TEST_F(ApiRetryTest, A429WithoutRetryAfterIsTriedAgain) {
  server.handler = [this](const HttpRequest&) { return asked() < 4 ? Reply{.status = 429} : Reply{.body = kEmpty}; };
  EXPECT_TRUE(run(api->list({})));
}

TEST_F(ApiRetryTest, A429BeyondRetryForIsThrottled) {
  server.handler = [](const HttpRequest&) { return Reply{.status = 429}; };
  expect_error(run(api->list({})), Errc::Throttled, "429");
  server.handler = [](const HttpRequest&) { return Reply{.status = 429, .retry_after = 0s}; };
  expect_error(run(api->list({})), Errc::Throttled, "429");

  server.handler = [](const HttpRequest&) { return Reply{.status = 429, .retry_after = 600s}; };
  const std::size_t before = asked();
  expect_error(run(api->list({})), Errc::Throttled, "429");
  EXPECT_EQ(asked(), before + 2) << "once more when the time is over";
}

TEST_F(ApiRetryTest, ABodyIsReadUpTo64Megabytes) {
  server.handler = [](const HttpRequest&) { return Reply{.body = std::string((64U << 20) + 1, ' ')}; };
  expect_error(run(api->list_once({})), Errc::Unavailable, "larger than 64 MB");
  server.handler = [](const HttpRequest&) { return Reply{.body = std::string(4U << 20, ' ') + kEmpty}; };
  EXPECT_TRUE(run(api->list_once({})));
}

TEST_F(ApiRetryTest, ListOnceAsksOnce) {
  for (const Reply& trouble : {Reply{.status = 500}, Reply{.status = 429, .retry_after = 1s}, Reply{.body = "<html>"},
                               Reply{.error = Error{Errc::Unavailable, "no route to host"}}}) {
    restart();
    const std::size_t before = asked();
    server.handler = [&](const HttpRequest&) { return trouble; };
    const MonotonicTime start = server.clock.now();
    EXPECT_FALSE(run(api->list_once({})));
    EXPECT_EQ(asked() - before, 1u);
    EXPECT_EQ(server.clock.now(), start);
  }
}

TEST_F(ApiRetryTest, WaitingForTheNextTryTakesNoConnection) {
  server.handler = [this](const HttpRequest&) {
    return asked() <= 4 ? Reply{.status = 500, .retry_after = 60s} : Reply{.body = kEmpty};
  };
  for (int i = 0; i < 4; ++i) server.loop.spawn(test::drop(api->list({})));
  bool listed = false;
  struct Fifth {
    static Task<> run(HttpArchiveApi& api, bool& listed) { listed = (co_await api.list({})).has_value(); }
  };
  server.loop.spawn(Fifth::run(*api, listed));
  server.loop.context().restart();
  server.loop.context().poll();
  EXPECT_TRUE(listed);
  ASSERT_TRUE(server.clock.run(server.loop));
}

TEST_F(ApiRetryTest, TheTimeInLineIsNotTakenFromTheTimeForRetries) {
  options.connections = 1;
  restart();
  server.handler = [this](const HttpRequest&) {
    return asked() == 200 ? Reply{.status = 503} : Reply{.body = kEmpty, .delay = 1s};
  };
  std::vector<bool> listed;
  struct Caller {
    static Task<> run(HttpArchiveApi& api, std::vector<bool>& listed) {
      listed.push_back((co_await api.list({})).has_value());
    }
  };
  for (int i = 0; i < 200; ++i) server.loop.spawn(Caller::run(*api, listed));
  ASSERT_TRUE(server.clock.run(server.loop));
  EXPECT_THAT(listed, AllOf(SizeIs(200), Each(true)));
}

TEST_F(ApiRetryTest, ATimeOfTroubleIsLoggedOnce) {
  server.handler = [this](const HttpRequest&) { return asked() < 6 ? Reply{.status = 500} : Reply{.body = kEmpty}; };
  ASSERT_TRUE(run(api->list({})));
  EXPECT_EQ(server.count_in_log("[warning]"), 1u);
  EXPECT_EQ(server.count_in_log("the API answers again"), 1u);
}

}  // namespace
}  // namespace g2afs
