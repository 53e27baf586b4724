// SPDX-License-Identifier: MIT
// Everything that describes a simulated account and how its service behaves. Filled by cli_options or by a
// test, then read only.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace g2a_sim {

enum class IdsStyle { kRepeat, kComma, kAny };

// Harmless or legal variations of the wire format, by the names --quirk takes.
enum class Quirk {
  kIdsAsStrings,     // ids as decimal strings, in lists and entries
  kSizeAsNumber,     // recordingSize as a JSON number
  kWrappedList,      // urls: {"recordings":[…]} instead of […]
  kAbsentNull,       // a file that does not exist has a null URL instead of none
  kAbsentEmpty,      // … or an empty string
  kTimeOffset,       // start times with +02:00, or +0200 where the id is odd
  kFractional,       // start times with milliseconds
  kExtraMembers,     // members nobody asked for, anywhere
  kOmitEmptyArrays,  // list: an empty array is missing altogether
  kReverseOrder      // urls: entries in another order than asked
};

const std::map<std::string, Quirk>& quirk_names();

// A member of the urls entry that is broken on purpose.
enum class BadField { kId, kSize, kTime, kScheme };

const std::map<std::string, BadField>& bad_field_names();

struct SimOptions {
  // Listening. Both bind 127.0.0.1; port 0 takes any free one.
  int port = 0;
  int media_port = 0;
  bool same_port = false;              // media on the API's own port
  std::uint64_t max_request_line = 0;  // bytes; beyond it 414; 0 is no limit
  int keep_alive_seconds = 0;          // idle connections are closed after this; 0 never

  // The account.
  std::uint64_t count = 0;
  std::uint64_t seed = 1;
  std::int64_t from_ms = 1'451'606'400'000;  // 2016-01-01
  std::int64_t to_ms = 1'767'225'600'000;    // 2026-01-01
  std::uint64_t id_base = 18'446'744;
  double untranscoded_percent = 0;
  double archived_percent = 0;
  double unattended_percent = 30;
  double no_events_percent = 0;
  double no_thumbnail_percent = 0;
  std::uint64_t size_min = 1 << 20;
  std::uint64_t size_max = 64 << 20;
  std::string thumbnail_suffix = "jpg";
  std::string files_dir;
  // Keys that are this account's. Recordings are spread over the user keys, unattended ones over the
  // companies.
  std::vector<std::uint64_t> account_keys{9'300'000'000'000'000'007ULL};
  std::vector<std::uint64_t> user_keys{9'300'000'000'000'000'008ULL};
  std::vector<std::uint64_t> company_ids{77};

  // Credentials.
  std::string access_token;  // a fixed bearer token; empty: only tokens from /oauth/token
  std::string client_id = "sim-client";
  std::string client_secret = "sim-secret";
  std::string refresh_token = "sim-refresh";
  bool rotate_refresh = false;
  bool token_keys = false;  // the token answer carries account_key and organizer_key
  bool deny_authorize = false;
  std::int64_t token_ttl_seconds = 3600;
  std::int64_t refresh_ttl_seconds = 30 * 86'400;
  int auth_status = 403;

  // Behaviour of the calls.
  bool to_time_inclusive = true;
  bool foreign_403 = false;
  double transcode_seconds = 5;
  double transcode_jitter = 0;
  std::string ids_parameter = "recordingIds";
  IdsStyle ids_style = IdsStyle::kAny;
  std::set<Quirk> quirks;
  std::map<std::uint64_t, BadField> bad_entries;
  std::int64_t now_ms = 0;  // what the clock shows at start; 0 is the real time

  // Media.
  std::int64_t url_ttl_seconds = 48 * 3600;
  int url_status = 403;  // expired or unknown URL
  bool token_in_query = false;
  std::string media_base;
  bool ignore_ranges = false;
  bool no_etag = false;
  bool no_last_modified = false;

  std::uint64_t log_limit = 200'000;  // request records kept
};

}  // namespace g2a_sim
