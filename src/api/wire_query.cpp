// SPDX-License-Identifier: MIT
#include <string>

#include "base64.hpp"

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
