// SPDX-License-Identifier: MIT
// Content: the bytes of the account's files. Loop thread only.
//
// One ContentFile a file that is open or being probed, shared by all its readers; the blocks of all files in one
// weighted LRU; the URLs in another. A sidecar's size is not in the API: probing fetches its first bytes, which brings
// the exact size and (nearly always) the whole content in one request.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "g2afs/base/error.hpp"
#include "g2afs/base/log.hpp"
#include "g2afs/base/lru_cache.hpp"
#include "g2afs/base/metrics.hpp"
#include "g2afs/catalog/catalog.hpp"
#include "g2afs/content/block_cache.hpp"
#include "g2afs/content/reader.hpp"
#include "g2afs/content/url_broker.hpp"
#include "g2afs/net/concurrency.hpp"
#include "g2afs/net/retry.hpp"
#include "g2afs/net/transport.hpp"

namespace g2afs {

struct ContentOptions {
  std::size_t memory_limit = 256u << 20;  // bytes
  std::size_t bulk_connections = 28;      // how many transfers ahead of the readers may run at once
  RetryPolicy retry;
};

class Content {
 public:
  Content(Loop& loop, Transport& transport, UrlBroker& urls, Catalog& catalog, Clock& clock, Metrics& metrics, Log& log,
          ContentOptions options);
  ~Content();

  /// Opens a file whose exact size is known.
  std::unique_ptr<Reader> open(Day day, FileKey key, std::uint64_t size);

  /// Learns the exact size of a sidecar into the catalogue; NotFound if there is no such file. The other sidecars of the
  /// same day are probed along with it, since whoever asks for one size mostly goes on to ask for all.
  Task<Result<void>> probe(Day day, FileKey key);

  /// For status.json: how far a reader is.
  struct Progress {
    FileKey key;
    std::uint64_t size = 0, position = 0, bytes_read = 0;  // bytes
    double bytes_per_second = 0;                           // since it was opened
  };
  std::vector<Progress> open_files() const;
  std::size_t memory_in_use() const { return services_.blocks.in_use(); }

 private:
  struct Known {
    std::shared_ptr<ContentFile> file;
    Day day;
  };

  /// Valid until the next call.
  Known& find_or_make(Day day, FileKey key, std::optional<std::uint64_t> size);
  /// What SingleFlight runs.
  std::function<Task<Result<void>>()> probing(Day day, FileKey key, Priority priority);
  Task<Result<void>> probe_now(Day day, FileKey key, Priority priority);
  void probe_others(Day day, FileKey key);
  PageCache page_cache_for(const ContentFile& file) const;
  void on_changed(FileKey key);

  Catalog& catalog_;
  ContentServices services_;
  LruCache<FileKey, Known> files_;
  SingleFlight<FileKey, Result<void>> probing_;
  std::set<std::pair<FileKey, Reader*>> readers_;
  std::uint64_t next_serial_ = 1;
};

}  // namespace g2afs
