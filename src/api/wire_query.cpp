// SPDX-License-Identifier: MIT
#include <string>

#include "g2afs/api/wire.hpp"

namespace g2afs::wire {
namespace {

bool unreserved(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.' ||
         c == '_' || c == '~';
}

std::string join_ids(std::span<const RecordingId> ids, std::string_view between) {
  std::string text;
  for (const RecordingId id : ids) {
    if (!text.empty()) text += between;
    text += to_string(id);
  }
  return text;
}

/// RFC 4648, 4.
std::string base64(std::string_view bytes) {
  static constexpr char kDigits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  for (std::size_t at = 0; at < bytes.size(); at += 3) {
    const std::string_view group = bytes.substr(at, 3);
    std::uint32_t bits = 0;
    for (std::size_t i = 0; i < 3; ++i) {
      bits = bits << 8 | (i < group.size() ? static_cast<unsigned char>(group[i]) : 0U);
    }
    for (std::size_t i = 0; i < 4; ++i) {
      text += i <= group.size() ? kDigits[bits >> (18 - 6 * i) & 63] : '=';
    }
  }
  return text;
}

}  // namespace

std::string percent_encode(std::string_view text) {
  static constexpr char kDigits[] = "0123456789ABCDEF";
  std::string encoded;
  for (const char c : text) {
    if (unreserved(c)) {
      encoded += c;
    } else {
      const auto byte = static_cast<unsigned char>(c);
      encoded += {'%', kDigits[byte >> 4], kDigits[byte & 15]};
    }
  }
  return encoded;
}

std::string urls_query(std::span<const RecordingId> ids, std::string_view parameter, IdsStyle style) {
  const std::string first = percent_encode(parameter) + '=';
  return ids.empty() ? std::string() : first + join_ids(ids, style == IdsStyle::Comma ? "," : '&' + first);
}

std::string id_path(std::span<const RecordingId> ids) { return join_ids(ids, ","); }

Secret basic_authorization(std::string_view client_id, const Secret& client_secret) {
  return Secret("Basic " + base64(std::string(client_id) + ':' + client_secret.reveal()));
}

}  // namespace g2afs::wire
