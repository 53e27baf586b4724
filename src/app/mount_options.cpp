// SPDX-License-Identifier: MIT
#include "g2afs/app/mount_options.hpp"

#include <algorithm>
#include <array>
#include <string_view>

#include <fmt/format.h>

#include "g2afs/app/config_keys.hpp"
#include "g2afs/app/one_line.hpp"
#include "g2afs/app/suggest.hpp"

namespace g2afs {
namespace {

enum class Value { None, Needed, Optional };
enum class Fate { Pass, Ignore, Debug, Refuse };

struct KnownOption {
  std::string_view name;
  Value value;
  Fate fate;
};

constexpr std::array kKnown{
    // libfuse, fusermount3 and the kernel. `rw` is passed too: after `ro`, it takes that back.
    KnownOption{"allow_other", Value::None, Fate::Pass},
    KnownOption{"allow_root", Value::None, Fate::Pass},
    KnownOption{"auto_unmount", Value::None, Fate::Pass},
    KnownOption{"fsname", Value::Needed, Fate::Pass},
    KnownOption{"subtype", Value::Needed, Fate::Pass},
    KnownOption{"max_read", Value::Needed, Fate::Pass},
    KnownOption{"context", Value::Needed, Fate::Pass},
    KnownOption{"fscontext", Value::Needed, Fate::Pass},
    KnownOption{"defcontext", Value::Needed, Fate::Pass},
    KnownOption{"rootcontext", Value::Needed, Fate::Pass},
    KnownOption{"ro", Value::None, Fate::Pass},
    KnownOption{"rw", Value::None, Fate::Pass},
    KnownOption{"dev", Value::None, Fate::Pass},
    KnownOption{"nodev", Value::None, Fate::Pass},
    KnownOption{"suid", Value::None, Fate::Pass},
    KnownOption{"nosuid", Value::None, Fate::Pass},
    KnownOption{"exec", Value::None, Fate::Pass},
    KnownOption{"noexec", Value::None, Fate::Pass},
    KnownOption{"async", Value::None, Fate::Pass},
    KnownOption{"sync", Value::None, Fate::Pass},
    KnownOption{"dirsync", Value::None, Fate::Pass},
    KnownOption{"atime", Value::None, Fate::Pass},
    KnownOption{"noatime", Value::None, Fate::Pass},
    KnownOption{"debug", Value::None, Fate::Debug},
    // Always on.
    KnownOption{"default_permissions", Value::None, Fate::Ignore},
    // libfuse does not know these, and access times never change here.
    KnownOption{"diratime", Value::None, Fate::Ignore},
    KnownOption{"nodiratime", Value::None, Fate::Ignore},
    KnownOption{"relatime", Value::None, Fate::Ignore},
    KnownOption{"norelatime", Value::None, Fate::Ignore},
    KnownOption{"strictatime", Value::None, Fate::Ignore},
    KnownOption{"nostrictatime", Value::None, Fate::Ignore},
    KnownOption{"lazytime", Value::None, Fate::Ignore},
    KnownOption{"nolazytime", Value::None, Fate::Ignore},
    // mount(8) and fstab(5) read these and hand them on.
    KnownOption{"defaults", Value::None, Fate::Ignore},
    KnownOption{"auto", Value::None, Fate::Ignore},
    KnownOption{"noauto", Value::None, Fate::Ignore},
    KnownOption{"user", Value::Optional, Fate::Ignore},
    KnownOption{"nouser", Value::None, Fate::Ignore},
    KnownOption{"users", Value::None, Fate::Ignore},
    KnownOption{"nousers", Value::None, Fate::Ignore},
    KnownOption{"owner", Value::None, Fate::Ignore},
    KnownOption{"noowner", Value::None, Fate::Ignore},
    KnownOption{"group", Value::None, Fate::Ignore},
    KnownOption{"nogroup", Value::None, Fate::Ignore},
    KnownOption{"_netdev", Value::None, Fate::Ignore},
    KnownOption{"nofail", Value::None, Fate::Ignore},
    KnownOption{"comment", Value::Needed, Fate::Ignore},
    KnownOption{"helper", Value::Needed, Fate::Ignore},
    KnownOption{"remount", Value::None, Fate::Refuse},
    KnownOption{"uhelper", Value::Needed, Fate::Ignore},
};

bool is_octal(char c) { return c >= '0' && c <= '7'; }

/// The end of a value between double quotes that begins here; npos where there is none.
std::size_t end_of_quoted(std::string_view text, std::size_t begin) {
  if (begin == 0 || text[begin] != '"' || text[begin - 1] != '=') return std::string_view::npos;
  const auto end = text.find('"', begin + 1);
  const bool whole = end != std::string_view::npos && (end + 1 == text.size() || text[end + 1] == ',');
  return whole ? end : std::string_view::npos;
}

/// The options of one string, unescaped; empty ones are left out.
std::vector<std::string> split(std::string_view text) {
  std::vector<std::string> options;
  std::string option;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == ',') {
      if (!option.empty()) options.push_back(std::move(option));
      option.clear();
      continue;
    }
    if (const auto end = end_of_quoted(text, i); end != std::string_view::npos) {
      option += text.substr(i + 1, end - i - 1);
      i = end;
      continue;
    }
    if (text[i] != '\\' || i + 1 == text.size()) {
      option += text[i];
      continue;
    }
    ++i;
    if (i + 2 < text.size() && text[i] <= '3' && is_octal(text[i]) && is_octal(text[i + 1]) && is_octal(text[i + 2])) {
      option += static_cast<char>((text[i] - '0') * 64 + (text[i + 1] - '0') * 8 + (text[i + 2] - '0'));
      i += 2;
    } else {
      option += text[i];
    }
  }
  if (!option.empty()) options.push_back(std::move(option));
  return options;
}

tl::unexpected<Error> refuse(std::string_view name, std::string_view why) {
  return fail(Errc::Invalid, fmt::format("-o {}: {}", one_line(name), why));
}

std::string unknown_option(std::string_view name) {
  std::vector<std::string_view> names;
  for (const ConfigKey& key : config_keys()) {
    if (!key.secret) names.push_back(key.name);
  }
  for (const KnownOption& known : kKnown) names.push_back(known.name);
  return "unknown option" + did_you_mean(name, names);
}

/// x-systemd.automount and the like: fstab(5) reserves the prefix for user space.
bool is_extension(std::string_view name) { return name.starts_with("x-") || name.starts_with("X-"); }

Result<void> add_key(MountOptions& options, const ConfigKey& key, std::string_view option, bool has_value) {
  if (!has_value && key.type != JsonType::Boolean) return refuse(key.name, "needs a value");
  const std::string_view value = has_value ? option.substr(key.name.size() + 1) : "true";
  options.config.insert_or_assign(std::string(key.name), std::string(value));
  return {};
}

Result<void> add_known(MountOptions& options, const KnownOption& known, std::string_view option, bool has_value) {
  if (has_value && known.value == Value::None) return refuse(known.name, "takes no value");
  if (!has_value && known.value == Value::Needed) return refuse(known.name, "needs a value");
  if (known.fate == Fate::Refuse) {
    return refuse(known.name, "unmount and mount again; SIGHUP makes a running mount read its configuration again");
  }
  if (known.fate == Fate::Pass) options.fuse.emplace_back(option);
  if (known.fate == Fate::Debug) options.debug = true;
  return {};
}

Result<void> add(MountOptions& options, std::string_view option, UnknownOptions unknown) {
  const auto equals = option.find('=');
  const bool has_value = equals != std::string_view::npos;
  const std::string_view name = option.substr(0, equals);
  if (const auto place = place_of_secret(name)) {
    return refuse(name, fmt::format("a secret is never taken from the command line: {}", *place));
  }
  if (const ConfigKey* key = find_config_key(name)) return add_key(options, *key, option, has_value);
  const auto known = std::find_if(kKnown.begin(), kKnown.end(), [&](const KnownOption& it) { return it.name == name; });
  if (known != kKnown.end()) return add_known(options, *known, option, has_value);
  if (is_extension(name) || unknown == UnknownOptions::Ignore) return {};
  return refuse(name, unknown_option(name));
}

}  // namespace

Result<MountOptions> parse_mount_options(std::span<const std::string> strings, UnknownOptions unknown) {
  MountOptions options;
  for (const std::string& text : strings) {
    for (const std::string& option : split(text)) {
      if (auto added = add(options, option, unknown); !added) return fail(std::move(added).error());
    }
  }
  return options;
}

}  // namespace g2afs
