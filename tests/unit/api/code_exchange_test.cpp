// SPDX-License-Identifier: MIT
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "token_fixture.hpp"

#include "g2afs/api/authorization.hpp"

namespace g2afs::test {
namespace {

using testing::HasSubstr;

struct CodeExchangeTest : TokenFixture {
  const Authorization authorization{"http://127.0.0.1:1/", "state", Secret("ver ifier")};

  Result<wire::TokenAnswer> exchange() {
    return run_task(server.loop, server.clock,
                    exchange_code(server.transport, options(), authorization, Secret("c&de")));
  }
  Error error_of(Reply reply) {
    server.handler = [reply](const HttpRequest&) { return reply; };
    const auto answer = exchange();
    return answer ? Error{Errc::Internal, "an answer"} : answer.error();
  }
};

TEST_F(CodeExchangeTest, SendsTheCodeItsVerifierAndTheClient) {
  server.handler = [](const HttpRequest&) {
    return Reply{.body = R"({"access_token":"a","refresh_token":"r","account_key":"18446744073709551615"})"};
  };
  const auto answer = exchange();
  ASSERT_TRUE(answer) << answer.error().what;
  EXPECT_EQ(answer->refresh_token.reveal(), "r");
  EXPECT_EQ(answer->account_key, "18446744073709551615");
  ASSERT_EQ(asked(), 1U);
  const HttpRequest& request = server.transport.requests.front();
  EXPECT_EQ(request.method, Method::Post);
  EXPECT_EQ(request.url.text(), "https://login.example/oauth/token");
  EXPECT_EQ(request.authorization.reveal(), "Basic Y2xpZW50OnMzY3JldA==");
  EXPECT_EQ(request.body,
            "grant_type=authorization_code&code=c%26de&redirect_uri=http%3A%2F%2F127.0.0.1%3A1%2F&"
            "code_verifier=ver%20ifier");
}

TEST_F(CodeExchangeTest, IsNotTriedAgainSinceACodeServesOnce) {
  EXPECT_EQ(error_of({.status = 503, .retry_after = std::chrono::seconds{1}}).code, Errc::Unavailable);
  EXPECT_EQ(asked(), 1U);
}

TEST_F(CodeExchangeTest, SaysWhatIsRefused) {
  const auto client = error_of(refused(401, R"({"error":"invalid_client"})"));
  EXPECT_EQ(client.code, Errc::Denied);
  EXPECT_THAT(client.what, HasSubstr("client_id or client_secret"));
  const auto code = error_of(kInvalidGrant);
  EXPECT_EQ(code.code, Errc::Denied);
  EXPECT_THAT(code.what, HasSubstr("expired or was used already"));
  EXPECT_EQ(error_of(refused(400, R"({"error":"invalid_request"})")).code, Errc::Invalid);
  EXPECT_EQ(error_of(refused(403, "no")).code, Errc::Denied);
  EXPECT_EQ(error_of(refused(400, "<html>")).code, Errc::Unavailable) << "a proxy's";
  EXPECT_EQ(error_of({.status = 429}).code, Errc::Throttled);
}

TEST_F(CodeExchangeTest, SaysWhatIsMissing) {
  EXPECT_THAT(error_of({.body = R"({"access_token":"a"})"}).what, HasSubstr("has no refresh_token"));
  EXPECT_THAT(error_of({.body = "<html>"}).what, HasSubstr("token_url: the answer is not JSON"));
  const auto network = error_of({.error = Error{Errc::Unavailable, "https://login.example:443/…: cannot connect"}});
  EXPECT_EQ(network.code, Errc::Unavailable);
  EXPECT_EQ(network.what, "token_url: https://login.example:443/…: cannot connect");
}

}  // namespace
}  // namespace g2afs::test
