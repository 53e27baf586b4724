// SPDX-License-Identifier: MIT
// Recording ids, the three kinds of file a recording has, and strict decimal parsing. Any thread.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace g2afs {

/// Digits only, no sign, no space, no value above 2^64-1; leading zeros are accepted.
std::optional<std::uint64_t> parse_decimal(std::string_view text);

/// A recording's id: the full range of 64 bits (API.md: never through a double).
struct RecordingId {
  std::uint64_t value = 0;
  auto operator<=>(const RecordingId&) const = default;
};

inline std::string to_string(RecordingId id) { return std::to_string(id.value); }

/// The id as it is written as a name in the tree: decimal without leading zeros, else nothing.
std::optional<RecordingId> parse_id_name(std::string_view name);

enum class FileKind : std::uint8_t { Video, Events, Thumbnail };
inline constexpr std::array kFileKinds{FileKind::Video, FileKind::Events, FileKind::Thumbnail};

/// Which bytes: one file of one recording.
struct FileKey {
  RecordingId id;
  FileKind kind = FileKind::Video;
  auto operator<=>(const FileKey&) const = default;
};

/// For logs, e.g. "18446744.events".
std::string to_string(FileKey key);

}  // namespace g2afs

template <>
struct std::hash<g2afs::RecordingId> {
  std::size_t operator()(g2afs::RecordingId id) const noexcept {
    return static_cast<std::size_t>(id.value * 0x9E3779B97F4A7C15ULL >> 7);
  }
};
template <>
struct std::hash<g2afs::FileKey> {
  std::size_t operator()(const g2afs::FileKey& key) const noexcept {
    return std::hash<g2afs::RecordingId>{}(key.id) * 4 + static_cast<std::size_t>(key.kind);
  }
};
