// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>

#include "g2afs/api/wire.hpp"

namespace g2afs {
namespace {

TEST(WireToken, ReadsTheAnswerOfRfc6749) {
  const auto answer = wire::parse_token(
      R"({"access_token":"abc.D-E~","token_type":"Bearer","expires_in":1800,"refresh_token":"next","scope":"x"})");
  ASSERT_TRUE(answer) << answer.error().what;
  EXPECT_EQ(answer->access_token.reveal(), "abc.D-E~");
  EXPECT_EQ(answer->expires_in, 1800);
  EXPECT_EQ(answer->refresh_token.reveal(), "next");
  EXPECT_EQ(answer->account_key, "");
}

TEST(WireToken, ReadsTheOlderFormWithItsKeys) {
  const auto answer = wire::parse_token(
      R"({"access_token":"a","expires_in":"3600","account_key":"9876543210987654321","organizer_key":"18446744073709551615"})");
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->expires_in, 3600);
  EXPECT_TRUE(answer->refresh_token.empty());
  EXPECT_EQ(answer->account_key, "9876543210987654321");
  EXPECT_EQ(answer->organizer_key, "18446744073709551615");
}

TEST(WireToken, KeysMayBeNumbers) {
  const auto answer = wire::parse_token(R"({"access_token":"a","account_key":18446744073709551615})");
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->account_key, "18446744073709551615");
}

TEST(WireToken, ABadLifeCostsNothing) {
  for (const char* life : {"null", "-5", "0", "\"0\"", "\"soon\"", "1.5", "{}"}) {
    const auto answer =
        wire::parse_token(std::string(R"({"access_token":"a","refresh_token":"r","expires_in":)") + life + "}");
    ASSERT_TRUE(answer) << life;
    EXPECT_EQ(answer->expires_in, 3600) << life;
    EXPECT_EQ(answer->refresh_token.reveal(), "r");
  }
}

TEST(WireToken, AnAbsurdLifeIsCut) {
  const auto answer = wire::parse_token(R"({"access_token":"a","expires_in":18446744073709551615})");
  ASSERT_TRUE(answer);
  EXPECT_EQ(std::chrono::seconds(answer->expires_in), wire::kLongestLife);
}

TEST(WireToken, TheTypeOfTokenIsBearerInAnyCase) {
  EXPECT_TRUE(wire::parse_token(R"({"access_token":"a","token_type":"bearer"})"));
  EXPECT_FALSE(wire::parse_token(R"({"access_token":"a","token_type":"mac"})"));
}

TEST(WireToken, ATokenThatDoesNotFitIntoAHeaderIsNone) {
  for (const char* body :
       {R"({"access_token":"a\r\nHost: evil"})", R"({"access_token":"a b"})", R"({"access_token":""})",
        R"({"access_token":"ä"})", R"({"access_token":7})", "{}", "[]", "<html>", ""}) {
    const auto answer = wire::parse_token(body);
    ASSERT_FALSE(answer) << body;
    EXPECT_EQ(answer.error().code, Errc::Unavailable);
  }
}

TEST(WireToken, ReadsTheErrorsOfRfc6749) {
  EXPECT_EQ(wire::parse_token_error(R"({"error":"invalid_grant","error_description":"refresh token expired"})"),
            "invalid_grant");
  EXPECT_EQ(wire::parse_token_error(R"({"error":"invalid_client"})"), "invalid_client");
  for (const char* body : {"", "[]", "{}", R"({"error":7})", R"({"msg":"x"})", "<html>invalid_grant</html>"}) {
    EXPECT_EQ(wire::parse_token_error(body), "") << body;
  }
}

TEST(WireToken, AWordThatRfc6749DoesNotHaveIsNotQuoted) {
  for (const char* word : {"no token cjAwMQ==", "invalid_grant ", "Invalid_Grant", "invalid_grant\\u001b[31m"}) {
    EXPECT_EQ(wire::parse_token_error(std::string(R"({"error":")") + word + "\"}"), "unknown error") << word;
  }
}

}  // namespace
}  // namespace g2afs
