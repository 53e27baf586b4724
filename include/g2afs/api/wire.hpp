// SPDX-License-Identifier: MIT
// The vendor's wire format and nothing else: bodies in, types out; ids in, query strings out. Any thread.
//
// Liberal in what it accepts, as API.md lists. Each function fails as a whole (Unavailable) only if the body
// is not JSON of the expected shape, or is out of all proportion (64 MB, 64 levels, a million values); a bad
// entry is left out and named in `rejected`. In `urls` an entry without a usable id, start, size or
// recordingUrl is of no use and goes; a bad eventsUrl or thumbnailUrl costs only that file.
#pragma once

#include <chrono>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "g2afs/api/types.hpp"
#include "g2afs/base/error.hpp"
#include "g2afs/base/secret.hpp"

namespace g2afs::wire {

Result<Parsed<Listing>> parse_listing(std::string_view body);
Result<Parsed<std::vector<MediaEntry>>> parse_urls(std::string_view body);

enum class IdsStyle { Repeat, Comma };
/// `recordingIds=1&recordingIds=2` or `recordingIds=1,2`.
std::string urls_query(std::span<const RecordingId> ids, std::string_view parameter, IdsStyle style);
/// `1,2,3`
std::string id_path(std::span<const RecordingId> ids);
/// Everything but RFC 3986's unreserved characters as %XX: for values of queries and forms.
std::string percent_encode(std::string_view text);
/// `Basic base64(client_id:client_secret)`: the Authorization header for token_url.
Secret basic_authorization(std::string_view client_id, const Secret& client_secret);

/// A token that claims to live longer is taken to live this long: its end is then within every clock's range.
inline constexpr std::chrono::seconds kLongestLife{10 * 365 * 86'400};

/// The OAuth token answer (RFC 6749, 5.1, and the vendor's older form). A bad expires_in counts as none, so
/// that an answer that holds the only living refresh token is not lost over it.
struct TokenAnswer {
  Secret access_token;
  std::int64_t expires_in = 3600;  // seconds
  Secret refresh_token;            // empty: the old one stays valid
  std::string account_key, organizer_key;
};
Result<TokenAnswer> parse_token(std::string_view body);
/// The `error` of an RFC 6749 error body (5.2) if it is one of the RFC's words, `unknown error` for any other;
/// empty if the body has none. Nothing else of it is for people: some servers repeat what they were sent, in
/// whatever encoding.
std::string parse_token_error(std::string_view body);

}  // namespace g2afs::wire
