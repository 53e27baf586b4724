// SPDX-License-Identifier: MIT
// What the archive API answers, typed (API.md). Any thread (value types).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "g2afs/base/calendar.hpp"
#include "g2afs/base/ids.hpp"
#include "g2afs/net/url.hpp"

namespace g2afs {

/// API.md: "at most 500 ids": of an array of `list`, of one `urls` query, of one transcode or archive call.
inline constexpr std::size_t kMaxIds = 500;

/// One question to `list`. The account and session filters are the client's and not said again here.
struct ListQuery {
  std::optional<Time> from;  // inclusive
  std::optional<Time> to;    // inclusive or exclusive: the vendor does not say
  bool archived = false;     // true: only archived ones; false: only others
};

/// Ids, oldest start first. An array of kMaxIds may be cut.
struct Listing {
  std::vector<RecordingId> ready_for_transcode;
  std::vector<RecordingId> ready_for_download;
  /// The server filled an array; it may be shorter here, without duplicates and elements that are no ids.
  bool filled = false;
  bool cut() const { return filled || ready_for_transcode.size() >= kMaxIds || ready_for_download.size() >= kMaxIds; }
};

/// One entry of `urls`. A file without a URL does not exist.
struct MediaEntry {
  RecordingId id;
  Time start;
  std::uint64_t video_size = 0;  // bytes
  std::optional<Url> video, events, thumbnail;

  const std::optional<Url>& url(FileKind kind) const {
    return kind == FileKind::Video ? video : kind == FileKind::Events ? events : thumbnail;
  }
};

/// A parsed answer: what is usable, and a line for each part that is not (field and id named, no URL in it).
template <class T>
struct Parsed {
  T value;
  std::vector<std::string> rejected;
};

}  // namespace g2afs
