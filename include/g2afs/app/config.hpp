// SPDX-License-Identifier: MIT
// The configuration of one mount: SPEC.md's table of keys, typed, with every default filled in. Any thread (a
// value type).
//
// A key's value comes from the table of keys (config_keys.hpp), over that the config file, over that `-o`;
// and the access token, over all, from the environment. Values are parsed in the order of the table, and
// everything is checked before load_config() returns, so that whoever holds a Config need not ask again.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <sys/types.h>

#include "g2afs/api/wire.hpp"
#include "g2afs/app/environment.hpp"
#include "g2afs/app/mount_options.hpp"
#include "g2afs/base/calendar.hpp"
#include "g2afs/base/error.hpp"
#include "g2afs/base/secret.hpp"
#include "g2afs/catalog/enumerator.hpp"
#include "g2afs/net/url.hpp"

namespace g2afs {

enum class SessionType { Both, Attended, Unattended };

using Archived = Filters::Archived;

struct Config {
  explicit Config(Zone zone) : time_zone(std::move(zone)) {}

  std::string name;                   // the config file's stem; account-<key> (or user-, company-) for "-" and pipes
  std::filesystem::path config_file;  // absolute; empty for "-"

  // The account and what of it is shown.
  Url api_url;
  std::optional<std::uint64_t> account_key, user_key, company_id;  // one of them at least
  SessionType session_type{};
  Archived archived{};
  // Recordings that start in [from_time, to_time). A date stands for the whole day in time_zone: from_time is
  // its first instant, to_time that of the day after it. A date-time without an offset is local to time_zone.
  std::optional<Time> from_time, to_time;
  std::optional<int> time_period;  // days back from today
  Zone time_zone;
  std::string ids_parameter;
  wire::IdsStyle ids_style{};

  // Credentials: access_token, or client_id and client_secret. A fixed access_token goes first.
  Url token_url, authorize_url;
  std::string client_id;
  Secret client_secret;
  Secret access_token;

  // Paths are absolute.
  std::filesystem::path state_dir;
  std::filesystem::path token_file;
  std::filesystem::path cache_dir;  // empty where none was given, and cache_size is 0 or there is no home
  std::uint64_t cache_size = 0;     // bytes; 0: no cache on disk

  // Network and memory.
  std::chrono::milliseconds dir_ttl{}, timeout{}, retry_for{};
  int max_connections = 0, api_connections = 0;
  std::uint64_t memory_limit = 0;  // bytes
  bool allow_http = false;
  std::filesystem::path ca_file;  // empty: the system's
  std::string proxy;              // empty: the environment's

  // What the tree and the log look like.
  uid_t uid = 0;
  gid_t gid = 0;
  mode_t umask = 0;
  std::string log_level, log_format;  // as LogOptions takes them
  std::filesystem::path log_file;     // empty: stderr or syslog
};

/// What a configuration is to serve for. A login needs an OAuth client, and no account yet where there is a file that it
/// can be written into.
enum class ConfigUse { Mount, Login };

/// Reads the config file (`-`: none) and what overrides it. Errors, each one line that names the key and
/// where it was written and never holds a secret: NotFound (no such file), Denied (the file cannot be read,
/// or others can) and Invalid. Relative paths mean: in the file, its directory; else the environment's.
/// `~/` is the home directory.
Result<Config> load_config(const std::string& path_or_dash, const MountOptions& from_o, const Environment& env,
                           ConfigUse use = ConfigUse::Mount);

}  // namespace g2afs
