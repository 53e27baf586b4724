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

constexpr auto kText = JsonType::String;
constexpr auto kNumber = JsonType::Number;
constexpr auto kBoolean = JsonType::Boolean;
constexpr bool kSecret = true, kOpen = false;

constexpr int kLongestPeriod = 366 * 100;  // days
constexpr int kMostConnections = 1024;     // beyond, the usual limit of file descriptors is in the way
constexpr int kMostApiConnections = 64;

constexpr std::array kKeys{
    ConfigKey{"api_url", "https://api.getgo.com/G2A/rest/v1", kText, kOpen, set<&Config::api_url, parse_url>},
    ConfigKey{"account_key", "", kNumber, kOpen, set<&Config::account_key, parse_key>},
    ConfigKey{"user_key", "", kNumber, kOpen, set<&Config::user_key, parse_key>},
    ConfigKey{"company_id", "", kNumber, kOpen, set<&Config::company_id, parse_key>},
    ConfigKey{"session_type", "both", kText, kOpen, set<&Config::session_type, parse_session_type>},
    ConfigKey{"archived", "all", kText, kOpen, set<&Config::archived, parse_archived>},
    ConfigKey{"time_zone", "UTC", kText, kOpen, set<&Config::time_zone, parse_zone>},
    ConfigKey{"from_time", "", kText, kOpen, set<&Config::from_time, parse_from_time>},
    ConfigKey{"to_time", "", kText, kOpen, set<&Config::to_time, parse_to_time>},
    ConfigKey{"time_period", "", kNumber, kOpen, set<&Config::time_period, parse_whole<1, kLongestPeriod>>},
    ConfigKey{"ids_parameter", "recordingIds", kText, kOpen, set<&Config::ids_parameter, parse_query_name>},
    ConfigKey{"ids_style", "repeat", kText, kOpen, set<&Config::ids_style, parse_ids_style>},
    ConfigKey{"token_url", "https://authentication.logmeininc.com/oauth/token", kText, kOpen,
              set<&Config::token_url, parse_url>},
    ConfigKey{"authorize_url", "https://authentication.logmeininc.com/oauth/authorize", kText, kOpen,
              set<&Config::authorize_url, parse_url>},
    ConfigKey{"client_id", "", kText, kOpen, set<&Config::client_id, parse_word>},
    ConfigKey{"client_secret", "", kText, kSecret, set<&Config::client_secret, parse_secret>},
    ConfigKey{"access_token", "", kText, kSecret, set<&Config::access_token, parse_secret>},
    ConfigKey{"state_dir", "", kText, kOpen, set<&Config::state_dir, parse_path>},
    ConfigKey{"token_file", "", kText, kOpen, set<&Config::token_file, parse_path>},
    ConfigKey{"dir_ttl", "60", kNumber, kOpen, set<&Config::dir_ttl, parse_seconds>},
    ConfigKey{"max_connections", "32", kNumber, kOpen, set<&Config::max_connections, parse_whole<1, kMostConnections>>},
    ConfigKey{"api_connections", "4", kNumber, kOpen,
              set<&Config::api_connections, parse_whole<1, kMostApiConnections>>},
    ConfigKey{"timeout", "30", kNumber, kOpen, set<&Config::timeout, parse_seconds>},
    ConfigKey{"retry_for", "120", kNumber, kOpen, set<&Config::retry_for, parse_seconds>},
    ConfigKey{"memory_limit", "256M", kNumber, kOpen, set<&Config::memory_limit, parse_memory>},
    ConfigKey{"cache_dir", "", kText, kOpen, set<&Config::cache_dir, parse_path>},
    ConfigKey{"cache_size", "10G", kNumber, kOpen, set<&Config::cache_size, parse_size>},
    ConfigKey{"allow_http", "false", kBoolean, kOpen, set<&Config::allow_http, parse_bool>},
    ConfigKey{"ca_file", "", kText, kOpen, set<&Config::ca_file, parse_path>},
    ConfigKey{"proxy", "", kText, kOpen, set<&Config::proxy, parse_word>},
    ConfigKey{"uid", "", kNumber, kOpen, set<&Config::uid, parse_user>},
    ConfigKey{"gid", "", kNumber, kOpen, set<&Config::gid, parse_group>},
    ConfigKey{"umask", "022", kNumber, kOpen, set<&Config::umask, parse_umask>},
    ConfigKey{"log_level", "info", kText, kOpen, set<&Config::log_level, parse_log_level>},
    ConfigKey{"log_file", "", kText, kOpen, set<&Config::log_file, parse_path>},
    ConfigKey{"log_format", "text", kText, kOpen, set<&Config::log_format, parse_log_format>},
};

}  // namespace

std::span<const ConfigKey> config_keys() { return kKeys; }

const ConfigKey* find_config_key(std::string_view name) {
  const auto at = std::find_if(kKeys.begin(), kKeys.end(), [&](const ConfigKey& key) { return key.name == name; });
  return at == kKeys.end() ? nullptr : &*at;
}

std::optional<std::string_view> place_of_secret(std::string_view name) {
  if (name == "client_secret") return "put it in the config file";
  if (name == "access_token") return "put it in the config file or in G2AFS_ACCESS_TOKEN";
  if (name == "refresh_token") return "it belongs in token_file";
  return std::nullopt;
}

}  // namespace g2afs
