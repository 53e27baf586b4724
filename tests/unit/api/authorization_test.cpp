// SPDX-License-Identifier: MIT
#include "g2afs/api/authorization.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "api_server.hpp"

namespace g2afs::test {
namespace {

using testing::HasSubstr;
using testing::Not;

Authorization request() { return {"http://127.0.0.1:1/", "st ate", Secret("verifier")}; }

Error error_of(std::string_view query) {
  const auto code = read_authorization_answer(query, request());
  return code ? Error{Errc::Internal, "a code: " + code->reveal()} : code.error();
}

TEST(Authorization, ChallengesAsRfc7636DoesInAppendixB) {
  EXPECT_EQ(code_challenge(Secret("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk")),
            "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
}

TEST(Authorization, BeginsWithWordsThatNobodyGuesses) {
  const auto one = Authorization::begin("http://127.0.0.1:1/"), other = Authorization::begin("http://127.0.0.1:1/");
  for (const std::string& word : {one.state, one.verifier.reveal()}) {
    EXPECT_EQ(word.size(), 43U) << "256 bits; RFC 7636 wants 43 characters at least";
    EXPECT_EQ(word.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"),
              std::string::npos);
  }
  EXPECT_NE(one.state, one.verifier.reveal());
  EXPECT_NE(one.state, other.state);
  EXPECT_NE(one.verifier.reveal(), other.verifier.reveal());
}

TEST(Authorization, AsksWithEverythingEncoded) {
  const std::string query =
      "response_type=code&client_id=me%2Fyou%26&redirect_uri=http%3A%2F%2F127.0.0.1%3A1%2F&state="
      "st%20ate&code_challenge=" +
      code_challenge(Secret("verifier")) + "&code_challenge_method=S256";
  EXPECT_EQ(authorization_url(url("https://login.example/authorize"), "me/you&", request())->text(),
            "https://login.example/authorize?" + query);
  EXPECT_EQ(authorization_url(url("https://login.example/a?tenant=7"), "me/you&", request())->text(),
            "https://login.example/a?tenant=7&" + query);
  EXPECT_EQ(authorization_url(url("https://login.example/a?"), "me/you&", request())->text(),
            "https://login.example/a?" + query);
}

TEST(Authorization, TakesTheCodeOfAnAnswer) {
  const auto code = read_authorization_answer("x=y&code=a%2Bb+c&&state=st+ate&empty", request());
  ASSERT_TRUE(code) << code.error().what;
  EXPECT_EQ(code->reveal(), "a+b c");
}

TEST(Authorization, PassesOverWhatIsNoAnswer) {
  for (const auto* query :
       {"", "state=st+ate", "code=&state=st+ate", "code=a&code=b&state=st+ate", "code=a&error=b&state=st+ate",
        "code=%4&state=st+ate", "code=%zz&state=st+ate", "code%=a"}) {
    EXPECT_EQ(error_of(query).code, Errc::NotFound) << query;
  }
}

TEST(Authorization, RefusesTheAnswerToAnotherRequest) {
  for (const auto* query :
       {"code=a", "code=a&state=", "code=a&state=other", "error=access_denied", "code=a&state=st"}) {
    EXPECT_EQ(error_of(query).code, Errc::Invalid) << query;
    EXPECT_THAT(error_of(query).what, HasSubstr("wrong state")) << query;
  }
}

TEST(Authorization, TellsWhoSaidNo) {
  const auto denied = error_of("error=access_denied&error_description=No+%3Cb%3Eway%0A%1b[31m&state=st+ate");
  EXPECT_EQ(denied.code, Errc::Denied);
  EXPECT_EQ(denied.what, "the authorization was denied (access_denied: No <b>way??[31m)");
  EXPECT_EQ(error_of("error=unauthorized_client&state=st+ate").code, Errc::Denied);
  EXPECT_EQ(error_of("error=temporarily_unavailable&state=st+ate").code, Errc::Unavailable);
  EXPECT_EQ(error_of("error=invalid_scope&state=st+ate").code, Errc::Invalid);
  EXPECT_LT(error_of("state=st+ate&error=" + std::string(9'000, 'x')).what.size(), 200U);
}

}  // namespace
}  // namespace g2afs::test
