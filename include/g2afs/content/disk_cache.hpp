// SPDX-License-Identifier: MIT
// DiskCache: contents of files on disk, over a remount, and shared by whoever has the same cache_dir: mounts of one
// machine, or of several on NFS or CephFS. But for those that say otherwise, and the constructor, every call may block on
// the disk: they are for the threads of a pool, any number at a time.
//
// A file is found by what the catalogue knows before any request: id, kind, size and start time; whether the bytes are
// those of today's object, its validator tells, which the caller compares with the server's. Objects without a validator
// are not cached. Its form on disk is in disk_format.hpp, how its size is kept in disk_quota.hpp.
//
// Nothing that goes wrong here is more than an Error: the caller reads on without the cache. A failing disk is told of
// once, and tried again after a while (disk_health.hpp).
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "g2afs/base/error.hpp"
#include "g2afs/base/log.hpp"
#include "g2afs/content/disk_file.hpp"
#include "g2afs/net/clock.hpp"

namespace g2afs {

struct DiskCacheOptions {
  std::filesystem::path directory;
  std::uint64_t size = 0;  // bytes, as `du` counts
  /// Whose recordings: ids have to be unique among those of the same text (of one vendor's accounts they are). Mounts with
  /// the same text share what they cache.
  std::string account;
};

class DiskCache {
 public:
  /// No I/O yet.
  DiskCache(const DiskCacheOptions& options, const Clock& clock, Log& log);
  ~DiskCache();

  /// Measures the directory, and evicts what is above the size. To be called once after the start, in the background:
  /// until then the cache goes by what was measured last, and where that is not known it only reads.
  Result<void> scan();

  /// What there is of this object, whatever its validator; NotFound if there is nothing. It counts as no use.
  Result<std::shared_ptr<DiskFile>> open(const DiskKey& key);
  /// The same if this validator proves it to be of the version; else a new one, which takes the old one's place. Invalid
  /// for a validator that is empty or too long, and for an object larger than kLargestCached; Unavailable if there is no room.
  Result<std::shared_ptr<DiskFile>> create(const DiskKey& key, const Validator& validator);

  /// The object of this key is of this version no more: what there is of it goes, unless that is of another version.
  Result<void> remove(const DiskKey& key, const Validator& validator);

  /// Bytes, at most, of all who use the directory; nothing: a scan has to measure first.
  std::optional<std::uint64_t> in_use() const;

  // These never block.

  /// The process ends: a scan that is under way is given up, and nothing is evicted any more.
  void give_up();
  struct Numbers {
    std::uint64_t dropped = 0, refused = 0, evicted = 0;  // blocks, writes, files, since the start
  };
  Numbers numbers() const;
  /// As it was given, in bytes.
  std::uint64_t limit() const;

 private:
  /// What there is, if it is of this version.
  Result<std::shared_ptr<DiskFile>> open_version(const DiskKey& key, const Validator& validator);

  std::shared_ptr<DiskServices> services_;
};

}  // namespace g2afs
