// SPDX-License-Identifier: MIT
#include "g2afs/app/config.hpp"

#include <cstdlib>
#include <string>
#include <sys/stat.h>
#include <unistd.h>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fakes/temporary_directory.hpp"

namespace g2afs {
namespace {

using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;

Environment user() {
  Environment env;
  env.home = "/home/me";
  env.working_directory = "/start";
  env.uid = 1000;
  env.gid = 1001;
  return env;
}

class ConfigTest : public testing::Test {
 protected:
  /// Loads a file of this text (which must be right) and gives the configuration.
  Config load(const std::string& json, const MountOptions& options = {}, const Environment& env = user()) {
    auto config = load_config(directory_.write("acme.json", json), options, env);
    EXPECT_TRUE(config) << config.error().what;
    return config.value();
  }

  /// The error of a file of this text, without the file's name where that comes first.
  std::string error_of(const std::string& json, const MountOptions& options = {}, const Environment& env = user()) {
    const auto file = directory_.write("acme.json", json);
    const auto config = load_config(file, options, env);
    if (config) return "no error";
    const std::string& what = config.error().what;
    EXPECT_THAT(what, Not(HasSubstr("\n")));
    return what.starts_with(file + ": ") ? what.substr(file.size() + 2) : what;
  }

  static MountOptions from_o(const std::string& text) {
    const std::string strings[] = {text};
    return parse_mount_options(strings).value();
  }

  test::TemporaryDirectory directory_;
};

const std::string kLeast = R"("company_id": 7, "access_token": "fixed")";

std::string least_and(const std::string& more) { return fmt::format("{{{}, {}}}", kLeast, more); }

TEST_F(ConfigTest, TakesCommentsInTheFile) {
  const auto config =
      load("// the account\n{ /* its number */ \"company_id\": 7,\n \"access_token\": \"fixed\" // done\n}");
  EXPECT_EQ(config.company_id, 7U);
}

TEST_F(ConfigTest, IsNamedAfterTheFile) {
  const auto config = load("{" + kLeast + "}");
  EXPECT_EQ(config.name, "acme");
  EXPECT_EQ(config.config_file, directory_.path() / "acme.json");
  const auto dots = load_config(directory_.write("...json", "{" + kLeast + "}"), {}, user());
  EXPECT_EQ(dots.value().name, "...json");  // the stem, "..", would lead out of the state directory
}

TEST_F(ConfigTest, NamesAnUnknownKeyAndTheNearestOne) {
  EXPECT_EQ(error_of(least_and(R"("dirttl": 5)")), "dirttl: unknown key; did you mean dir_ttl?");
  EXPECT_EQ(error_of(least_and(R"("max_conections": 5)")),
            "max_conections: unknown key; did you mean max_connections?");
  EXPECT_EQ(error_of(least_and(R"("colour": "red")")), "colour: unknown key");
  EXPECT_EQ(error_of(least_and(R"("x": 1)")), "x: unknown key");
  EXPECT_EQ(error_of(least_and(R"("a\nb": 1)")), "a?b: unknown key");
}

TEST_F(ConfigTest, SaysWhereARefreshTokenBelongs) {
  EXPECT_EQ(error_of(least_and(R"("refresh_token": "r")")),
            "refresh_token: is no key of the config file: it belongs in token_file");
}

TEST_F(ConfigTest, RefusesADuplicateKey) {
  EXPECT_EQ(error_of(least_and(R"("dir_ttl": 5, "dir_ttl": 6)")), "dir_ttl: is there twice");
}

TEST_F(ConfigTest, GivesLineAndColumnOfWhatIsNoJson) {
  EXPECT_THAT(error_of("{\n  \"company_id\": 7\n  \"dir_ttl\": 5\n}"),
              testing::StartsWith("line 3, column 11: syntax error"));
  EXPECT_THAT(error_of("{\"umask\": 022}"), testing::StartsWith("line 1, column 13: syntax error"));
  EXPECT_THAT(error_of(""), testing::StartsWith("line 1, column 1: syntax error"));
  EXPECT_THAT(error_of("{} {}"), testing::StartsWith("line 1, column 4: syntax error"));
  EXPECT_EQ(error_of("{\"dir_ttl\": 1e999}"), "line 1, column 17: is not JSON");
}

TEST_F(ConfigTest, DoesNotShowASecretThatIsNoJson) {
  const auto error = error_of("{\n\"client_secret\": \"hunter2\n}");
  EXPECT_THAT(error, testing::StartsWith("line 2, column 26: syntax error"));
  EXPECT_THAT(error, Not(HasSubstr("hunter2")));
}

TEST_F(ConfigTest, DoesNotShowABadSecret) {
  EXPECT_EQ(error_of(R"({"company_id": 7, "access_token": "hunter 2"})"),
            "access_token: must be printable ASCII without spaces");
  EXPECT_EQ(error_of(R"({"company_id": 7, "client_secret": 12345})"), "client_secret: must be a string");
  EXPECT_EQ(error_of(least_and(R"("proxy": "http://me:hunter 2@proxy")")),
            "proxy: must be printable ASCII without spaces");
}

TEST_F(ConfigTest, NeedsOneFlatObject) {
  for (const std::string json : {"[]", "7", "\"text\"", "true", "null", "1.5"}) {
    EXPECT_EQ(error_of(json), "must hold one JSON object") << json;
  }
  EXPECT_EQ(error_of(R"({"company_id": {"x": 1}})"), "company_id: must not be an object");
  EXPECT_EQ(error_of("{\"company_id\": " + std::string(100'000, '[')), "company_id: must not be a list");
}

TEST_F(ConfigTest, ShowsALongValueInPart) {
  const auto error = error_of(least_and(fmt::format("\"dir_ttl\": \"{}\"", std::string(1000, 'x'))));
  EXPECT_THAT(error, EndsWith("x…\""));
  EXPECT_LT(error.size(), 160U);
}

TEST_F(ConfigTest, RefusesAFileThatOthersMayUse) {
  for (const unsigned mode : {0640U, 0604U, 0644U, 0660U, 0602U, 0601U}) {
    const auto file = directory_.write("acme.json", "{" + kLeast + "}", mode);
    const auto config = load_config(file, {}, user());
    ASSERT_FALSE(config) << mode;
    EXPECT_EQ(config.error().code, Errc::Denied);
    EXPECT_EQ(config.error().what, fmt::format("{0}: others may use it (mode {1:04o}): chmod 600 {0}", file, mode));
  }
  EXPECT_TRUE(load_config(directory_.write("acme.json", "{" + kLeast + "}", 0400), {}, user()));
}

TEST_F(ConfigTest, QuotesTheFileInTheChmodForAShell) {
  const auto file = directory_.write("bob's config.json", "{" + kLeast + "}", 0644);
  const auto quoted = fmt::format("chmod 600 '{}/bob'\\''s config.json'", directory_.path().string());
  EXPECT_THAT(load_config(file, {}, user()).error().what, EndsWith(quoted));
}

TEST_F(ConfigTest, ReadsAPipeWithoutAskingForItsMode) {
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  ASSERT_EQ(::fchmod(ends[0], 0666), 0);
  const std::string json = least_and(R"("log_file": "x.log")");
  ASSERT_EQ(::write(ends[1], json.data(), json.size()), static_cast<ssize_t>(json.size()));
  ::close(ends[1]);
  const auto config = load_config(fmt::format("/dev/fd/{}", ends[0]), {}, user());
  ::close(ends[0]);
  ASSERT_TRUE(config) << config.error().what;
  EXPECT_EQ(config->log_file, "/start/x.log");
  EXPECT_EQ(config->name, "company-7");  // not the number the pipe happens to have
}

TEST_F(ConfigTest, SaysWhyAFileCannotBeRead) {
  const std::string missing = directory_.path() / "none.json";
  const auto none = load_config(missing, {}, user());
  EXPECT_EQ(none.error().code, Errc::NotFound);
  EXPECT_EQ(none.error().what, missing + ": No such file or directory");
  EXPECT_EQ(load_config(directory_.path(), {}, user()).error().what, directory_.path().string() + ": Is a directory");
  EXPECT_THAT(error_of(std::string(2 << 20, ' ')), HasSubstr("too large"));
  if (::getuid() == 0) return;  // root reads everything
  EXPECT_EQ(load_config(directory_.write("closed.json", "{}", 0), {}, user()).error().code, Errc::Denied);
}

TEST_F(ConfigTest, TakesEverythingFromOptionsAndEnvironmentForADash) {
  auto env = user();
  env.access_token = Secret("from-env");
  const auto config = load_config("-", from_o("account_key=18446744073709551615,dir_ttl=0.5,allow_http"), env);
  ASSERT_TRUE(config) << config.error().what;
  EXPECT_EQ(config->account_key, 18446744073709551615U);
  EXPECT_EQ(config->dir_ttl, std::chrono::milliseconds(500));
  EXPECT_TRUE(config->allow_http);
  EXPECT_EQ(config->access_token, Secret("from-env"));
  EXPECT_TRUE(config->config_file.empty());
  EXPECT_EQ(config->state_dir, "/home/me/.local/state/g2afs/account-18446744073709551615");
}

TEST_F(ConfigTest, NamesTwoAccountsWithoutAFileApart) {
  auto env = user();
  env.access_token = Secret("t");
  EXPECT_EQ(load_config("-", from_o("user_key=1"), env)->name, "user-1");
  EXPECT_EQ(load_config("-", from_o("company_id=1"), env)->name, "company-1");
}

TEST_F(ConfigTest, PutsTheTokenOfTheEnvironmentOverTheFile) {
  auto env = user();
  env.access_token = Secret("from-env");
  EXPECT_EQ(load("{" + kLeast + "}", {}, env).access_token, Secret("from-env"));
  env.access_token = Secret("two\nlines");
  EXPECT_EQ(error_of("{" + kLeast + "}", {}, env), "G2AFS_ACCESS_TOKEN: must be printable ASCII without spaces");
}

TEST_F(ConfigTest, NeverTakesASecretFromOptions) {
  MountOptions options;
  options.config["access_token"] = "on-the-command-line";
  EXPECT_EQ(load("{" + kLeast + "}", options).access_token, Secret("fixed"));
}

TEST_F(ConfigTest, NeedsAnAccount) {
  EXPECT_EQ(error_of(R"({"access_token": "t"})"), "no account: give account_key, user_key or company_id");
  EXPECT_EQ(load(R"({"access_token": "t"})", from_o("user_key=5")).user_key, 5U);
  EXPECT_EQ(load_config("-", {}, user()).error().what, "no account: give account_key, user_key or company_id");
}

TEST_F(ConfigTest, NeedsCredentials) {
  EXPECT_EQ(error_of(R"({"company_id": 7})"), "no credentials: give client_id and client_secret, or access_token");
  EXPECT_EQ(error_of(R"({"company_id": 7, "client_id": "c"})"), "client_secret: is missing: client_id needs it");
  EXPECT_EQ(error_of(R"({"company_id": 7, "client_secret": "s"})"), "client_id: is missing: client_secret needs it");
  EXPECT_EQ(load(R"({"company_id": 7, "client_id": "c", "client_secret": "s"})").client_id, "c");
  EXPECT_EQ(load(R"({"company_id": 7, "client_secret": "s"})", from_o("client_id=c")).client_id, "c");
  EXPECT_EQ(load_config("-", from_o("company_id=7,client_id=c"), user()).error().what,
            "no credentials: set G2AFS_ACCESS_TOKEN, or use a config file with client_id and client_secret");
}

TEST_F(ConfigTest, ForALoginNeedsAClientAndNoAccount) {
  const auto for_login = [&](const std::string& json, const MountOptions& options = {}) {
    const auto file = directory_.write("acme.json", json);
    const auto config = load_config(file, options, user(), ConfigUse::Login);
    return config ? std::string() : config.error().what.substr(file.size() + 2);
  };
  const std::string client = R"("client_id": "c", "client_secret": "s")";
  EXPECT_EQ(for_login("{" + client + "}"), "");
  EXPECT_EQ(for_login("{" + kLeast + "}"), "client_id: is missing: a login needs an OAuth client");
  EXPECT_EQ(for_login(R"({"client_id": "c"})"), "client_secret: is missing: a login needs an OAuth client");
  EXPECT_EQ(for_login("{" + client + R"(, "authorize_url": "http://login.example.com/"})"),
            "authorize_url: plain http to login.example.com would show everyone the token: use https, or "
            "allow_http=true");
  for (const auto* given : {"company_id=7,client_id=c", "client_id=c"}) {
    EXPECT_EQ(load_config("-", from_o(given), user(), ConfigUse::Login).error().what,
              "a login needs a config file with client_id and client_secret");
  }
}

TEST_F(ConfigTest, AllowsPlainHttpOnlyToLoopbackUnlessTold) {
  const std::string why = "plain http to api.example.com would show everyone the token: use https, or allow_http=true";
  EXPECT_EQ(error_of(least_and(R"("api_url": "http://api.example.com/")")), "api_url: " + why);
  EXPECT_EQ(error_of(least_and(R"("token_url": "http://api.example.com/")")), "token_url: " + why);
  EXPECT_EQ(error_of("{" + kLeast + "}", from_o("api_url=http://api.example.com/")), "-o api_url: " + why);
  EXPECT_FALSE(load(least_and(R"("api_url": "http://api.example.com/", "allow_http": true)")).api_url.secure());
  EXPECT_FALSE(load(least_and(R"("api_url": "http://localhost:1/", "token_url": "http://[::1]:1/")")).api_url.secure());
}

TEST_F(ConfigTest, NeedsFromTimeBeforeToTime) {
  const std::string why = "from_time: must be before to_time";
  EXPECT_EQ(error_of(least_and(R"("from_time": "2016-11-25", "to_time": "2016-11-24")")), why);
  EXPECT_EQ(error_of(least_and(R"("from_time": "2016-11-24T10:00Z", "to_time": "2016-11-24T10:00Z")")), why);
  const auto config = load(least_and(R"("from_time": "2016-11-24", "to_time": "2016-11-24")"));
  EXPECT_EQ(*config.to_time - *config.from_time, std::chrono::hours(24));
}

TEST_F(ConfigTest, ReadsDatesInTheTimeZoneWhereverThatWasGiven) {
  const std::string dates = R"("from_time": "2016-11-24", "to_time": "2016-11-24T10:00")";
  const auto in_file = load(least_and(dates + R"(, "time_zone": "Europe/Berlin")"));
  const auto by_option = load(least_and(dates), from_o("time_zone=Europe/Berlin"));
  for (const Config& config : {in_file, by_option}) {
    EXPECT_EQ(format_iso8601(*config.from_time), "2016-11-23T23:00:00Z");
    EXPECT_EQ(format_iso8601(*config.to_time), "2016-11-24T09:00:00Z");
  }
}

TEST_F(ConfigTest, CountsADayOfADaylightSavingChangeInFull) {
  const auto config =
      load(least_and(R"("time_zone": "Europe/Berlin", "from_time": "2016-10-30", "to_time": "2016-10-30")"));
  EXPECT_EQ(*config.to_time - *config.from_time, std::chrono::hours(25));
  // 02:30 comes twice that night, and on 2016-03-27 not at all.
  const auto twice = load(least_and(R"("time_zone": "Europe/Berlin", "from_time": "2016-10-30T02:30")"));
  EXPECT_EQ(format_iso8601(*twice.from_time), "2016-10-30T00:30:00Z");
  const auto never = load(least_and(R"("time_zone": "Europe/Berlin", "from_time": "2016-03-27T02:30")"));
  EXPECT_EQ(format_iso8601(*never.from_time), "2016-03-27T01:00:00Z");
}

TEST_F(ConfigTest, PutsDirectoriesWhereXdgSays) {
  auto env = user();
  env.xdg_state_home = "/xdg/state";
  env.xdg_cache_home = "/xdg/cache";
  for (const uid_t uid : {1000U, 0U}) {
    env.uid = uid;
    const auto config = load("{" + kLeast + "}", {}, env);
    EXPECT_EQ(config.state_dir, "/xdg/state/g2afs/acme");
    EXPECT_EQ(config.token_file, "/xdg/state/g2afs/acme/token.json");
    EXPECT_EQ(config.cache_dir, "/xdg/cache/g2afs/acme");
  }
}

TEST_F(ConfigTest, PutsRootsDirectoriesBelowVar) {
  auto env = user();
  env.uid = 0;
  const auto config = load("{" + kLeast + "}", {}, env);
  EXPECT_EQ(config.state_dir, "/var/lib/g2afs/acme");
  EXPECT_EQ(config.cache_dir, "/var/cache/g2afs/acme");
}

TEST_F(ConfigTest, NeedsHomeOnlyForWhatIsNotGiven) {
  auto env = user();
  env.home.clear();
  EXPECT_EQ(error_of("{" + kLeast + "}", {}, env), "state_dir: HOME is not set: give the directory");
  EXPECT_TRUE(load(least_and(R"("state_dir": "/s")"), {}, env).cache_dir.empty()) << "a mount does without";
  const auto config = load(least_and(R"("state_dir": "/s", "cache_size": 0)"), {}, env);
  EXPECT_EQ(config.token_file, "/s/token.json");
  EXPECT_TRUE(config.cache_dir.empty());
  EXPECT_EQ(error_of(least_and(R"("log_file": "~/x")"), {}, env),
            "log_file: must be an absolute path where HOME is not set, not \"~/x\"");
}

TEST_F(ConfigTest, TakesRelativePathsFromWhereTheyAreWritten) {
  const auto config = load(least_and(R"("ca_file": "ca.pem", "state_dir": "state")"), from_o("cache_dir=cache"));
  EXPECT_EQ(config.ca_file, directory_.path() / "ca.pem");
  EXPECT_EQ(config.token_file, directory_.path() / "state/token.json");
  EXPECT_EQ(config.cache_dir, "/start/cache");
}

TEST_F(ConfigTest, ReadsTheProcessEnvironment) {
  ASSERT_EQ(::setenv("G2AFS_ACCESS_TOKEN", "t", 1), 0);
  ASSERT_EQ(::setenv("XDG_STATE_HOME", "not/absolute", 1), 0);
  ASSERT_EQ(::setenv("XDG_CACHE_HOME", "/cache", 1), 0);
  ASSERT_EQ(::unsetenv("HOME"), 0);
  const char* const where_others_look = std::getenv("G2AFS_ACCESS_TOKEN");
  const auto env = Environment::of_process();
  EXPECT_EQ(std::getenv("G2AFS_ACCESS_TOKEN"), nullptr);
  EXPECT_STREQ(where_others_look, "");
  EXPECT_EQ(env.access_token, Secret("t"));
  EXPECT_EQ(env.home, "");
  EXPECT_EQ(env.xdg_state_home, "");  // the specification: a relative path is to be ignored
  EXPECT_EQ(env.xdg_cache_home, "/cache");
  EXPECT_EQ(env.uid, ::getuid());
  EXPECT_EQ(env.working_directory, std::filesystem::current_path());
  EXPECT_TRUE(Environment::of_process().access_token.empty());
}

}  // namespace
}  // namespace g2afs
