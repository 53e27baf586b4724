// SPDX-License-Identifier: MIT
#include "g2afs/app/config_checks.hpp"

#include <optional>

#include <fmt/format.h>

namespace g2afs {
namespace {

/// The rule a configuration breaks: the key it is about and why; no key where it is about several.
struct Breach {
  std::string_view key;
  std::string why;
};

std::optional<Breach> account_breach(const Config& config, ConfigUse use) {
  // Without a file's name the directories are named after the account. (Without a file there is no login: see below.)
  const bool named = !config.name.empty() || config.config_file.empty();
  if (use == ConfigUse::Login && named) return std::nullopt;
  if (config.account_key || config.user_key || config.company_id) return std::nullopt;
  return Breach{{}, "no account: give account_key, user_key or company_id"};
}

std::optional<Breach> credentials_breach(const Config& config, ConfigUse use) {
  const bool id = !config.client_id.empty();
  const bool secret = !config.client_secret.empty();
  if (id && secret) return std::nullopt;
  if (use == ConfigUse::Login) {
    if (config.config_file.empty()) return Breach{{}, "a login needs a config file with client_id and client_secret"};
    return Breach{id ? "client_secret" : "client_id", "is missing: a login needs an OAuth client"};
  }
  if (!config.access_token.empty()) return std::nullopt;
  // Without a file there is no place for a client_secret.
  if (config.config_file.empty()) {
    return Breach{{}, "no credentials: set G2AFS_ACCESS_TOKEN, or use a config file with client_id and client_secret"};
  }
  if (id) return Breach{"client_secret", "is missing: client_id needs it"};
  if (secret) return Breach{"client_id", "is missing: client_secret needs it"};
  return Breach{{}, "no credentials: give client_id and client_secret, or access_token"};
}

std::optional<Breach> http_breach(const Config& config, std::string_view key, const Url& url) {
  if (config.allow_http || url.secure() || url.loopback()) return std::nullopt;
  return Breach{
      key, fmt::format("plain http to {} would show everyone the token: use https, or allow_http=true", url.host())};
}

std::optional<Breach> times_breach(const Config& config) {
  if (!config.from_time || !config.to_time || *config.from_time < *config.to_time) return std::nullopt;
  return Breach{"from_time", "must be before to_time"};
}

std::optional<Breach> first_breach(const Config& config, ConfigUse use) {
  if (auto breach = account_breach(config, use)) return breach;
  if (auto breach = credentials_breach(config, use)) return breach;
  if (auto breach = http_breach(config, "api_url", config.api_url)) return breach;
  if (auto breach = http_breach(config, "token_url", config.token_url)) return breach;
  if (use == ConfigUse::Login) {
    if (auto breach = http_breach(config, "authorize_url", config.authorize_url)) return breach;
  }
  return times_breach(config);
}

}  // namespace

Result<void> check_config(const Config& config, ConfigUse use,
                          const std::function<std::string(std::string_view key)>& prefix_of) {
  const auto breach = first_breach(config, use);
  if (!breach) return {};
  const std::string_view separator = breach->key.empty() ? "" : ": ";
  return fail(Errc::Invalid, fmt::format("{}{}{}{}", prefix_of(breach->key), breach->key, separator, breach->why));
}

}  // namespace g2afs
