// SPDX-License-Identifier: MIT
#include "g2afs/base/ids.hpp"

#include <charconv>

namespace g2afs {

std::optional<std::uint64_t> parse_decimal(std::string_view text) {
  std::uint64_t value = 0;
  // from_chars takes no sign and no space for an unsigned type, and reports overflow.
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::optional<RecordingId> parse_id_name(std::string_view name) {
  if (name.size() > 1 && name.front() == '0') return std::nullopt;
  const auto value = parse_decimal(name);
  if (!value) return std::nullopt;
  return RecordingId{*value};
}

std::string to_string(FileKey key) {
  switch (key.kind) {
    case FileKind::Video: return to_string(key.id) + ".mp4";
    case FileKind::Events: return to_string(key.id) + ".events";
    case FileKind::Thumbnail: return to_string(key.id) + " thumbnail";
  }
  return to_string(key.id);
}

}  // namespace g2afs
