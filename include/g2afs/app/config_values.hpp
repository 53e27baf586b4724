// SPDX-License-Identifier: MIT
// From the text of a value to its type: one function a kind of value. Any thread; pure, but for look-ups of
// users, time zones and the file system's current directory.
//
// Every error is Invalid and says what the value must be ("must be a number of seconds"), not what it is: the
// caller knows whether it may be shown.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <sys/types.h>

#include "g2afs/base/calendar.hpp"
#include "g2afs/base/error.hpp"
#include "g2afs/base/secret.hpp"
#include "g2afs/net/url.hpp"

namespace g2afs {

/// Where a value was written.
struct ValueOrigin {
  std::string prefix;               // of its errors: "/etc/g2afs/acme.json: " or "-o "
  std::filesystem::path directory;  // what relative paths are relative to
  std::string home;                 // what `~/` means; empty: nothing
};

/// Printable ASCII without spaces: it travels in a header.
Result<std::string> parse_word(std::string_view text);
Result<Secret> parse_secret(std::string_view text);
/// A name that needs no escaping in a query: letters, digits and `_-.[]`.
Result<std::string> parse_query_name(std::string_view text);
Result<bool> parse_bool(std::string_view text);
Result<Url> parse_url(std::string_view text);
Result<std::filesystem::path> parse_path(std::string_view text, const ValueOrigin& origin);

/// The full range of 64 bits, in decimal.
Result<std::uint64_t> parse_key(std::string_view text);
/// Bytes: `268435456`, `256M`; K, M, G and T are powers of 1,024.
Result<std::uint64_t> parse_size(std::string_view text);
/// parse_size(), and enough to read with.
Result<std::uint64_t> parse_memory(std::string_view text);
/// Above 0, at most a year, to the millisecond; decimals allowed.
Result<std::chrono::milliseconds> parse_seconds(std::string_view text);
Result<int> parse_whole_between(std::string_view text, int low, int high);

/// parse_whole_between() as a function of the text alone.
template <int low, int high>
Result<int> parse_whole(std::string_view text) {
  return parse_whole_between(text, low, high);
}

Result<Zone> parse_zone(std::string_view text);
/// A date is the first instant of its day.
Result<Time> parse_from_time(std::string_view text, const Zone& zone);
/// A date is the first instant after its day: the end is exclusive.
Result<Time> parse_to_time(std::string_view text, const Zone& zone);

/// A number or a name of this system.
Result<uid_t> parse_user(std::string_view text);
Result<gid_t> parse_group(std::string_view text);
/// Octal digits, 0 to 777.
Result<mode_t> parse_umask(std::string_view text);

}  // namespace g2afs
