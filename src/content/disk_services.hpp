// SPDX-License-Identifier: MIT
// DiskServices: what the files of a disk cache share: room to write, eviction, and which are open here. Any thread; it
// blocks. Each DiskFile holds it, so that it lives until the last thread has done with the cache.
//
// Eviction is one walk of the tree that keeps no more than the least recently used files whose removal would be enough.
// It begins while there is still some room, on the thread that noticed, so that the others go on. What is open in this
// process stays, since its space would not be freed before it is closed; what is open in another one has been used within
// the last minute, so that it goes last.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <unordered_map>

#include "disk_tree.hpp"

#include "g2afs/base/log.hpp"
#include "g2afs/content/disk_health.hpp"
#include "g2afs/content/disk_quota.hpp"
#include "g2afs/net/clock.hpp"

namespace g2afs {

class DiskFile;

class DiskServices {
 public:
  DiskServices(const std::filesystem::path& cache_dir, std::uint64_t limit, std::uint64_t account, const Clock& clock,
               Log& log);

  const DiskTree& tree() const { return tree_; }
  std::uint64_t account() const { return account_; }
  std::int64_t now_seconds() const;

  /// What a file of this size may have of the cache. One that does not fit would push out everything else, and then not
  /// be there as a whole: it gets half, in which what was read of it first is.
  std::uint64_t share_of(std::uint64_t size) const { return size <= quota.low_water() ? size : quota.limit() / 2; }
  /// Room for so many bytes, to be ended by quota.wrote() or quota.give_back(); evicts where that is needed.
  Result<void> reserve(std::uint64_t bytes);
  /// Measures the tree; where it is above `limit` bytes, evicts down to `target`. `wanted` more are to fit into the file
  /// system above its floor; nothing: whatever is free.
  struct Swept {
    std::uint64_t files = 0, bytes = 0;  // evicted
    std::uint64_t left = 0;              // at most, bytes
  };
  Result<Swept> sweep_above(std::uint64_t limit, std::uint64_t target, std::optional<std::uint64_t> wanted);

  /// The process ends: whoever scans or evicts gives up.
  void give_up() { tree_.give_up(); }
  bool given_up() const { return tree_.given_up(); }

  // Files open in this process.

  std::shared_ptr<DiskFile> find_open(FileKey file);
  /// Returns the one that is open already, if it is of the same generation.
  std::shared_ptr<DiskFile> add_open(std::shared_ptr<DiskFile> file);

  const Clock& clock;
  Log& log;
  DiskQuota quota;
  DiskHealth reading, writing;
  std::atomic<std::uint64_t> dropped{0}, refused{0}, evicted{0};
  std::atomic<int> unreadable{0};  // blocks in a row

 private:
  Result<void> evict(std::uint64_t bytes);
  Result<Swept> evict(const std::vector<DiskItem>& victims, std::uint64_t target, std::uint64_t floor_short);
  bool is_open(const DiskItem& item);

  DiskTree tree_;
  const std::uint64_t account_;
  std::mutex sweeping_;
  std::mutex mutex_;
  MonotonicTime next_sweep_{};  // not before, since the last one was in vain
  MonotonicTime full_until_{};  // so that a full cache does not cost every block a claim
  std::unordered_map<FileKey, std::weak_ptr<DiskFile>> open_;
  std::size_t forget_at_ = 64;
};

}  // namespace g2afs
