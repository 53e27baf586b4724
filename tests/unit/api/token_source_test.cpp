// SPDX-License-Identifier: MIT
// When a token is refreshed and what the answers of token_url lead to. The file has
// token_source_file_test.cpp.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "token_fixture.hpp"

namespace g2afs {
namespace {

using namespace std::chrono_literals;
using test::granted;
using test::kInvalidGrant;
using test::refused;
using test::Reply;
using test::write_file;
using testing::AllOf;
using testing::Each;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::SizeIs;

struct TokenSourceTest : test::TokenFixture {};

TEST_F(TokenSourceTest, AFixedTokenIsUsedAsItIsAndHasNoOther) {
  TokenOptions fixed;
  fixed.fixed = Secret("given");
  restart(fixed);
  EXPECT_EQ(token(), "given");
  EXPECT_FALSE(tokens->reject(Secret("given")));
  EXPECT_EQ(token(), "given");
  EXPECT_FALSE(tokens->expires_at());
  EXPECT_EQ(asked(), 0u);
}

TEST_F(TokenSourceTest, RefreshesAsTheVendorDocumentsIt) {
  write_file(file, R"({"refresh_token":"r+/= &ä"})");
  EXPECT_EQ(token(), "a1");
  ASSERT_EQ(asked(), 1u);
  const HttpRequest& request = server.transport.requests.front();
  EXPECT_EQ(request.method, Method::Post);
  EXPECT_EQ(request.purpose, Purpose::Token);
  EXPECT_EQ(request.url.text(), "https://login.example/oauth/token");
  EXPECT_EQ(request.authorization.reveal(), "Basic Y2xpZW50OnMzY3JldA==");
  EXPECT_EQ(request.body, "grant_type=refresh_token&refresh_token=r%2B%2F%3D%20%26%C3%A4");
  EXPECT_THAT(request.headers,
              ElementsAre("Accept: application/json", "Content-Type: application/x-www-form-urlencoded"));
  EXPECT_EQ(server.metrics.api_requests("token", "200").Value(), 1);
}

TEST_F(TokenSourceTest, OneTokenServesUntilAMinuteBeforeItsEnd) {
  EXPECT_EQ(token(), "a1");
  EXPECT_EQ(*tokens->expires_at(), server.clock.wall_now() + 1h);
  const std::chrono::duration<double> end = tokens->expires_at()->time_since_epoch();
  EXPECT_EQ(server.metrics.token_expiry().Value(), end.count());
  server.clock.advance(59min - 1ms);
  EXPECT_EQ(token(), "a1");
  EXPECT_EQ(asked(), 1u);
  server.clock.advance(1ms);
  EXPECT_EQ(token(), "a1") << "it is good for another minute, so nobody waits";
  EXPECT_EQ(asked(), 2u) << "but the next one was fetched";
  EXPECT_EQ(token(), "a2");
}

TEST_F(TokenSourceTest, AShortLifeIsRefreshedATenthAhead) {
  server.handler = [this](const HttpRequest&) { return granted("a" + std::to_string(++grants), "", 100); };
  EXPECT_EQ(token(), "a1");
  server.clock.advance(90s - 1ms);
  EXPECT_EQ(token(), "a1");
  EXPECT_EQ(asked(), 1u);
  server.clock.advance(1ms);
  token();
  EXPECT_EQ(asked(), 2u);
}

TEST_F(TokenSourceTest, ATokenPastItsEndIsNotHandedOut) {
  EXPECT_EQ(token(), "a1");
  server.clock.advance(1h);
  EXPECT_EQ(token(), "a2");
}

TEST_F(TokenSourceTest, TimeInSuspendCounts) {
  EXPECT_EQ(token(), "a1");
  server.clock.suspend(8h);
  EXPECT_EQ(token(), "a2");
}

TEST_F(TokenSourceTest, AStepOfTheClockChangesNothing) {
  for (const auto step : {-24h * 365, 24h * 365}) {
    SCOPED_TRACE(step.count());
    const std::string before = token();
    const std::size_t asked_before = asked();
    server.clock.step_wall(step);
    server.clock.advance(50min);
    EXPECT_EQ(token(), before);
    EXPECT_EQ(asked(), asked_before);
    server.clock.advance(10min);
    EXPECT_NE(token(), before) << "it ended";
  }
}

TEST_F(TokenSourceTest, WhileATokenIsGoodAFailingRefreshHurtsNobody) {
  EXPECT_EQ(token(), "a1");
  server.clock.advance(59min);
  server.handler = [](const HttpRequest&) { return kInvalidGrant; };
  EXPECT_EQ(token(), "a1");
  EXPECT_EQ(token(), "a1");
  server.clock.advance(1min);
  expect_error(Errc::Denied, "invalid_grant");
}

TEST_F(TokenSourceTest, AThousandCallsCauseOneRefresh) {
  server.handler = [this](const HttpRequest&) {
    Reply reply = granted("a" + std::to_string(++grants));
    reply.delay = 1s;
    return reply;
  };
  std::vector<std::string> got;
  struct Caller {
    static Task<> run(TokenSource& tokens, std::vector<std::string>& got) {
      const Result<Secret> token = co_await tokens.get();
      got.push_back(token ? token->reveal() : token.error().what);
    }
  };
  for (int i = 0; i < 1000; ++i) server.loop.spawn(Caller::run(*tokens, got));
  ASSERT_TRUE(server.clock.run(server.loop));
  EXPECT_EQ(asked(), 1u);
  EXPECT_THAT(got, AllOf(SizeIs(1000), Each("a1")));
}

TEST_F(TokenSourceTest, ARejectedTokenIsReplaced) {
  EXPECT_EQ(token(), "a1");
  EXPECT_TRUE(tokens->reject(Secret("a1")));
  EXPECT_FALSE(tokens->expires_at());
  EXPECT_EQ(token(), "a2");
  EXPECT_TRUE(tokens->reject(Secret("a1"))) << "late news of the old token";
  EXPECT_EQ(token(), "a2");
  EXPECT_EQ(asked(), 2u);
}

TEST_F(TokenSourceTest, InvalidGrantIsDeniedAtOnceAndSaysWhatToDo) {
  server.handler = [](const HttpRequest&) { return kInvalidGrant; };
  expect_error(Errc::Denied,
               "the server refused the refresh token (invalid_grant) of the token file " + file.string() +
                   ": get a new one by \"g2afs login\"");
  EXPECT_EQ(asked(), 1u);
}

TEST_F(TokenSourceTest, InvalidClientNamesWhatToMend) {
  server.handler = [](const HttpRequest&) { return refused(401, R"({"error":"invalid_client"})"); };
  expect_error(Errc::Denied, "client_id or client_secret (invalid_client)");
  EXPECT_EQ(asked(), 1u);
}

TEST_F(TokenSourceTest, AServerThatRepeatsSecretsIsNotQuoted) {
  write_file(file, R"({"refresh_token":"r+/=x"})");
  // As it was sent, in base64 and as it is: an encoding that is looked for leaves others.
  const std::string secrets = "r%2B%2F%3Dx cisvPXg= r+/=x s3cret";
  for (const std::string& body : {R"({"error":"invalid_grant","error_description":"no )" + secrets + "\"}",
                                  R"({"error":"no )" + secrets + "\"}"}) {
    restart();
    server.handler = [&](const HttpRequest&) { return refused(400, body); };
    const auto got = get();
    ASSERT_FALSE(got);
    EXPECT_EQ(got.error().code, Errc::Denied);
    for (const char* part : {"%2B", "cisv", "r+/", "s3cret"}) EXPECT_THAT(got.error().what, Not(HasSubstr(part)));
  }
}

TEST_F(TokenSourceTest, ARefusalWithoutWordsIsDeniedAtOnce) {
  for (const int status : {401, 403}) {
    for (const char* body : {"", "<html>Forbidden</html>", R"({"error":7})"}) {
      const std::size_t before = asked();
      server.handler = [&](const HttpRequest&) { return refused(status, body); };
      expect_error(Errc::Denied, std::to_string(status));
      expect_error(Errc::Denied, file.string());
      EXPECT_EQ(asked() - before, 2u) << "a proxy may have said so, so it is asked anew for the next call";
    }
  }
  server.handler = [](const HttpRequest&) { return refused(403, R"({"error":"invalid_grant"})"); };
  expect_error(Errc::Denied, "invalid_grant");
}

TEST_F(TokenSourceTest, ARefusedRefreshTokenIsNotSentAgain) {
  for (const char* word : {"invalid_grant", "invalid_client", "unauthorized_client"}) {
    restart();
    const std::size_t before = asked();
    server.handler = [word](const HttpRequest&) { return refused(400, std::string(R"({"error":")") + word + "\"}"); };
    for (int i = 0; i < 3; ++i) expect_error(Errc::Denied, word);
    EXPECT_EQ(asked() - before, 1u);
    tokens->reload(options());
    for (int i = 0; i < 3; ++i) expect_error(Errc::Denied, word);
    EXPECT_EQ(asked() - before, 2u) << "once more after a reload";
  }
  write_file(file, R"({"refresh_token":"r0","access_token":"ended","expires_at":1})");
  expect_error(Errc::Denied, "unauthorized_client");
  EXPECT_EQ(asked(), 7u) << "once more when the file has changed";
  server.handler = [](const HttpRequest&) { return granted("a1"); };
  expect_error(Errc::Denied, "unauthorized_client");
  write_file(file, R"({"refresh_token":"new"})");
  EXPECT_EQ(token(), "a1");
}

TEST_F(TokenSourceTest, TroubleIsTriedAgainAndPassesUnseen) {
  const std::vector<Reply> troubles{refused(500, ""),
                                    refused(503, "<html>"),
                                    refused(429, ""),
                                    refused(404, ""),
                                    refused(400, "no JSON"),
                                    {.body = "<html>captive portal</html>"},
                                    {.error = Error{Errc::Unavailable, "connection refused"}}};
  server.handler = [&](const HttpRequest&) {
    return asked() <= troubles.size() ? troubles[asked() - 1] : granted("a1");
  };
  EXPECT_EQ(token(), "a1");
  EXPECT_EQ(asked(), troubles.size() + 1);
  EXPECT_EQ(server.retries("token"), static_cast<double>(troubles.size()));
}

TEST_F(TokenSourceTest, TroubleBeyondRetryForIsUnavailable) {
  server.handler = [](const HttpRequest&) { return Reply{.error = Error{Errc::Unavailable, "no route"}}; };
  const MonotonicTime start = server.clock.now();
  expect_error(Errc::Unavailable, "no route");
  EXPECT_LE(server.clock.now() - start, 120s);
  EXPECT_GT(server.clock.now() - start, 100s);
}

TEST_F(TokenSourceTest, RetryAfterIsObeyed) {
  server.handler = [this](const HttpRequest&) {
    return asked() == 1 ? Reply{.status = 503, .retry_after = 37s} : granted("a1");
  };
  const MonotonicTime start = server.clock.now();
  EXPECT_EQ(token(), "a1");
  EXPECT_EQ(server.clock.now() - start, 37s);
}

TEST_F(TokenSourceTest, GetOnceDoesNotAskAgain) {
  server.handler = [](const HttpRequest&) { return Reply{.status = 503}; };
  const auto got = run_task(server.loop, server.clock, tokens->get_once());
  ASSERT_FALSE(got);
  EXPECT_EQ(got.error().code, Errc::Unavailable);
  EXPECT_EQ(asked(), 1u);
}

/// Callers side by side: what each was answered, in the order of the answers.
struct Caller {
  static Task<> run(Task<Result<Secret>> task, std::string name, std::vector<std::string>& answers) {
    const Result<Secret> token = co_await std::move(task);
    answers.push_back(name + (token ? ": " + token->reveal() : ": error"));
  }
};

TEST_F(TokenSourceTest, AGetThatMeetsAGetOnceIsStillRetried) {
  server.handler = [this](const HttpRequest&) {
    return asked() <= 2 ? Reply{.status = 503, .delay = 1s} : granted("a1");
  };
  std::vector<std::string> answers;
  server.loop.spawn(Caller::run(tokens->get_once(), "once", answers));
  for (int i = 0; i < 2; ++i) server.loop.spawn(Caller::run(tokens->get(), "get", answers));
  ASSERT_TRUE(server.clock.run(server.loop));
  EXPECT_THAT(answers, ElementsAre("once: error", "get: a1", "get: a1"));
  EXPECT_EQ(asked(), 3u) << "one request at a time";
}

TEST_F(TokenSourceTest, AGetOnceThatMeetsAGetSendsNoSecondRequest) {
  server.handler = [this](const HttpRequest&) { return asked() == 1 ? Reply{.status = 503} : granted("a1"); };
  std::vector<std::string> answers;
  server.loop.spawn(Caller::run(tokens->get(), "get", answers));
  server.loop.spawn(Caller::run(tokens->get_once(), "once", answers));
  ASSERT_TRUE(server.clock.run(server.loop));
  EXPECT_THAT(answers, ElementsAre("get: a1", "once: a1"));
  EXPECT_EQ(asked(), 2u);
}

TEST_F(TokenSourceTest, AUrlThatMustNotBeAskedIsNotAskedAgain) {
  server.handler = [](const HttpRequest&) { return Reply{.error = Error{Errc::Invalid, "plain http"}}; };
  expect_error(Errc::Invalid, "plain http");
  EXPECT_EQ(asked(), 1u);
}

TEST_F(TokenSourceTest, AnAnswerWithoutEndIsNotReadToTheEnd) {
  server.handler = [this](const HttpRequest&) {
    return asked() == 1 ? Reply{.body = std::string(3 << 20, ' ')} : granted("a1");
  };
  EXPECT_EQ(token(), "a1");
  EXPECT_EQ(asked(), 2u);
}

}  // namespace
}  // namespace g2afs
