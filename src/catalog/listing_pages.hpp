// SPDX-License-Identifier: MIT
// What an answer of `list` says of itself. Any thread; pure.
//
// Listing::filled tells that the server filled an array, but not which one where a bad element was left out of it. Then
// both may be cut: one question too many is better than a recording too few.
#pragma once

#include "g2afs/api/types.hpp"

namespace g2afs {

/// Said of a server whose answers do not depend on the window: they could be narrowed without end.
inline constexpr const char* kIgnoresTimes = "list: the API answers every window with the same recordings";

inline bool empty(const Listing& listing) {
  return listing.ready_for_transcode.empty() && listing.ready_for_download.empty();
}

/// Whether there may be more downloadable ones than these.
inline bool ready_cut(const Listing& listing) {
  if (listing.ready_for_download.size() >= kMaxIds) return true;
  return listing.filled && listing.ready_for_transcode.size() < kMaxIds && !listing.ready_for_download.empty();
}

/// Whether there may be more that are only ready for transcode.
inline bool untranscoded_cut(const Listing& listing) {
  if (listing.ready_for_transcode.size() >= kMaxIds) return true;
  return listing.filled && listing.ready_for_download.size() < kMaxIds && !listing.ready_for_transcode.empty();
}

}  // namespace g2afs
