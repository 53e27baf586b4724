// SPDX-License-Identifier: MIT
#include "g2afs/app/account_checks.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fakes/fake_clock.hpp"
#include "fakes/fake_transport.hpp"
#include "fakes/temporary_directory.hpp"

namespace g2afs::test {
namespace {

using Kind = Finding::Result;
using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::StartsWith;

/// One answer, or what kept it from coming.
struct Answer {
  int status = 200;
  std::string body = {};
  std::optional<Error> error = {};
  Reached reached = Reached::Nothing;  // of an error
  Duration delay = {};
};

class AccountChecksTest : public testing::Test {
 protected:
  void SetUp() override {
    transport.server = [this](const HttpRequest& request, BodySink& sink) { return serve(request, sink); };
    load(R"("access_token": "fixed", "account_key": 7)");
  }

  void load(const std::string& members) {
    const auto file = directory.write("acme.json", R"({"api_url": "https://api.example/v1", )" + members + "}");
    Environment env;
    env.home = directory.path();
    env.uid = 1000;
    auto loaded = load_config(file, {}, env);
    ASSERT_TRUE(loaded) << loaded.error().what;
    config.emplace(*std::move(loaded));
  }

  void check() {
    list = Checklist();
    AccountChecks checks(loop, clock, transport, *config);
    struct Run {
      static Task<bool> run(AccountChecks& checks, Checklist& list) {
        co_await checks.run(list);
        co_return true;
      }
    };
    EXPECT_TRUE(run_task(loop, clock, Run::run(checks, list)));
  }
  Finding of(std::string_view step) const {
    for (const auto& one : list.steps()) {
      if (one.name == step) return one.finding;
    }
    ADD_FAILURE() << "no step " << step;
    return {};
  }
  std::string why(std::string_view step, Kind result) const {
    const auto finding = of(step);
    EXPECT_EQ(finding.result, result) << step << ": " << finding.why;
    return finding.why;
  }
  std::string failure(std::string_view step) const { return why(step, Kind::Failed); }
  std::string skip(std::string_view step) const { return why(step, Kind::Skipped); }
  std::string fine(std::string_view step) const { return why(step, Kind::Ok); }

  Task<Result<ResponseHead>> serve(HttpRequest request, BodySink& sink) {
    const std::string& path = request.url.path();
    Answer answer = path == "/v1"                       ? origin
                    : path.ends_with("/token")          ? token
                    : path.ends_with("/urls")           ? urls
                    : request.purpose == Purpose::Media ? media
                                                        : listing(request);
    if (answer.delay > Duration{}) co_await clock.sleep(answer.delay);
    if (answer.error) {
      sink.reached = answer.reached;
      co_return fail(*answer.error);
    }
    ResponseHead head;
    head.status = answer.status;
    head.date = date;
    if (answer.status == 206) head.content_range = range;
    if (answer.status == 200) head.content_length = answer.body.size();
    co_return co_await FakeTransport::answer(sink, head, std::move(answer.body));
  }

  TemporaryDirectory directory;
  Loop loop;
  FakeClock clock;
  FakeTransport transport;
  std::optional<Config> config;
  Checklist list;

  std::optional<std::chrono::sys_seconds> date = std::chrono::floor<std::chrono::seconds>(clock.wall_now());
  ContentRange range{ByteRange{0, 4096}, 10'000};
  Answer origin{.status = 404};
  Answer token{.body = R"({"access_token": "a"})"};
  Answer urls{.body = R"([{"recordingId": 2, "recordingUrl": "https://media.example/secret", "recordingSize": "10000",
                           "recordingStartTime": "2020-01-01T00:00:00Z"}])"};
  Answer media{.status = 206, .body = std::string(4096, 'x')};
  std::function<Answer(const HttpRequest&)> listing = [](const HttpRequest&) {
    return Answer{.body = R"({"readyForTranscode": [1], "readyForDownload": [2, 3]})"};
  };
};

const Error kNetwork{Errc::Unavailable, "it is broken"};

TEST_F(AccountChecksTest, AllIsWell) {
  check();
  EXPECT_EQ(list.failures(), "");
  EXPECT_EQ(list.exit_status(), kFine);
  EXPECT_EQ(fine("dns"), "api.example is known");
  EXPECT_EQ(fine("connection"), "https://api.example:443");
  EXPECT_EQ(fine("list"), "2 ready, 1 to be transcoded");
  EXPECT_EQ(fine("urls"), "recording 2 of 2020-01-01T00:00:00Z: 9.8K");
  EXPECT_EQ(fine("download"), "https://media.example:443: 4096 bytes");
  EXPECT_EQ(list.steps().size(), 9U);
  ASSERT_EQ(transport.requests.size(), 4U) << "one call each";
  EXPECT_TRUE(transport.requests[0].authorization.empty()) << "before it is known who answers";
  EXPECT_EQ(transport.requests[3].range, (ByteRange{0, 4096}));
  EXPECT_EQ(transport.requests[3].purpose, Purpose::Media);
}

TEST_F(AccountChecksTest, TellsHowFarTheNetworkGoes) {
  for (const auto& [reached, broken] : {std::pair{Reached::Nothing, "dns"}, std::pair{Reached::Address, "connection"},
                                        std::pair{Reached::Connection, "tls"}}) {
    origin = {.error = kNetwork, .reached = reached};
    check();
    EXPECT_EQ(list.failures(), broken);
    EXPECT_EQ(failure(broken), "it is broken");
    EXPECT_NE(of(broken).remedy, "");
    for (const auto* step : {"clock", "keys", "list", "urls", "download"}) {
      EXPECT_EQ(skip(step), std::string(broken) + " failed");
    }
    EXPECT_EQ(list.exit_status(), kFailed);
  }
}

TEST_F(AccountChecksTest, GoesOnWhereTheProbeAloneGetsNoAnswer) {
  origin = {.error = kNetwork, .reached = Reached::Request};
  check();
  fine("tls");
  EXPECT_EQ(skip("clock"), "it is broken");
  fine("download");
}

TEST_F(AccountChecksTest, SaysThatPlainHttpHasNoTls) {
  config->api_url = Url::parse("http://127.0.0.1/v1").value();
  check();
  EXPECT_EQ(fine("dns"), "127.0.0.1 is an address");
  EXPECT_EQ(skip("tls"), "api_url is plain http");
  fine("download");
}

TEST_F(AccountChecksTest, ComparesTheClocks) {
  check();
  EXPECT_EQ(fine("clock"), "the same as the API's");
  *date += 3600s;
  check();
  EXPECT_EQ(failure("clock"), "1:00:00 behind the API's");
  fine("download");
  EXPECT_EQ(list.exit_status(), kFailed);
  *date -= 3600s + 61s;
  check();
  EXPECT_EQ(failure("clock"), "1:01 ahead of the API's");
  *date += 1s;
  check();
  EXPECT_EQ(fine("clock"), "60 s ahead of the API's");
  date.reset();
  check();
  EXPECT_THAT(skip("clock"), HasSubstr("no Date"));
}

TEST_F(AccountChecksTest, TellsARefusedTokenFromRefusedKeys) {
  load(R"("client_id": "c", "client_secret": "s", "account_key": 7, "token_url": "https://login.example/token")");
  write_file(directory / "token.json", R"({"refresh_token": "r"})");
  config->token_file = directory / "token.json";
  check();
  EXPECT_THAT(fine("token"), StartsWith("good until 2016-"));

  write_file(directory / "token.json", R"({"refresh_token": "r2"})");
  token = {.status = 400, .body = R"({"error": "invalid_grant"})"};
  check();
  EXPECT_THAT(failure("token"), HasSubstr("invalid_grant"));
  EXPECT_THAT(of("token").remedy, HasSubstr("g2afs login " + config->config_file.string()));
  EXPECT_EQ(skip("download"), "token failed");
  fine("clock");
  EXPECT_EQ(list.exit_status(), kRefused);

  token = {.error = kNetwork};
  check();
  EXPECT_THAT(failure("token"), HasSubstr("it is broken"));
  EXPECT_EQ(of("token").remedy, "check token_url");
  EXPECT_EQ(list.exit_status(), kFailed);
}

TEST_F(AccountChecksTest, TellsATokenThatWasCalledOffFromRefusedKeys) {
  load(R"("client_id": "c", "client_secret": "s", "account_key": 7, "token_url": "https://login.example/token")");
  config->token_file = directory / "token.json";
  write_file(config->token_file, R"({"refresh_token": "r", "access_token": "a", "expires_at": 4000000000})");
  listing = [](const HttpRequest&) { return Answer{.status = 403}; };
  token = {.status = 400, .body = R"({"error": "invalid_grant"})"};
  check();
  fine("token");
  EXPECT_THAT(failure("keys"), HasSubstr("invalid_grant"));
  EXPECT_THAT(of("keys").remedy, HasSubstr("g2afs login " + config->config_file.string()));
  EXPECT_EQ(list.exit_status(), kRefused);

  token = {.body = R"({"access_token": "b"})"};
  check();
  EXPECT_THAT(failure("keys"), HasSubstr("403"));
  EXPECT_EQ(of("keys").remedy, "check account_key, and who has logged in");
}

TEST_F(AccountChecksTest, NamesTheKeyThatIsRefused) {
  load(R"("access_token": "fixed", "account_key": 7, "user_key": 8)");
  listing = [](const HttpRequest& request) {
    const bool foreign = request.url.text().find("userKey=8") != std::string::npos;
    return foreign ? Answer{.status = 403} : Answer{.body = R"({"readyForDownload": [2]})"};
  };
  check();
  EXPECT_THAT(failure("keys"), HasSubstr("403"));
  EXPECT_EQ(of("keys").remedy, "check user_key, and access_token");
  EXPECT_EQ(skip("list"), "keys failed");
  EXPECT_EQ(skip("download"), "keys failed");
  EXPECT_EQ(list.exit_status(), kRefused);
}

TEST_F(AccountChecksTest, TellsAListThatFailsFromOneThatIsRefused) {
  listing = [](const HttpRequest&) { return Answer{.status = 503}; };
  check();
  skip("keys");
  EXPECT_EQ(failure("list"), "list: the API answered 503");
  EXPECT_EQ(skip("urls"), "list failed");
  EXPECT_EQ(list.exit_status(), kFailed);
  listing = [](const HttpRequest&) { return Answer{.status = 400}; };
  check();
  EXPECT_EQ(list.exit_status(), kUsage) << "as a mount has it";
}

TEST_F(AccountChecksTest, LooksAtWhatIsArchivedWhereNothingElseIsThere) {
  listing = [](const HttpRequest& request) {
    const bool archived = request.url.text().find("archived=1") != std::string::npos;
    return Answer{.body = archived ? R"({"readyForDownload": [2]})" : "{}"};
  };
  check();
  fine("download");
  listing = [](const HttpRequest&) { return Answer{.body = "{}"}; };
  check();
  EXPECT_EQ(fine("list"), "0 ready, 0 to be transcoded");
  skip("urls");
  skip("download");
  EXPECT_EQ(list.exit_status(), kFine);
}

TEST_F(AccountChecksTest, SuspectsTheFormOfTheQueryWhereTheAnswerHasNothing) {
  urls.body = "[]";
  check();
  EXPECT_EQ(failure("urls"), "the answer has none of the 2 recordings asked for");
  EXPECT_EQ(of("urls").remedy, "check ids_parameter and ids_style");
  EXPECT_EQ(skip("download"), "urls failed");
}

TEST_F(AccountChecksTest, LooksAtWhatIsDownloaded) {
  media.status = 403;
  check();
  EXPECT_EQ(failure("download"), "https://media.example:443: answered 403 to a link that is new");
  EXPECT_THAT(of("download").remedy, HasSubstr("firewall"));
  EXPECT_EQ(list.exit_status(), kFailed) << "a media host does not know the credentials";

  media = {.error = Error{Errc::Invalid, "a connection to the local address 127.0.0.1 is refused"}};
  check();
  EXPECT_THAT(failure("download"), HasSubstr("local address"));
  EXPECT_EQ(list.exit_status(), kFailed);

  media = {.status = 206, .body = std::string(4095, 'x')};
  check();
  EXPECT_THAT(failure("download"), HasSubstr("only 4095 of 4096 bytes"));

  media = {.status = 206, .body = std::string(4096, 'x')};
  range.total = 9'999;
  check();
  EXPECT_THAT(failure("download"), HasSubstr("9999 bytes, and by the API 10000"));
  range = {ByteRange{1, 4097}, 10'000};
  check();
  EXPECT_THAT(failure("download"), HasSubstr("another range"));

  media = {.status = 200, .body = std::string(10'000, 'x')};
  check();
  EXPECT_THAT(fine("download"), HasSubstr("ignores ranges"));
}

TEST_F(AccountChecksTest, BoundsEachStepByTheTimeout) {
  const auto start = clock.now();
  for (Answer* answer : {&origin, &urls, &media}) {
    const Answer before = *answer;
    answer->delay = 24h;
    check();
    EXPECT_EQ(list.steps().size(), 9U);
    *answer = before;
  }
  EXPECT_LE(clock.now() - start, 4 * config->timeout);
  media.delay = 24h;
  check();
  EXPECT_EQ(failure("download"), "not done within 30 s");
}

}  // namespace
}  // namespace g2afs::test
