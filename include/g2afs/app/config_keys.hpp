// SPDX-License-Identifier: MIT
// SPEC.md's table of configuration keys: the one place that knows them. Any thread (constant).
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "g2afs/app/config.hpp"
#include "g2afs/app/config_file.hpp"
#include "g2afs/app/config_values.hpp"

namespace g2afs {

struct ConfigKey {
  std::string_view name;
  std::string_view default_text;  // empty: none, or one that depends on the user (config_defaults.hpp)
  JsonType type;                  // how the file writes it; what is not a String may be written as one too
  bool secret;                    // not from -o, and not shown in errors
  bool live;                      // a running mount takes it over on SIGHUP
  Result<void> (*set)(Config& config, std::string_view text, const ValueOrigin& origin);
  bool (*same)(const Config& one, const Config& other);
};

/// In the order in which values are to be set: time_zone before the times that are local to it.
std::span<const ConfigKey> config_keys();

/// Null for a name that is no key.
const ConfigKey* find_config_key(std::string_view name);

/// The keys whose values differ and that a running mount cannot take over, in the table's order.
std::vector<std::string_view> keys_for_a_new_mount(const Config& running, const Config& wanted);

/// Where to put a secret (refresh_token too, which is no key), for whoever wrote it on the command line or in
/// the wrong file; nothing for any other name.
std::optional<std::string_view> place_of_secret(std::string_view name);

}  // namespace g2afs
