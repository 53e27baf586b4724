// SPDX-License-Identifier: MIT
#include "g2afs/app/config_keys.hpp"

#include <algorithm>
#include <array>
#include <concepts>

#include <fmt/format.h>

namespace g2afs {
namespace {

template <class T>
struct Choice {
  std::string_view text;
  T value;
};

/// The value of the choice named `text`, or an error that lists them all.
template <class T, std::size_t n>
Result<T> choose(std::string_view text, const std::array<Choice<T>, n>& choices) {
  std::string names;
  for (std::size_t i = 0; i < n; ++i) {
    if (choices[i].text == text) return choices[i].value;
    names += fmt::format("{}{}", i == 0 ? "" : i + 1 == n ? " or " : ", ", choices[i].text);
  }
  return fail(Errc::Invalid, fmt::format("must be {}", names));
}

Result<SessionType> parse_session_type(std::string_view text) {
  return choose(text, std::array<Choice<SessionType>, 3>{{{"both", SessionType::Both},
                                                          {"attended", SessionType::Attended},
                                                          {"unattended", SessionType::Unattended}}});
}

Result<Archived> parse_archived(std::string_view text) {
  return choose(text, std::array<Choice<Archived>, 3>{
                          {{"all", Archived::All}, {"exclude", Archived::Exclude}, {"only", Archived::Only}}});
}

Result<wire::IdsStyle> parse_ids_style(std::string_view text) {
  return choose(text, std::array<Choice<wire::IdsStyle>, 2>{
                          {{"repeat", wire::IdsStyle::Repeat}, {"comma", wire::IdsStyle::Comma}}});
}

Result<std::string> parse_log_level(std::string_view text) {
  return choose(
      text,
      std::array<Choice<std::string>, 5>{
          {{"error", "error"}, {"warning", "warning"}, {"info", "info"}, {"debug", "debug"}, {"trace", "trace"}}});
}

Result<std::string> parse_log_format(std::string_view text) {
  return choose(text, std::array<Choice<std::string>, 2>{{{"text", "text"}, {"json", "json"}}});
}

/// Parses a text into a member of the Config. What a parser needs beside the text, it asks for.
template <auto member, auto parse>
Result<void> set(Config& config, std::string_view text, const ValueOrigin& origin) {
  auto value = [&] {
    using Parse = decltype(parse);
    if constexpr (std::invocable<Parse, std::string_view, const ValueOrigin&>) {
      return parse(text, origin);
    } else if constexpr (std::invocable<Parse, std::string_view, const Zone&>) {
      return parse(text, config.time_zone);
    } else {
      return parse(text);
    }
  }();
  if (!value) return fail(std::move(value).error());
  config.*member = *std::move(value);
  return {};
}

bool equal(const Url& one, const Url& other) { return one.text() == other.text(); }
bool equal(const Zone& one, const Zone& other) { return one.name() == other.name(); }
bool equal(const auto& one, const auto& other) { return one == other; }

template <auto member, auto parse>
constexpr ConfigKey entry(std::string_view name, std::string_view default_text, JsonType type, bool secret, bool live) {
  const auto same = [](const Config& one, const Config& other) { return equal(one.*member, other.*member); };
  return {name, default_text, type, secret, live, set<member, parse>, same};
}

constexpr auto kText = JsonType::String;
constexpr auto kNumber = JsonType::Number;
constexpr auto kBoolean = JsonType::Boolean;
constexpr bool kSecret = true, kOpen = false;
constexpr bool kLive = true, kFixed = false;

constexpr int kLongestPeriod = 366 * 100;  // days
constexpr int kMostConnections = 1024;     // beyond, the usual limit of file descriptors is in the way
constexpr int kMostApiConnections = 64;

constexpr std::array kKeys{
    entry<&Config::api_url, parse_url>("api_url", "https://api.getgo.com/G2A/rest/v1", kText, kOpen, kFixed),
    entry<&Config::account_key, parse_key>("account_key", "", kNumber, kOpen, kFixed),
    entry<&Config::user_key, parse_key>("user_key", "", kNumber, kOpen, kFixed),
    entry<&Config::company_id, parse_key>("company_id", "", kNumber, kOpen, kFixed),
    entry<&Config::session_type, parse_session_type>("session_type", "both", kText, kOpen, kFixed),
    entry<&Config::archived, parse_archived>("archived", "all", kText, kOpen, kFixed),
    entry<&Config::time_zone, parse_zone>("time_zone", "UTC", kText, kOpen, kFixed),
    entry<&Config::from_time, parse_from_time>("from_time", "", kText, kOpen, kFixed),
    entry<&Config::to_time, parse_to_time>("to_time", "", kText, kOpen, kFixed),
    entry<&Config::time_period, parse_whole<1, kLongestPeriod>>("time_period", "", kNumber, kOpen, kFixed),
    entry<&Config::ids_parameter, parse_query_name>("ids_parameter", "recordingIds", kText, kOpen, kFixed),
    entry<&Config::ids_style, parse_ids_style>("ids_style", "repeat", kText, kOpen, kFixed),
    entry<&Config::token_url, parse_url>("token_url", "https://authentication.logmeininc.com/oauth/token", kText, kOpen,
                                         kLive),
    entry<&Config::authorize_url, parse_url>("authorize_url", "https://authentication.logmeininc.com/oauth/authorize",
                                             kText, kOpen, kLive),
    entry<&Config::client_id, parse_word>("client_id", "", kText, kOpen, kLive),
    entry<&Config::client_secret, parse_secret>("client_secret", "", kText, kSecret, kLive),
    entry<&Config::access_token, parse_secret>("access_token", "", kText, kSecret, kLive),
    entry<&Config::state_dir, parse_path>("state_dir", "", kText, kOpen, kFixed),
    entry<&Config::token_file, parse_path>("token_file", "", kText, kOpen, kLive),
    entry<&Config::dir_ttl, parse_seconds>("dir_ttl", "60", kNumber, kOpen, kFixed),
    entry<&Config::max_connections, parse_whole<1, kMostConnections>>("max_connections", "32", kNumber, kOpen, kFixed),
    entry<&Config::api_connections, parse_whole<1, kMostApiConnections>>("api_connections", "4", kNumber, kOpen,
                                                                         kFixed),
    entry<&Config::timeout, parse_seconds>("timeout", "30", kNumber, kOpen, kFixed),
    entry<&Config::retry_for, parse_seconds>("retry_for", "120", kNumber, kOpen, kFixed),
    entry<&Config::memory_limit, parse_memory>("memory_limit", "256M", kNumber, kOpen, kFixed),
    entry<&Config::cache_dir, parse_path>("cache_dir", "", kText, kOpen, kFixed),
    entry<&Config::cache_size, parse_size>("cache_size", "10G", kNumber, kOpen, kFixed),
    entry<&Config::allow_http, parse_bool>("allow_http", "false", kBoolean, kOpen, kFixed),
    entry<&Config::ca_file, parse_path>("ca_file", "", kText, kOpen, kFixed),
    entry<&Config::proxy, parse_word>("proxy", "", kText, kOpen, kFixed),
    entry<&Config::uid, parse_user>("uid", "", kNumber, kOpen, kFixed),
    entry<&Config::gid, parse_group>("gid", "", kNumber, kOpen, kFixed),
    entry<&Config::umask, parse_umask>("umask", "022", kNumber, kOpen, kFixed),
    entry<&Config::log_level, parse_log_level>("log_level", "info", kText, kOpen, kLive),
    entry<&Config::log_file, parse_path>("log_file", "", kText, kOpen, kLive),
    entry<&Config::log_format, parse_log_format>("log_format", "text", kText, kOpen, kLive),
};

}  // namespace

std::span<const ConfigKey> config_keys() { return kKeys; }

const ConfigKey* find_config_key(std::string_view name) {
  const auto at = std::find_if(kKeys.begin(), kKeys.end(), [&](const ConfigKey& key) { return key.name == name; });
  return at == kKeys.end() ? nullptr : &*at;
}

std::vector<std::string_view> keys_for_a_new_mount(const Config& running, const Config& wanted) {
  std::vector<std::string_view> names;
  for (const ConfigKey& key : kKeys) {
    if (!key.live && !key.same(running, wanted)) names.push_back(key.name);
  }
  return names;
}

std::optional<std::string_view> place_of_secret(std::string_view name) {
  if (name == "client_secret") return "put it in the config file";
  if (name == "access_token") return "put it in the config file or in G2AFS_ACCESS_TOKEN";
  if (name == "refresh_token") return "it belongs in token_file";
  return std::nullopt;
}

}  // namespace g2afs
