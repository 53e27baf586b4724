// SPDX-License-Identifier: MIT
#include "g2afs/app/login.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "browser_of_a_test.hpp"
#include "fakes/fake_clock.hpp"
#include "fakes/fake_transport.hpp"
#include "fakes/temporary_directory.hpp"
#include "unit/net/loop_fixture.hpp"

namespace g2afs::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

std::uint16_t free_port() {
  asio::io_context context;
  const asio::ip::tcp::endpoint any(asio::ip::address_v4::loopback(), 0);
  return asio::ip::tcp::acceptor(context, any).local_endpoint().port();
}

class LoginTest : public LoopFixture {
 protected:
  void SetUp() override {
    transport.server = [this](const HttpRequest&, BodySink& sink) -> Task<Result<ResponseHead>> {
      ResponseHead head;
      head.status = status;
      return FakeTransport::answer(sink, head, body);
    };
    start(R"({ "client_id": "me", "client_secret": "s3cret" })");
  }

  void start(const std::string& json) {
    login.reset();
    file = directory.write("acme.json", json);
    Environment env;
    env.home = directory.path();
    env.uid = 1000;
    auto loaded = load_config(file, {}, env, ConfigUse::Login);
    ASSERT_TRUE(loaded) << loaded.error().what;
    config.emplace(*std::move(loaded));
    login.emplace(loop, clock, transport, *config, port);
  }

  std::string state() const {
    const std::string text = login->page().value().text();
    const auto at = text.find("&state=") + 7;
    return text.substr(at, text.find('&', at) - at);
  }
  std::string error_of(const std::string& line) const {
    const auto code = login->pasted(line);
    return code ? "code " + code->reveal() : code.error().what;
  }
  Result<std::vector<std::string>> finish() { return run_alone(loop, login->finish(Secret("the-code"))); }
  /// Has the browser get these pages while the login waits for an answer; what came of that, and the pages.
  std::pair<Result<Secret>, std::string> answer_to(const std::vector<std::string>& targets) {
    EXPECT_TRUE(login->listen());
    std::string pages;
    struct Get {
      static Task<> run(Loop& loop, std::uint16_t port, std::vector<std::string> targets, std::string& pages) {
        for (const auto& target : targets) pages += co_await get_page(loop, port, target);
      }
    };
    loop.spawn(Get::run(loop, port, targets, pages));
    auto code = run_alone(loop, login->answer());
    loop.run_until_idle(kHangs);
    return {std::move(code), std::move(pages)};
  }

  TemporaryDirectory directory;
  FakeClock clock;
  FakeTransport transport;
  int status = 200;
  std::string body = R"({"access_token":"a1","refresh_token":"r1","expires_in":60,)"
                     R"("account_key":"18446744073709551615","organizer_key":"8"})";
  const std::uint16_t port = free_port();
  std::string file;
  std::optional<Config> config;
  std::optional<Login> login;
};

TEST_F(LoginTest, TakesTheCodeThatTheBrowserBrings) {
  const auto [code, page] = answer_to({"/?code=the%2Fcode&state=" + state()});
  ASSERT_TRUE(code) << code.error().what;
  EXPECT_EQ(code->reveal(), "the/code");
  EXPECT_THAT(page, HasSubstr("You can close this window"));
}

TEST_F(LoginTest, TellsTheBrowserToo) {
  const auto [code, page] = answer_to({"/?error=access_denied&error_description=%3Cscript%3E&state=" + state()});
  EXPECT_EQ(code.error().code, Errc::Denied);
  EXPECT_THAT(page, StartsWith("HTTP/1.1 400 "));
  EXPECT_THAT(page, HasSubstr("denied (access_denied: &lt;script&gt;)"));
}

TEST_F(LoginTest, IsNotEndedByTheAnswerToAnotherLogin) {
  const auto [code, pages] =
      answer_to({"/?code=another&state=other", "/?error=access_denied", "/?code=the-code&state=" + state()});
  ASSERT_TRUE(code) << code.error().what;
  EXPECT_EQ(code->reveal(), "the-code");
  EXPECT_THAT(pages, StartsWith("HTTP/1.1 400 "));
  EXPECT_THAT(pages, HasSubstr("wrong state: it belongs to another login; this one still waits."));
}

TEST_F(LoginTest, LosesPatience) {
  ASSERT_TRUE(login->listen());
  const auto code = run_task(loop, clock, login->answer());
  EXPECT_EQ(code.error().code, Errc::Unavailable);
  EXPECT_THAT(code.error().what, StartsWith("no answer within 10 minutes: "));
  EXPECT_THAT(code.error().what, HasSubstr(login_redirect_uri(port)));
}

TEST_F(LoginTest, TakesAPastedUrlOrCode) {
  const std::string uri = login_redirect_uri(port);
  EXPECT_EQ(error_of(" " + uri + "?code=the%2Fcode&state=" + state() + "#top\r"), "code the/code");
  EXPECT_EQ(error_of("?state=" + state() + "&code=c"), "code c");
  EXPECT_EQ(error_of("the/co+de"), "code the/co+de");
  EXPECT_EQ(error_of("the%2Fco%2bde"), "code the/co+de");
}

TEST_F(LoginTest, SaysWhatIsWrongWithWhatWasPasted) {
  const std::string uri = login_redirect_uri(port);
  EXPECT_THAT(error_of(uri + "?code=c&state=other"), HasSubstr("wrong state"));
  EXPECT_THAT(error_of(uri + "?code=c"), HasSubstr("wrong state"));
  EXPECT_THAT(error_of(uri + "?error=access_denied&state=" + state()), HasSubstr("denied"));
  EXPECT_THAT(error_of(uri), HasSubstr("no code in what was pasted"));
  EXPECT_THAT(error_of("50%"), HasSubstr("no code in what was pasted"));
  EXPECT_THAT(error_of("c&code=d"), HasSubstr("wrong state"));
  EXPECT_EQ(error_of(" \r"), "nothing was pasted");
}

TEST_F(LoginTest, StoresTheTokensAndFillsInTheAccount) {
  const auto said = finish();
  ASSERT_TRUE(said) << said.error().what;
  const auto tokens = read_token_file(config->token_file);
  ASSERT_TRUE(tokens) << tokens.error().what;
  EXPECT_EQ(tokens->refresh_token.reveal(), "r1");
  EXPECT_EQ(tokens->access_token.reveal(), "a1");
  EXPECT_EQ(*tokens->expires_at, std::chrono::floor<std::chrono::seconds>(clock.wall_now()) + std::chrono::seconds{60});
  EXPECT_EQ(read_file(file),
            R"({ "client_id": "me", "client_secret": "s3cret", "account_key": 18446744073709551615 })");
  EXPECT_THAT(*said, ElementsAre("tokens stored in " + config->token_file.string(),
                                 "added to " + file + R"(: "account_key": 18446744073709551615)",
                                 R"(add "user_key": 8 to see your own sessions only)"));
}

TEST_F(LoginTest, FillsInTheUserWhereThereIsNoAccount) {
  body = R"({"access_token":"a1","refresh_token":"r1","organizer_key":"8"})";
  ASSERT_TRUE(finish());
  EXPECT_THAT(read_file(file), HasSubstr(R"(, "user_key": 8 })"));
}

TEST_F(LoginTest, SaysThatTheServerTellsNoAccount) {
  body = R"({"access_token":"a1","refresh_token":"r1"})";
  EXPECT_THAT(finish()->back(), StartsWith("now give " + file + " the account_key"));
}

TEST_F(LoginTest, LeavesAConfigurationAloneThatNamesAnAccount) {
  for (const auto* key : {"account_key", "user_key", "company_id"}) {
    const auto json = std::string(R"({"client_id": "me", "client_secret": "s", ")") + key + R"(": 7})";
    start(json);
    EXPECT_THAT(finish().value(), ElementsAre("tokens stored in " + config->token_file.string()));
    EXPECT_EQ(read_file(file), json);
  }
}

TEST_F(LoginTest, SaysWhatToAddWhereItCannot) {
  write_file(file, R"({ "account_key": 3 })");  // meanwhile
  const auto said = finish();
  ASSERT_TRUE(said);
  EXPECT_THAT(said->back(), StartsWith(R"(now add "account_key": 18446744073709551615 to )" + file + ": "));
  EXPECT_EQ(read_file(file), R"({ "account_key": 3 })");
}

TEST_F(LoginTest, SaysThatAFixedTokenGoesFirst) {
  start(R"({"client_id": "me", "client_secret": "s", "account_key": 7, "access_token": "fixed"})");
  EXPECT_THAT(finish()->back(), HasSubstr("remove access_token"));
}

TEST_F(LoginTest, LeavesEverythingAsItIsWhereTheServerRefuses) {
  ASSERT_TRUE(write_token_file(config->token_file, {Secret("r0"), {}, {}}));
  const auto config_before = read_file(file), tokens_before = read_file(config->token_file);
  for (const auto* answer : {R"({"error":"invalid_grant"})", R"({"access_token":"a"})", "<html>"}) {
    status = std::string_view(answer).find("error") != std::string_view::npos ? 400 : 200;
    body = answer;
    EXPECT_FALSE(finish()) << answer;
  }
  EXPECT_EQ(read_file(file), config_before);
  EXPECT_EQ(read_file(config->token_file), tokens_before);
}

TEST_F(LoginTest, FailsWhereTheTokensCannotBeStored) {
  config->token_file = std::filesystem::path(file) / "token.json";
  const auto said = finish();
  ASSERT_FALSE(said);
  EXPECT_THAT(said.error().what, HasSubstr("cannot be written"));
  EXPECT_THAT(read_file(file), Not(HasSubstr("account_key"))) << "the account is of no use without tokens";
}

}  // namespace
}  // namespace g2afs::test
