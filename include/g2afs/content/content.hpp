// SPDX-License-Identifier: MIT
// Content: the bytes of the account's files. Loop thread only, but for visited().
//
// One ContentFile a file that is in use or was of late, shared by all its readers; the blocks of all files in one
// weighted LRU; the URLs in another.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "g2afs/base/error.hpp"
#include "g2afs/base/log.hpp"
#include "g2afs/base/metrics.hpp"
#include "g2afs/catalog/catalog.hpp"
#include "g2afs/content/block_cache.hpp"
#include "g2afs/content/known_files.hpp"
#include "g2afs/content/reader.hpp"
#include "g2afs/content/sidecars.hpp"
#include "g2afs/content/url_broker.hpp"
#include "g2afs/net/retry.hpp"
#include "g2afs/net/transport.hpp"

namespace g2afs {

struct ContentOptions {
  std::size_t memory_limit = 256u << 20;  // bytes
  std::size_t bulk_connections = 28;      // how many transfers ahead of the readers may run at once
  RetryPolicy retry;
  std::chrono::milliseconds timeout{30'000};  // how long the transport lets a request be silent
  /// Nothing: no cache on disk. Its `most_waiting` is ours to set.
  std::optional<DiskOptions> disk{};
};

class Content {
 public:
  Content(Loop& loop, Transport& transport, UrlBroker& urls, Catalog& catalog, Clock& clock, Metrics& metrics, Log& log,
          ContentOptions options);
  ~Content();

  /// As Disk::end(), once the loop has come to its end; true where there is none.
  bool end_disk() { return !services_.disk || services_.disk->end(); }

  /// Opens a file whose exact size is known. What is on disk of it is used once find_on_disk() has returned.
  std::unique_ptr<Reader> open(Day day, FileKey key, std::uint64_t size);
  Task<void> find_on_disk(Day day, FileKey key, std::uint64_t size);
  /// How much of a file of this size is on disk, in percent; 100 only for all of it.
  Task<int> percent_on_disk(Day day, FileKey key, std::uint64_t size);

  /// Learns the exact size of a sidecar into the catalogue; NotFound if there is no such file. Others are brought along.
  Task<Result<void>> probe(Day day, FileKey key) { return sidecars_.probe(day, key); }
  /// Somebody is in this day's recordings, and what he wants to know is known. Any thread.
  void visited(Day day);

  /// For status.json: how far a reader is.
  struct Progress {
    std::uint64_t number;  // of this open, never used twice in a process
    FileKey key;
    std::uint64_t size = 0, position = 0, bytes_read = 0;  // bytes
    double bytes_per_second = 0;                           // since it was opened
    bool passthrough = false;                              // the kernel reads it by itself: nothing of that is counted
    std::size_t streams = 0;                               // requests for the file that are under way
    std::size_t reads_waiting = 0;
    std::optional<Duration> last_read{};  // how long ago a read last began or was answered
  };
  std::vector<Progress> open_files() const;
  std::size_t memory_in_use() const { return services_.blocks.in_use(); }
  std::size_t memory_limit() const { return services_.blocks.memory(); }
  /// What the cache on disk may take, in bytes; 0: there is none.
  std::uint64_t disk_limit() const { return services_.disk ? services_.disk->cache()->limit() : 0; }
  /// To be called before anybody looks at the metrics.
  void update_metrics();
  /// Measures the cache on disk, in the background. Once, when the mount answers.
  void scan_disk();

 private:
  /// Somebody is about to use the URL of this recording, and then mostly those of others of its day.
  void expect_urls(Day day, RecordingId id, const SidecarWalk::Ahead& ahead);
  PageCache page_cache_for(const ContentFile& file) const;
  void on_changed(FileKey key);

  Catalog& catalog_;
  ContentServices services_;
  KnownFiles files_;
  Sidecars sidecars_;
  SidecarWalk walks_;  // of those who read files, whatever kind
  std::set<std::pair<FileKey, Reader*>> readers_;
  std::uint64_t opened_ = 0;              // files, in all
  std::atomic<int> visited_day_{0};       // the last one
  std::atomic<bool> visit_noted_{false};  // the loop has still to hear of one
  std::optional<Day> urls_missed_;        // where a URL was last not known
};

}  // namespace g2afs
