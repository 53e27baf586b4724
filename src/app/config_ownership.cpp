// SPDX-License-Identifier: MIT
// The ownership part of config_values.hpp.
#include <cerrno>
#include <charconv>
#include <grp.h>
#include <limits>
#include <optional>
#include <pwd.h>
#include <vector>

#include "g2afs/app/config_values.hpp"
#include "g2afs/base/ids.hpp"

namespace g2afs {
namespace {

/// -1 means "no change" to chown and is nobody's id.
constexpr std::uint64_t kMostId = std::numeric_limits<uid_t>::max() - 1;

/// The entry of `name` that getpwnam_r or getgrnam_r finds, with the memory its strings need.
template <class Entry, class LookUp>
std::optional<Entry> look_up(const std::string& name, LookUp by_name) {
  Entry entry{};
  Entry* found = nullptr;
  // A group's entry holds all its members: there is no upper bound to ask for.
  for (std::vector<char> memory(1024); memory.size() <= 1 << 20; memory.resize(memory.size() * 2)) {
    if (by_name(name.c_str(), &entry, memory.data(), memory.size(), &found) != ERANGE) break;
  }
  return found == nullptr ? std::nullopt : std::optional(entry);
}

}  // namespace

Result<uid_t> parse_user(std::string_view text) {
  if (const auto id = parse_decimal(text); id && *id <= kMostId) return static_cast<uid_t>(*id);
  if (const auto entry = look_up<passwd>(std::string(text), ::getpwnam_r)) return entry->pw_uid;
  return fail(Errc::Invalid, "must be a user's number or name");
}

Result<gid_t> parse_group(std::string_view text) {
  if (const auto id = parse_decimal(text); id && *id <= kMostId) return static_cast<gid_t>(*id);
  if (const auto entry = look_up<group>(std::string(text), ::getgrnam_r)) return entry->gr_gid;
  return fail(Errc::Invalid, "must be a group's number or name");
}

Result<mode_t> parse_umask(std::string_view text) {
  mode_t mask = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), mask, 8);
  if (error != std::errc{} || end != text.data() + text.size() || mask > 0777) {
    return fail(Errc::Invalid, "must be octal digits from 0 to 777");
  }
  return mask;
}

}  // namespace g2afs
