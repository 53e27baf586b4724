// SPDX-License-Identifier: MIT
#include <algorithm>

#include "json_body.hpp"

#include "g2afs/api/wire.hpp"

namespace g2afs::wire {
namespace {

bool printable(char c) { return c >= 0x20 && c <= 0x7e; }

/// Goes into a header line, so it may hold nothing but visible characters (RFC 6750, 2.1 allows even fewer).
bool fit_for_header(std::string_view token) {
  return !token.empty() && std::all_of(token.begin(), token.end(), [](char c) { return printable(c) && c != ' '; });
}

bool same_word(std::string_view a, std::string_view b) {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; };
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [&](char x, char y) { return lower(x) == lower(y); });
}

std::optional<std::int64_t> read_life(const nlohmann::json& answer) {
  const auto* value = find_member(answer, "expires_in");
  const auto seconds = value == nullptr ? std::nullopt : read_decimal(*value);
  if (!seconds || *seconds == 0) return std::nullopt;
  return static_cast<std::int64_t>(std::min<std::uint64_t>(*seconds, kLongestLife.count()));
}

/// API.md: keys come "as strings"; as everywhere, numbers will do.
std::string read_key(const nlohmann::json& answer, const char* name) {
  const auto* value = find_member(answer, name);
  const auto key = value == nullptr ? std::nullopt : read_decimal(*value);
  return key ? std::to_string(*key) : std::string();
}

}  // namespace

Result<TokenAnswer> parse_token(std::string_view body) {
  const Result<nlohmann::json> json = parse_body(body);
  if (!json) return fail(json.error());
  if (!json->is_object()) return fail(Errc::Unavailable, "the answer is not a JSON object");

  TokenAnswer answer;
  answer.access_token = Secret(text_member(*json, "access_token"));
  if (!fit_for_header(answer.access_token.reveal())) {
    return fail(Errc::Unavailable, "the answer has no usable access_token");
  }
  const std::string type = text_member(*json, "token_type");
  if (!type.empty() && !same_word(type, "Bearer")) {
    return fail(Errc::Unavailable, "the answer's token_type is not Bearer");
  }
  answer.refresh_token = Secret(text_member(*json, "refresh_token"));
  answer.expires_in = read_life(*json).value_or(answer.expires_in);
  answer.account_key = read_key(*json, "account_key");
  answer.organizer_key = read_key(*json, "organizer_key");
  return answer;
}

std::string parse_token_error(std::string_view body) {
  const Result<nlohmann::json> json = parse_body(body);
  if (!json || !json->is_object()) return {};
  const std::string error = text_member(*json, "error");
  if (error.empty()) return {};
  for (const char* word : {"invalid_request", "invalid_client", "invalid_grant", "unauthorized_client",
                           "unsupported_grant_type", "invalid_scope"}) {
    if (error == word) return error;
  }
  return "unknown error";
}

}  // namespace g2afs::wire
