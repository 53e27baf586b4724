// SPDX-License-Identifier: MIT
#include "g2afs/app/config_defaults.hpp"

#include <fmt/format.h>

namespace g2afs {
namespace {

/// SPEC.md: $XDG_<kind>_HOME/g2afs/<name>; where that is unset, below ~, for root below /var.
Result<std::filesystem::path> default_directory(std::string_view key, const std::string& xdg, std::string_view in_home,
                                                std::string_view for_root, const Config& config,
                                                const Environment& env) {
  std::filesystem::path base;
  if (!xdg.empty()) {
    base = xdg;
  } else if (env.uid == 0) {
    base = for_root;
  } else if (!env.home.empty()) {
    base = std::filesystem::path(env.home) / in_home;
  } else {
    return fail(Errc::Invalid, fmt::format("{}: HOME is not set: give the directory", key));
  }
  return base / "g2afs" / config.name;
}

}  // namespace

Result<void> fill_in_directories(Config& config, const Environment& env) {
  if (config.state_dir.empty()) {
    auto directory = default_directory("state_dir", env.xdg_state_home, ".local/state", "/var/lib", config, env);
    if (!directory) return fail(std::move(directory).error());
    config.state_dir = *std::move(directory);
  }
  if (config.token_file.empty()) config.token_file = config.state_dir / "token.json";
  if (config.cache_dir.empty() && config.cache_size != 0) {
    // Without a home there is none, which a mount can do without.
    auto directory = default_directory("cache_dir", env.xdg_cache_home, ".cache", "/var/cache", config, env);
    if (directory) config.cache_dir = *std::move(directory);
  }
  return {};
}

}  // namespace g2afs
