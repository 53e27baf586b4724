// SPDX-License-Identifier: MIT
// Every key of SPEC.md's table: its default, good and bad values in the file, and -o over the file.
#include "g2afs/app/config_keys.hpp"

#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fakes/temporary_directory.hpp"

namespace g2afs {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

using Show = std::function<std::string(const Config&)>;

std::string show(std::uint64_t number) { return std::to_string(number); }
std::string show(int number) { return std::to_string(number); }
std::string show(const std::string& text) { return text; }
std::string show(const std::filesystem::path& path) { return path.string(); }
std::string show(const Url& url) { return url.text(); }
std::string show(const Secret& secret) { return secret.reveal(); }
std::string show(const Zone& zone) { return zone.name(); }
std::string show(Time time) { return format_iso8601(time); }
std::string show(std::chrono::milliseconds time) { return std::to_string(time.count()) + "ms"; }
std::string show(bool yes) { return yes ? "true" : "false"; }
std::string show(unsigned number) { return std::to_string(number); }
template <class Enum>
requires std::is_enum_v<Enum> std::string show(Enum value) { return std::to_string(static_cast<int>(value)); }
template <class T>
std::string show(const std::optional<T>& value) {
  return value ? show(*value) : "-";
}

template <auto member>
std::string shown(const Config& config) {
  return show(config.*member);
}

struct Value {
  std::string written;  // as in JSON
  std::string means;
};

struct Row {
  std::string key;
  Show show;
  std::string by_default;
  std::vector<Value> good;
  std::vector<std::string> bad;
};

const std::string kMostKey = "18446744073709551615";
const std::vector<std::string> kNoKeys = {"-1",
                                          "1.5",
                                          "true",
                                          "null",
                                          "[1]",
                                          "{}",
                                          "\"\"",
                                          "\" 1\"",
                                          "1e3",
                                          "18446744073709551616",
                                          "\"18446744073709551616\""};
const std::vector<std::string> kNoUrls = {"\"\"",
                                          "\"example.com\"",
                                          "\"ftp://example.com\"",
                                          "\"https://\"",
                                          "\"https://user:hunter2@example.com/\"",
                                          "1",
                                          "true",
                                          "null"};
const std::vector<std::string> kNoTimes = {"\"2016-13-01\"", "\"2016-02-30\"",        "\"yesterday\"",  "\"\"",
                                           "20161124",       "\"2016-11-24T25:00Z\"", "\"2016-11-24 \""};
const std::vector<std::string> kNoSeconds = {"0",    "-1",  "\"soon\"", "\"\"",   "\"1s\"",
                                             "true", "1e9", "\"nan\"",  "\"inf\""};
const std::vector<std::string> kNoTexts = {"\"\"", "7", "true", "null", "[]", "{}", "\"a\\u0000b\"", "\"a\\nb\""};
const std::vector<std::string> kNoSizes = {"-1",      "1.5",     "\"1.5G\"", "\"G\"",         "\"5X\"",
                                           "\"5 G\"", "\"5GB\"", "\"\"",     "\"16777216T\"", "\"5-\""};

std::vector<std::string> operator+(std::vector<std::string> a, const std::vector<std::string>& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

std::vector<Value> keys() {
  return {{"1", "1"}, {"\"42\"", "42"}, {kMostKey, kMostKey}, {"\"9223372036854775809\"", "9223372036854775809"}};
}
std::vector<Value> seconds() {
  return {{"5", "5000ms"}, {"0.5", "500ms"}, {"\"1.25\"", "1250ms"}, {"1e2", "100000ms"}};
}
std::vector<Value> urls() {
  return {{"\"https://api.example.com/v1\"", "https://api.example.com/v1"},
          {"\"http://127.0.0.1:8080/x\"", "http://127.0.0.1:8080/x"}};
}

const std::vector<Row>& rows() {
  static const std::vector<Row> rows{
      {"api_url", shown<&Config::api_url>, "https://api.getgo.com/G2A/rest/v1", urls(), kNoUrls},
      {"account_key", shown<&Config::account_key>, "-", keys(), kNoKeys},
      {"user_key", shown<&Config::user_key>, "-", keys(), kNoKeys},
      {"company_id", shown<&Config::company_id>, "7", keys(), kNoKeys},  // what every test has
      {"session_type",
       shown<&Config::session_type>,
       show(SessionType::Both),
       {{"\"attended\"", show(SessionType::Attended)},
        {"\"unattended\"", show(SessionType::Unattended)},
        {"\"both\"", show(SessionType::Both)}},
       {"\"\"", "0", "\"Attended\"", "true"}},
      {"archived",
       shown<&Config::archived>,
       show(Archived::All),
       {{"\"all\"", show(Archived::All)}, {"\"exclude\"", show(Archived::Exclude)}, {"\"only\"", show(Archived::Only)}},
       {"\"none\"", "1", "true"}},
      {"from_time",
       shown<&Config::from_time>,
       "-",
       {{"\"2016-11-24\"", "2016-11-24T00:00:00Z"},
        {"\"2016-11-24T10:30:00+02:00\"", "2016-11-24T08:30:00Z"},
        {"\"2016-11-24T10:30\"", "2016-11-24T10:30:00Z"}},
       kNoTimes},
      {"to_time",
       shown<&Config::to_time>,
       "-",
       {{"\"2016-11-24\"", "2016-11-25T00:00:00Z"}, {"\"2016-11-24T10:30:00Z\"", "2016-11-24T10:30:00Z"}},
       kNoTimes},
      {"time_period", shown<&Config::time_period>, "-", {{"1", "1"}, {"\"30\"", "30"}}, {"0", "-1", "1.5", "99999"}},
      {"time_zone",
       shown<&Config::time_zone>,
       "UTC",
       {{"\"Europe/Berlin\"", "Europe/Berlin"}, {"\"America/St_Johns\"", "America/St_Johns"}},
       {"\"\"", "\"Berlin\"", "2", "\"../../etc/passwd\""}},
      {"ids_parameter",
       shown<&Config::ids_parameter>,
       "recordingIds",
       {{"\"ids[]\"", "ids[]"}, {"\"a_b-c.d\"", "a_b-c.d"}},
       {"\"\"", "\"a b\"", "\"a&b\"", "\"a=b\"", "5"}},
      {"ids_style",
       shown<&Config::ids_style>,
       show(wire::IdsStyle::Repeat),
       {{"\"comma\"", show(wire::IdsStyle::Comma)}, {"\"repeat\"", show(wire::IdsStyle::Repeat)}},
       {"\"list\"", "0"}},
      {"token_url", shown<&Config::token_url>, "https://authentication.logmeininc.com/oauth/token", urls(), kNoUrls},
      {"authorize_url", shown<&Config::authorize_url>, "https://authentication.logmeininc.com/oauth/authorize", urls(),
       kNoUrls},
      {"client_id", shown<&Config::client_id>, "", {{"\"me\"", "me"}}, kNoTexts + std::vector<std::string>{"\"a b\""}},
      {"client_secret", shown<&Config::client_secret>, "", {{"\"s3cret!\"", "s3cret!"}}, kNoTexts},
      {"access_token", shown<&Config::access_token>, "fixed", {{"\"other\"", "other"}}, kNoTexts},
      {"state_dir", shown<&Config::state_dir>, "/home/me/.local/state/g2afs/acme", {{"\"/s\"", "/s"}}, kNoTexts},
      {"token_file",
       shown<&Config::token_file>,
       "/home/me/.local/state/g2afs/acme/token.json",
       {{"\"/t.json\"", "/t.json"}, {"\"~/t.json\"", "/home/me/t.json"}},
       kNoTexts},
      {"dir_ttl", shown<&Config::dir_ttl>, "60000ms", seconds(), kNoSeconds},
      {"max_connections",
       shown<&Config::max_connections>,
       "32",
       {{"1", "1"}, {"\"1024\"", "1024"}},
       {"0", "1025", "-1", "1.5", "\"\"", "\"many\"", "true"}},
      {"api_connections",
       shown<&Config::api_connections>,
       "4",
       {{"1", "1"}, {"\"64\"", "64"}},
       {"0", "65", "-1", "1.5", "\"\"", "true"}},
      {"timeout", shown<&Config::timeout>, "30000ms", seconds(), kNoSeconds},
      {"retry_for", shown<&Config::retry_for>, "120000ms", seconds(), kNoSeconds},
      {"memory_limit",
       shown<&Config::memory_limit>,
       show(std::uint64_t{256} << 20),
       {{"8388608", "8388608"}, {"\"8M\"", "8388608"}, {"\"1g\"", "1073741824"}},
       kNoSizes + std::vector<std::string>{"8388607", "\"7M\"", "0"}},
      {"cache_dir", shown<&Config::cache_dir>, "/home/me/.cache/g2afs/acme", {{"\"/c\"", "/c"}}, kNoTexts},
      {"cache_size",
       shown<&Config::cache_size>,
       show(std::uint64_t{10} << 30),
       {{"0", "0"}, {"\"1K\"", "1024"}, {"\"2T\"", "2199023255552"}, {"\"16777215T\"", "18446742974197923840"}},
       kNoSizes},
      {"allow_http",
       shown<&Config::allow_http>,
       "false",
       {{"true", "true"}, {"\"true\"", "true"}},
       {"1", "\"yes\"", "\"\"", "null"}},
      {"ca_file", shown<&Config::ca_file>, "", {{"\"/ca.pem\"", "/ca.pem"}}, kNoTexts},
      {"proxy", shown<&Config::proxy>, "", {{"\"http://proxy:3128\"", "http://proxy:3128"}}, kNoTexts},
      {"uid",
       shown<&Config::uid>,
       "1000",
       {{"0", "0"}, {"\"4294967294\"", "4294967294"}, {"\"root\"", "0"}},
       {"-1", "4294967295", "\"no such user\"", "\"\"", "true"}},
      {"gid",
       shown<&Config::gid>,
       "1001",
       {{"0", "0"}, {"\"5\"", "5"}, {"\"root\"", "0"}},
       {"-1", "4294967295", "\"no such group\"", "\"\"", "true"}},
      {"umask",
       shown<&Config::umask>,
       show(unsigned{022}),
       {{"\"022\"", show(unsigned{022})}, {"22", show(unsigned{022})}, {"\"0077\"", show(unsigned{077})}, {"0", "0"}},
       {"8", "\"9\"", "-1", "1000", "\"\"", "\"rwx\""}},
      {"log_level",
       shown<&Config::log_level>,
       "info",
       {{"\"trace\"", "trace"}, {"\"error\"", "error"}},
       {"\"loud\"", "3"}},
      {"log_file", shown<&Config::log_file>, "", {{"\"/l.log\"", "/l.log"}}, kNoTexts},
      {"log_format",
       shown<&Config::log_format>,
       "text",
       {{"\"json\"", "json"}, {"\"text\"", "text"}},
       {"\"xml\"", "0"}},
  };
  return rows;
}

Environment user() {
  Environment env;
  env.home = "/home/me";
  env.working_directory = "/start";
  env.uid = 1000;
  env.gid = 1001;
  return env;
}

/// What every configuration here has, unless the key under test is it.
std::string with(const std::string& key, const std::string& written) {
  std::string json = "{";
  if (key != "company_id") json += "\"company_id\": 7, ";
  if (key != "access_token") json += "\"access_token\": \"fixed\", ";
  return json + fmt::format("\"{}\": {}}}", key, written);
}

bool is_secret(const std::string& key) { return key == "client_secret" || key == "access_token"; }

std::string unquoted(const std::string& written) {
  return written.starts_with('"') ? written.substr(1, written.size() - 2) : written;
}

TEST(ConfigKeys, HasARowForEachKeyHere) {
  ASSERT_EQ(rows().size(), config_keys().size());
  for (const Row& row : rows()) {
    const ConfigKey* key = find_config_key(row.key);
    ASSERT_NE(key, nullptr) << row.key;
    EXPECT_EQ(key->secret, is_secret(row.key)) << row.key;
  }
  EXPECT_EQ(find_config_key("refresh_token"), nullptr);
}

TEST(ConfigKeys, HaveTheDefaultsOfTheSpecification) {
  const test::TemporaryDirectory directory;
  const auto file = directory.write("acme.json", R"({"company_id": 7, "access_token": "fixed"})");
  const auto config = load_config(file, {}, user());
  ASSERT_TRUE(config) << config.error().what;
  for (const Row& row : rows()) EXPECT_EQ(row.show(*config), row.by_default) << row.key;
}

TEST(ConfigKeys, TakeGoodValuesFromTheFileAndFromTheCommandLine) {
  const test::TemporaryDirectory directory;
  for (const Row& row : rows()) {
    const auto plain = directory.write("plain.json", R"({"company_id": 7, "access_token": "fixed"})");
    for (const Value& value : row.good) {
      const auto file = directory.write("acme.json", with(row.key, value.written));
      const auto config = load_config(file, {}, user());
      ASSERT_TRUE(config) << row.key << " " << value.written << " " << config.error().what;
      EXPECT_EQ(row.show(*config), value.means) << row.key << " " << value.written;

      if (is_secret(row.key)) continue;
      MountOptions options;
      options.config[row.key] = unquoted(value.written);
      const auto from_o = load_config(plain, options, user());
      ASSERT_TRUE(from_o) << row.key << " " << value.written << " " << from_o.error().what;
      EXPECT_EQ(row.show(*from_o), value.means) << row.key << " " << value.written;
    }
  }
}

TEST(ConfigKeys, RefuseBadValuesByNameAndFile) {
  const test::TemporaryDirectory directory;
  for (const Row& row : rows()) {
    for (const std::string& written : row.bad) {
      const auto file = directory.write("acme.json", with(row.key, written));
      const auto config = load_config(file, {}, user());
      ASSERT_FALSE(config) << row.key << " " << written;
      EXPECT_EQ(config.error().code, Errc::Invalid);
      EXPECT_THAT(config.error().what, StartsWith(file + ": " + row.key + ": must ")) << written;
      EXPECT_THAT(config.error().what, AllOf(Not(HasSubstr("\n")), Not(HasSubstr("hunter2")))) << written;
    }
  }
}

TEST(ConfigKeys, RefuseBadValuesOfTheCommandLine) {
  const test::TemporaryDirectory directory;
  const auto file = directory.write("acme.json", R"({"company_id": 7, "access_token": "fixed"})");
  for (const Row& row : rows()) {
    if (is_secret(row.key)) continue;
    for (const std::string& written : row.bad) {
      // What is bad as JSON only: a number or boolean is a fine text, and an escape is none.
      if (!written.starts_with('"') || written.find('\\') != std::string::npos) continue;
      MountOptions options;
      options.config[row.key] = unquoted(written);
      const auto config = load_config(file, options, user());
      ASSERT_FALSE(config) << row.key << " " << written;
      EXPECT_THAT(config.error().what, StartsWith("-o " + row.key + ": must ")) << written;
    }
  }
}

TEST(ConfigKeys, TakeNothingThatCouldSplitALineFromTheCommandLine) {
  const test::TemporaryDirectory directory;
  const auto file = directory.write("acme.json", R"({"company_id": 7, "access_token": "fixed"})");
  for (const Row& row : rows()) {
    if (is_secret(row.key)) continue;
    for (const char* mark : {"\r\n", "\n", "\r", "\x1b", "\x7f"}) {
      MountOptions options;
      options.config[row.key] = unquoted(row.good.front().written) + mark + "X-Injected: yes";
      const auto config = load_config(file, options, user());
      ASSERT_FALSE(config) << row.key;
      EXPECT_EQ(config.error().what, "-o " + row.key + ": must not hold control characters");
    }
  }
}

TEST(ConfigKeys, OverrideTheFileFromTheCommandLine) {
  const test::TemporaryDirectory directory;
  for (const Row& row : rows()) {
    if (is_secret(row.key) || row.good.size() < 2) continue;
    const auto file = directory.write("acme.json", with(row.key, row.good[0].written));
    MountOptions options;
    options.config[row.key] = unquoted(row.good[1].written);
    const auto config = load_config(file, options, user());
    ASSERT_TRUE(config) << row.key << " " << config.error().what;
    EXPECT_EQ(row.show(*config), row.good[1].means) << row.key;
  }
}

TEST(ConfigKeys, AreNamedWhereOnlyANewMountTakesThemOver) {
  // What a running mount takes over: its credentials and its log.
  const std::set<std::string> live = {"token_url",  "authorize_url", "client_id", "client_secret", "access_token",
                                      "token_file", "log_level",     "log_file",  "log_format"};
  const test::TemporaryDirectory directory;
  for (const Row& row : rows()) {
    const auto load = [&](const std::string& written) {
      return load_config(directory.write("acme.json", with(row.key, written)), {}, user()).value();
    };
    const Config one = load(row.good.front().written);
    const auto same = keys_for_a_new_mount(one, load(row.good.front().written));
    EXPECT_THAT(same, testing::IsEmpty()) << row.key;
    if (row.good.size() < 2) continue;
    const auto changed = keys_for_a_new_mount(one, load(row.good[1].written));
    if (live.count(row.key) != 0 || row.good[0].means == row.good[1].means)
      EXPECT_THAT(changed, testing::IsEmpty()) << row.key;
    else
      EXPECT_THAT(changed, testing::Contains(row.key));
  }
  for (const ConfigKey& key : config_keys()) EXPECT_EQ(key.live, live.count(std::string(key.name)) != 0) << key.name;
}

TEST(ConfigKeys, AreStillCheckedInTheFileWhereTheCommandLineOverridesThem) {
  const test::TemporaryDirectory directory;
  const auto file = directory.write("acme.json", with("dir_ttl", "\"soon\""));
  MountOptions options;
  options.config["dir_ttl"] = "5";
  const auto config = load_config(file, options, user());
  ASSERT_FALSE(config);
  EXPECT_EQ(config.error().what, file + ": dir_ttl: must be a number of seconds, not \"soon\"");
}

}  // namespace
}  // namespace g2afs
