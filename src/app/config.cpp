// SPDX-License-Identifier: MIT
#include "g2afs/app/config.hpp"

#include <algorithm>
#include <vector>

#include <fmt/format.h>

#include "g2afs/api/token_source.hpp"
#include "g2afs/app/config_checks.hpp"
#include "g2afs/app/config_defaults.hpp"
#include "g2afs/app/config_file.hpp"
#include "g2afs/app/config_keys.hpp"
#include "g2afs/app/one_line.hpp"
#include "g2afs/app/suggest.hpp"

namespace g2afs {
namespace {

/// `, not "soon"`. Not for secrets, nor where an `@` shows that there may be a password before it.
std::string not_this(const ConfigKey& key, std::string_view text) {
  if (key.secret || text.find('@') != std::string_view::npos) return {};
  return fmt::format(", not \"{}\"", one_line(text));
}

Result<void> set_value(Config& config, const ConfigKey& key, std::string_view text, const ValueOrigin& origin) {
  const auto is_control = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; };
  if (std::any_of(text.begin(), text.end(), is_control)) {
    return fail(Errc::Invalid, fmt::format("{}{}: must not hold control characters", origin.prefix, key.name));
  }
  const auto done = key.set(config, text, origin);
  if (done) return {};
  return fail(Errc::Invalid,
              fmt::format("{}{}: {}{}", origin.prefix, key.name, done.error().what, not_this(key, text)));
}

Result<void> set_member(Config& config, const ConfigKey& key, const ConfigMember& member, const ValueOrigin& origin) {
  if (member.type != key.type && member.type != JsonType::String) {
    constexpr std::string_view kNames[] = {"a string", "a number", "true or false"};
    return fail(Errc::Invalid, fmt::format("{}{}: must be {}{}", origin.prefix, key.name,
                                           kNames[static_cast<std::size_t>(key.type)], not_this(key, member.text)));
  }
  return set_value(config, key, member.text, origin);
}

Result<void> refuse_unknown_keys(const std::vector<ConfigMember>& members, const ValueOrigin& origin) {
  for (const ConfigMember& member : members) {
    if (find_config_key(member.key) != nullptr) continue;
    if (const auto place = place_of_secret(member.key)) {
      return fail(Errc::Invalid,
                  fmt::format("{}{}: is no key of the config file: {}", origin.prefix, member.key, *place));
    }
    std::vector<std::string_view> names;
    for (const ConfigKey& key : config_keys()) names.push_back(key.name);
    return fail(Errc::Invalid, fmt::format("{}{}: unknown key{}", origin.prefix, one_line(member.key),
                                           did_you_mean(member.key, names)));
  }
  return {};
}

/// Sets every key from its default, the file and -o, in the order of the table.
Result<void> set_values(Config& config, const std::vector<ConfigMember>& members, const ValueOrigin& in_file,
                        const MountOptions& from_o, const ValueOrigin& on_command_line) {
  for (const ConfigKey& key : config_keys()) {
    if (!key.default_text.empty()) {
      if (auto done = key.set(config, key.default_text, in_file); !done) return done;
    }
    const auto member = std::find_if(members.begin(), members.end(),
                                     [&](const ConfigMember& candidate) { return candidate.key == key.name; });
    if (member != members.end()) {
      if (auto done = set_member(config, key, *member, in_file); !done) return done;
    }
    const auto option = from_o.config.find(key.name);
    if (option != from_o.config.end() && !key.secret) {
      if (auto done = set_value(config, key, option->second, on_command_line); !done) return done;
    }
  }
  return {};
}

std::string stem_of(const std::filesystem::path& file) {
  const std::string stem = file.stem();
  return stem == "." || stem == ".." ? file.filename().string() : stem;
}

/// The name where no file gives one. Two accounts must not share their directories.
std::string account_name(const Config& config) {
  if (config.account_key) return fmt::format("account-{}", *config.account_key);
  if (config.user_key) return fmt::format("user-{}", *config.user_key);
  return fmt::format("company-{}", config.company_id.value_or(0));
}

}  // namespace

Result<Config> load_config(const std::string& path_or_dash, const MountOptions& from_o, const Environment& env,
                           ConfigUse use) {
  auto utc = Zone::find("UTC");
  if (!utc) return fail(Errc::Invalid, "time_zone: the system has no time zone database: install tzdata");
  Config config(*std::move(utc));
  config.uid = env.uid;
  config.gid = env.gid;

  const ValueOrigin on_command_line{"-o ", env.working_directory, env.home};
  ValueOrigin in_file{"", env.working_directory, env.home};
  std::vector<ConfigMember> members;
  if (path_or_dash != "-") {
    auto file = read_config_file(path_or_dash);
    if (!file) return fail(std::move(file).error());
    config.config_file = env.working_directory / path_or_dash;
    in_file.prefix = path_or_dash + ": ";
    if (file->regular) {  // a pipe's path says nothing
      in_file.directory = config.config_file.parent_path();
      config.name = stem_of(config.config_file);
    }
    members = std::move(file->members);
  }

  if (auto known = refuse_unknown_keys(members, in_file); !known) return fail(std::move(known).error());
  if (auto set = set_values(config, members, in_file, from_o, on_command_line); !set) {
    return fail(std::move(set).error());
  }
  if (!env.access_token.empty()) {
    auto token = parse_secret(env.access_token.reveal());
    if (!token) return fail(Errc::Invalid, "G2AFS_ACCESS_TOKEN: " + token.error().what);
    config.access_token = *std::move(token);
  }

  const auto prefix_of = [&](std::string_view key) {
    return from_o.config.contains(key) ? on_command_line.prefix : in_file.prefix;
  };
  if (auto checked = check_config(config, use, prefix_of); !checked) return fail(std::move(checked).error());
  if (config.name.empty()) config.name = account_name(config);
  if (auto filled = fill_in_directories(config, env); !filled) return fail(std::move(filled).error());
  if (config.access_token.empty()) {
    // What is in it is the token server's to judge; but a file that others may read is for the user to mend first.
    const auto tokens = read_token_file(config.token_file);
    if (!tokens && tokens.error().code == Errc::Denied) return fail(tokens.error());
  }
  return config;
}

}  // namespace g2afs
