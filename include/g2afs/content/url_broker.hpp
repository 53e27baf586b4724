// SPDX-License-Identifier: MIT
// UrlBroker: the signed URLs of recordings, resolved when somebody needs one. Loop thread only.
//
// URLs come along with every enumeration and are kept in a weighted LRU; they are valid for 48 h (API.md) and used for
// half of that. Ids that are missing are collected while a call is under way and asked for together in the next one, so
// a thousand readers cost a few calls; so are those that are about to be asked for, and those whose URLs will soon be too
// old, once somebody expects to use them. A URL that turned out to be expired is dropped and asked for again.
#pragma once

#include <memory>
#include <set>
#include <span>
#include <unordered_map>
#include <vector>

#include "g2afs/api/archive_api.hpp"
#include "g2afs/base/error.hpp"
#include "g2afs/base/ids.hpp"
#include "g2afs/base/lru_cache.hpp"
#include "g2afs/net/clock.hpp"
#include "g2afs/net/event.hpp"
#include "g2afs/net/loop.hpp"

namespace g2afs {

class UrlBroker {
 public:
  /// `memory` bounds what is kept, in bytes.
  UrlBroker(Loop& loop, ArchiveApi& api, Clock& clock, std::size_t memory);

  /// Keeps the URLs of an answer of `urls`.
  void remember(std::span<const MediaEntry> entries);

  /// A URL to use now. NotFound: the recording has no such file; Unavailable: `urls` leaves it out; else as
  /// ArchiveApi::urls.
  Task<Result<Url>> url(FileKey key);

  /// Whether there is one that will do for some hours more.
  bool knows(RecordingId id) const;
  /// These will be asked for soon: those that are not known are resolved with the next call.
  void expect(std::span<const RecordingId> ids);

  /// The media host refused this URL: the next url() brings another one.
  void expired(FileKey key, const Url& url);

 private:
  struct Kept {
    MediaEntry entry;
    MonotonicTime since;
  };
  /// One call of `urls`: first collecting ids, then under way, then with an outcome.
  struct Batch {
    std::set<RecordingId> ids;
    Event landed;
    bool done = false;
    std::unordered_map<RecordingId, MediaEntry> entries;
    std::optional<Error> error;
  };

  const MediaEntry* find(RecordingId id);
  std::shared_ptr<Batch> join(RecordingId id);
  Task<> run_batches();

  Loop& loop_;
  ArchiveApi& api_;
  Clock& clock_;
  LruCache<RecordingId, Kept> kept_;
  std::shared_ptr<Batch> collecting_, under_way_;
  bool running_ = false;
};

}  // namespace g2afs
