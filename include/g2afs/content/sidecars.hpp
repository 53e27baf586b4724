// SPDX-License-Identifier: MIT
// Sidecars: brings thousands of small files before they are asked for one by one. Loop thread only.
//
// A sidecar's size is not in the API. Probing one fetches its first kProbeSize bytes, which brings the exact size and,
// nearly always, the whole content in one request. Who asks for one mostly goes on to ask for those beside it, so they
// come along: all of its day, and of the days ahead once it is a walk from day to day (sidecar_walk.hpp), beginning with
// those behind the one that was asked for. How many are under way is bounded by what memory their contents may take;
// where a day has more, the next ones follow when somebody comes to ask for them. What has just failed is left alone
// until somebody asks for it.
//
// Where the sizes are known, from a walk before or from the store, but the contents are not here, a second one that is
// opened of a day in vain has the contents of those behind it brought in the same way; not of those before it, which
// have been read.
//
// That a server says it has no such file is believed, and the file leaves its directory, only where the recording's video
// is there at that moment: a host that lost its way answers 404 to everything, and a mirror would delete what it holds.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "g2afs/base/error.hpp"
#include "g2afs/base/lru_cache.hpp"
#include "g2afs/catalog/catalog.hpp"
#include "g2afs/content/known_files.hpp"
#include "g2afs/content/sidecar_walk.hpp"
#include "g2afs/content/url_broker.hpp"
#include "g2afs/net/concurrency.hpp"

namespace g2afs {

class Sidecars {
 public:
  Sidecars(ContentServices& services, KnownFiles& files, Catalog& catalog);

  /// Learns the exact size of one into the catalogue, and brings others along. NotFound if there is no such file, and
  /// Unavailable if its server says so, but of the video too.
  Task<Result<void>> probe(Day day, FileKey key);
  /// One whose size is known is about to be read.
  void opened(Day day, FileKey key, std::uint64_t size);
  /// Somebody is in this day, and what he wants to know is known.
  void visited(Day day);

 private:
  enum class Bring { Sizes, Contents };
  /// What is begun with one go.
  struct Batch {
    Bring what;
    std::size_t room;              // for so many more
    std::vector<RecordingId> ids;  // whose URLs will be needed
  };

  /// Doubtful: its server says that there is no such file, and is not believed.
  enum class Presence { There, Absent, Doubtful };
  using Outcome = Result<Presence>;
  std::function<Task<Outcome>()> probing(Day day, FileKey key, Priority priority);
  /// One that is waited for, with others along.
  Task<Outcome> look(Day day, FileKey key);
  Task<Outcome> probe_now(Day day, FileKey key, Priority priority);
  Task<Outcome> fetch_now(Day day, FileKey key, std::uint64_t size);
  /// Notes what has failed, and what is absent. `priority`: of what failed.
  Task<Outcome> noted(Day day, FileKey key, Result<void> brought, Priority priority);
  /// Those of the day, beginning with `first` if there is one, then those of the days ahead.
  void bring(Bring what, Day day, std::optional<RecordingId> first, const SidecarWalk::Ahead& ahead);
  void bring(Batch& batch, const DayNode& day, std::optional<RecordingId> first, Towards direction);
  void bring(Batch& batch, Day day, const Recording& recording, FileKind kind);
  bool here(FileKey key, std::uint64_t size) const;
  bool failed_lately(FileKey key) const;

  ContentServices& services_;
  KnownFiles& files_;
  Catalog& catalog_;
  const std::size_t most_under_way_;
  SidecarWalk asked_, read_;
  SingleFlight<FileKey, Outcome> probing_, fetching_;
  LruCache<FileKey, MonotonicTime> failed_;  // and when
};

}  // namespace g2afs
