// SPDX-License-Identifier: MIT
// The vendor's wire format and nothing else: bodies in, types out; ids in, query strings out. Any thread; pure.
//
// Liberal in what it accepts, as API.md lists. Each function fails as a whole (Unavailable) only if the body is not JSON
// of the expected shape; a bad entry is left out and named in `rejected`.
#pragma once

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

/// The OAuth token answer (RFC 6749, 5.1, and the vendor's older form).
struct TokenAnswer {
  Secret access_token;
  std::int64_t expires_in = 3600;  // seconds
  Secret refresh_token;            // empty: the old one stays valid
  std::string account_key, organizer_key;
};
Result<TokenAnswer> parse_token(std::string_view body);
/// `invalid_grant: words` of an RFC 6749 error body; empty if it is none.
std::string parse_token_error(std::string_view body);

}  // namespace g2afs::wire
