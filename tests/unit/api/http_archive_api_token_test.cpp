// SPDX-License-Identifier: MIT
// HttpArchiveApi and TokenSource together: what a refused access token leads to.
#include <algorithm>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "api_fixture.hpp"
#include "fakes/temporary_directory.hpp"

namespace g2afs {
namespace {

using namespace std::chrono_literals;
using test::Reply;
using testing::AllOf;
using testing::Each;
using testing::HasSubstr;
using testing::SizeIs;

const char* const kEmpty = "{}";

/// An API whose access tokens a0, a1… are accepted only if they are the newest, and whose refresh tokens
/// rotate.
struct RotatingTokenTest : test::ApiFixture {
  test::TemporaryDirectory directory;
  const std::filesystem::path file = directory / "token.json";
  int generation = 0;
  int accepted = 1;

  void SetUp() override {
    test::write_file(file, R"({"refresh_token":"r0"})");
    tokens_options = {};
    tokens_options.token_url = test::url("https://login.example/token");
    tokens_options.token_file = file;
    ApiFixture::SetUp();
    server.handler = [this](const HttpRequest& request) { return answer(request); };
  }

  Reply answer(const HttpRequest& request) {
    if (request.url.host() == "login.example") {
      if (!request.body.ends_with("=r" + std::to_string(generation))) {
        return {.status = 400, .body = R"({"error":"invalid_grant"})"};
      }
      ++generation;
      return {.body = fmt::format(R"({{"access_token":"a{0}","refresh_token":"r{0}"}})", generation)};
    }
    // What the whole dance is for: whenever a token is seen in use, its refresh token is safe on disk.
    const auto stored = read_token_file(file);
    EXPECT_TRUE(stored);
    EXPECT_EQ(stored->refresh_token.reveal(), "r" + std::to_string(generation));
    const bool good = request.authorization.reveal() == "Bearer a" + std::to_string(generation);
    if (!good || generation < accepted) return {.status = 401};
    return {.body = kEmpty, .delay = 1s};
  }
  std::size_t refreshes() const { return server.requests("/token").size(); }
};

/// A hundred callers of an API whose token server is dead, from a certain moment on.
struct DeadTokenServerTest : RotatingTokenTest {
  static Task<> call(HttpArchiveApi& api, std::vector<Errc>& errors) {
    const Result<Listing> listed = co_await api.list({});
    if (!listed) errors.push_back(listed.error().code);
  }
  void expect_all_to_fail_together() {
    std::vector<Errc> errors;
    const MonotonicTime start = server.clock.now();
    for (int i = 0; i < 100; ++i) server.loop.spawn(call(*api, errors));
    ASSERT_TRUE(server.clock.run(server.loop));
    EXPECT_THAT(errors, AllOf(SizeIs(100), Each(Errc::Unavailable)));
    EXPECT_LE(server.clock.now() - start, 120s + 15s);
  }
};

TEST_F(DeadTokenServerTest, IsWaitedForByAllTogether) {
  server.handler = [](const HttpRequest&) { return Reply{.status = 500, .delay = 1s}; };
  expect_all_to_fail_together();
}

TEST_F(DeadTokenServerTest, IsWaitedForByAllTogetherAlsoByThoseInLine) {
  ASSERT_TRUE(run(api->list({})));
  server.handler = [](const HttpRequest& request) {
    return request.url.host() == "login.example" ? Reply{.status = 500, .delay = 1s}
                                                 : Reply{.status = 401, .delay = 1s};
  };
  expect_all_to_fail_together();
}

TEST_F(RotatingTokenTest, ANewRefreshTokenIsStoredBeforeTheAccessTokenIsUsed) {
  EXPECT_TRUE(run(api->list({})));
  EXPECT_EQ(refreshes(), 1u);
}

TEST_F(RotatingTokenTest, A401BringsANewTokenAndOneMoreTry) {
  EXPECT_TRUE(run(api->list({})));
  accepted = 2;
  EXPECT_TRUE(run(api->list({})));
  EXPECT_EQ(refreshes(), 2u);
  EXPECT_EQ(server.requests("/recordings").size(), 3u);
  EXPECT_EQ(server.retries("token"), 1);
}

TEST_F(RotatingTokenTest, ATokenThatEndsInLineIsNotSent) {
  options.connections = 1;
  restart();
  int refused = 0, listed = 0;
  MonotonicTime issued{};
  server.handler = [&](const HttpRequest& request) -> Reply {
    const MonotonicTime now = server.clock.now();
    if (request.url.host() == "login.example") {
      issued = now;
      return {.body = fmt::format(R"({{"access_token":"a{}","expires_in":30}})", ++generation)};
    }
    if (now - issued >= 30s) return ++refused, Reply{.status = 401};
    return {.body = kEmpty, .delay = 5s};
  };
  struct Caller {
    static Task<> run(HttpArchiveApi& api, int& listed) { listed += (co_await api.list({})).has_value() ? 1 : 0; }
  };
  for (int i = 0; i < 50; ++i) server.loop.spawn(Caller::run(*api, listed));
  ASSERT_TRUE(server.clock.run(server.loop));
  EXPECT_EQ(listed, 50);
  EXPECT_EQ(refused, 0);
}

TEST_F(RotatingTokenTest, ListOnceMayReplaceTheTokenToo) {
  EXPECT_TRUE(run(api->list({})));
  accepted = 2;
  EXPECT_TRUE(run(api->list_once({})));
}

TEST_F(RotatingTokenTest, AnIdThatIsRefusedDoesNotCostATokenACall) {
  server.handler = [this](const HttpRequest& request) {
    if (request.url.text().find("/archived/7") != std::string::npos) return Reply{.status = 403};
    if (request.method == Method::Put) return Reply{.status = 204};
    return answer(request);
  };
  expect_error(run(api->archive({{7}})), Errc::Forbidden, "403");
  EXPECT_EQ(refreshes(), 2u) << "the token may have been the trouble";
  for (int i = 0; i < 9; ++i) expect_error(run(api->archive({{7}, {8}})), Errc::Forbidden, "403");
  EXPECT_TRUE(run(api->archive({{8}})));
  EXPECT_EQ(refreshes(), 2u);
  EXPECT_EQ(server.requests("/archived/7").size(), 2u);
  EXPECT_EQ(server.requests("/archived/7,8").size(), 9u);
  server.clock.advance(61s);
  expect_error(run(api->archive({{7}})), Errc::Forbidden, "403");
  EXPECT_EQ(refreshes(), 3u) << "it may have ended by now";
}

TEST_F(RotatingTokenTest, RefusedAgainIsDenied) {
  accepted = 99;
  expect_error(run(api->list({})), Errc::Denied, "401");
  EXPECT_EQ(server.requests("/recordings").size(), 2u);
  EXPECT_EQ(refreshes(), 2u);
}

TEST_F(RotatingTokenTest, AForeignIdCostsOneRefreshHoweverOftenTheBatchIsHalved) {
  server.handler = [this](const HttpRequest& request) {
    if (!request.url.path().ends_with("/urls")) return answer(request);
    const auto ids = test::ids_of(request);
    if (std::find(ids.begin(), ids.end(), RecordingId{77}) != ids.end()) return Reply{.status = 403};
    return Reply{.body = "[]"};
  };
  EXPECT_TRUE(run(api->urls(test::many_ids(500))));
  EXPECT_EQ(refreshes(), 2u);
}

TEST_F(RotatingTokenTest, ARefusedRefreshTokenIsDeniedAtOnce) {
  generation = 5;
  expect_error(run(api->list({})), Errc::Denied, "get a new one by \"g2afs login\"");
  EXPECT_EQ(server.requests("/recordings").size(), 0u);
  EXPECT_THAT(api->health().last_error, HasSubstr("invalid_grant"));
}

TEST_F(RotatingTokenTest, ATokenServerThatRefusesWithoutWordsIsDeniedAtTheMountToo) {
  server.handler = [](const HttpRequest&) { return Reply{.status = 401, .body = "<html>"}; };
  expect_error(run(api->list_once({})), Errc::Denied, "401");
  EXPECT_EQ(asked(), 1u);
}

TEST_F(RotatingTokenTest, AThousandCallsWithADeadTokenCauseOneRefresh) {
  EXPECT_TRUE(run(api->list({})));
  accepted = 2;
  int good = 0;
  struct Caller {
    static Task<> run(HttpArchiveApi& api, int& good) { good += (co_await api.list({})).has_value() ? 1 : 0; }
  };
  for (int i = 0; i < 1000; ++i) server.loop.spawn(Caller::run(*api, good));
  ASSERT_TRUE(server.clock.run(server.loop));
  EXPECT_EQ(good, 1000);
  EXPECT_EQ(refreshes(), 2u);
}

TEST_F(RotatingTokenTest, AnUnreachableTokenServerIsNotWaitedForByListOnce) {
  server.handler = [](const HttpRequest&) { return Reply{.error = Error{Errc::Unavailable, "no route to host"}}; };
  const MonotonicTime start = server.clock.now();
  expect_error(run(api->list_once({})), Errc::Unavailable, "no route to host");
  EXPECT_EQ(server.clock.now(), start);
  EXPECT_EQ(asked(), 1u);
}

TEST_F(RotatingTokenTest, TroubleWithTheTokenServerIsNotRetriedTwice) {
  server.handler = [](const HttpRequest&) { return Reply{.error = Error{Errc::Unavailable, "no route to host"}}; };
  const MonotonicTime start = server.clock.now();
  expect_error(run(api->list({})), Errc::Unavailable, "no route to host");
  EXPECT_LE(server.clock.now() - start, 120s);
}

}  // namespace
}  // namespace g2afs
