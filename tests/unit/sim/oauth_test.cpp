// SPDX-License-Identifier: MIT
// OAuth: both grants, rotation, expiry and the errors of RFC 6749.
#include <fmt/format.h>

#include "test_client.hpp"

namespace g2a_sim::test {
namespace {

class OauthTest : public SimTest {
 protected:
  static SimOptions oauth_options() {
    SimOptions options;
    options.client_id = "me";
    options.client_secret = "secret";
    options.refresh_token = "R0";
    return options;
  }
  Reply token(const std::string& form, const std::string& authorization = "Basic bWU6c2VjcmV0") {
    TestConnection connection(sim_->port());
    connection.send("POST", "/oauth/token",
                    {"Authorization: " + authorization, "Content-Type: application/x-www-form-urlencoded"}, form);
    return connection.receive();
  }
  std::string access(const std::string& refresh) {
    return token("grant_type=refresh_token&refresh_token=" + refresh).json().at("access_token");
  }
  int list_status(const std::string& access_token) {
    TestConnection connection(sim_->port());
    connection.send("GET", fmt::format("{}?{}", kRecordings, kKey), {"Authorization: Bearer " + access_token});
    return connection.receive().status;
  }
};

TEST_F(OauthTest, RefreshGivesAnAccessTokenThatExpires) {
  auto options = oauth_options();
  options.token_ttl_seconds = 60;
  start(options);
  const auto answer = token("grant_type=refresh_token&refresh_token=R0").json();
  EXPECT_EQ(answer["token_type"], "Bearer");
  EXPECT_EQ(answer["expires_in"], 60);
  EXPECT_FALSE(answer.contains("refresh_token"));
  const std::string access_token = answer["access_token"];
  EXPECT_EQ(list_status(access_token), 200);
  control("POST", "clock", {{"advance_seconds", 61}});
  EXPECT_EQ(list_status(access_token), 403);
  EXPECT_EQ(list_status(access("R0")), 200);
  control("POST", "clock", {{"advance_seconds", 31 * 86'400}});
  EXPECT_EQ(token("grant_type=refresh_token&refresh_token=R0").json()["error"], "invalid_grant");
}

TEST_F(OauthTest, RotationKillsTheOldRefreshToken) {
  auto options = oauth_options();
  options.rotate_refresh = true;
  start(options);
  const auto first = token("grant_type=refresh_token&refresh_token=R0").json();
  const Reply again = token("grant_type=refresh_token&refresh_token=R0");
  EXPECT_EQ(again.status, 400);
  EXPECT_EQ(again.json()["error"], "invalid_grant");
  EXPECT_EQ(token("grant_type=refresh_token&refresh_token=" + first["refresh_token"].get<std::string>()).status, 200);
}

TEST_F(OauthTest, AuthorizationCodesServeOnce) {
  auto options = oauth_options();
  options.token_keys = true;
  options.account_keys = {18'446'744'073'709'551'615ULL};
  start(options);
  const Reply page =
      call("GET",
           "/oauth/"
           "authorize?client_id=me&response_type=code&state=a%26b&redirect_uri=http%3A%2F%2Flocalhost%3A1%2Fcb");
  ASSERT_EQ(page.status, 302);
  const std::string location = page.headers.at("location");
  ASSERT_TRUE(location.starts_with("http://localhost:1/cb?code=")) << location;
  ASSERT_TRUE(location.ends_with("&state=a%26b")) << location;
  const std::string code = location.substr(27, location.find('&') - 27);
  const std::string form =
      "grant_type=authorization_code&code=" + code + "&redirect_uri=http%3A%2F%2Flocalhost%3A1%2Fcb";
  const auto answer = token(form).json();
  EXPECT_TRUE(answer.contains("refresh_token"));
  EXPECT_EQ(answer["account_key"], "18446744073709551615");
  EXPECT_EQ(token(form).json()["error"], "invalid_grant");
}

TEST_F(OauthTest, CodesAreBoundToTheirRedirectUri) {
  start(oauth_options());
  const std::string location =
      call("GET", "/oauth/authorize?client_id=me&response_type=code&redirect_uri=http://a").headers.at("location");
  const std::string code = location.substr(location.find("code=") + 5);
  EXPECT_EQ(token("grant_type=authorization_code&redirect_uri=http://b&code=" + code).json()["error"], "invalid_grant");
}

// The pair of RFC 7636, appendix B.
TEST_F(OauthTest, CodesOfAChallengeNeedItsVerifier) {
  start(oauth_options());
  const auto form_of_new_code = [&](const std::string& challenge) {
    const std::string location =
        call("GET", "/oauth/authorize?client_id=me&response_type=code&redirect_uri=http://a&" + challenge)
            .headers.at("location");
    return "grant_type=authorization_code&redirect_uri=http://a&code=" + location.substr(location.find("code=") + 5);
  };
  const std::string challenge = "code_challenge_method=S256&code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
  const std::string verifier = "&code_verifier=dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
  EXPECT_EQ(token(form_of_new_code(challenge) + verifier).status, 200);
  EXPECT_EQ(token(form_of_new_code(challenge)).json()["error"], "invalid_grant");
  EXPECT_EQ(token(form_of_new_code(challenge) + verifier + "x").json()["error"], "invalid_grant");
  EXPECT_EQ(token(form_of_new_code("") + verifier).status, 200) << "without a challenge there is nothing to prove";
  EXPECT_EQ(
      call("GET", "/oauth/authorize?client_id=me&response_type=code&redirect_uri=http://a&code_challenge=plain-text")
          .headers.at("location"),
      "http://a?error=invalid_request");
}

TEST_F(OauthTest, TheDateHeaderFollowsTheClock) {
  auto options = oauth_options();
  options.now_ms = 1'000'000'000'000;
  start(options);
  EXPECT_TRUE(call("GET", "/oauth/authorize").headers.at("date").starts_with("Sun, 09 Sep 2001 01:46:4"));
  control("POST", "clock", {{"advance_seconds", 86'400}});
  EXPECT_TRUE(call("GET", "/oauth/authorize").headers.at("date").starts_with("Mon, 10 Sep 2001 01:46:4"));
}

TEST_F(OauthTest, AuthorizeRefuses) {
  auto options = oauth_options();
  options.deny_authorize = true;
  start(options);
  EXPECT_EQ(call("GET", "/oauth/authorize?client_id=you&response_type=code&redirect_uri=http://a").status, 400);
  EXPECT_EQ(call("GET", "/oauth/authorize?client_id=me&response_type=code").status, 400);
  EXPECT_EQ(
      call("GET", "/oauth/authorize?client_id=me&response_type=token&redirect_uri=http://a").headers.at("location"),
      "http://a?error=unsupported_response_type");
  EXPECT_EQ(
      call("GET", "/oauth/authorize?client_id=me&response_type=code&redirect_uri=http://a").headers.at("location"),
      "http://a?error=access_denied");
}

TEST_F(OauthTest, TokenRefuses) {
  start(oauth_options());
  const Reply stranger = token("grant_type=refresh_token&refresh_token=R0", "Basic bWU6d3Jvbmc=");
  EXPECT_EQ(stranger.status, 401);
  EXPECT_EQ(stranger.json()["error"], "invalid_client");
  EXPECT_TRUE(stranger.headers.contains("www-authenticate"));
  EXPECT_EQ(token("grant_type=refresh_token&refresh_token=R0", "Bearer x").status, 401);
  EXPECT_EQ(token("refresh_token=R0").json()["error"], "invalid_request");
  EXPECT_EQ(token("grant_type=refresh_token").json()["error"], "invalid_request");
  EXPECT_EQ(token("grant_type=password").json()["error"], "unsupported_grant_type");
  EXPECT_EQ(token("grant_type=refresh_token&refresh_token=R9").json()["error"], "invalid_grant");
}

TEST_F(OauthTest, TestsCanKillTokens) {
  start(oauth_options());
  const std::string first = access("R0");
  control("POST", "tokens", {{"expire", true}});
  EXPECT_EQ(list_status(first), 403);
  const std::string second = access("R0");
  control("POST", "tokens", {{"revoke", true}});
  EXPECT_EQ(list_status(second), 403);
  EXPECT_EQ(token("grant_type=refresh_token&refresh_token=R0").json()["error"], "invalid_grant");
  control("POST", "tokens", {{"restore", true}});
  EXPECT_EQ(list_status(access("R0")), 200);
}

}  // namespace
}  // namespace g2a_sim::test
