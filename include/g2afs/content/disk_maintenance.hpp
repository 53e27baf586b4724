// SPDX-License-Identifier: MIT
// DiskMaintenance: what `g2afs cache` does to a cache directory, of all accounts that use it. Any thread; it blocks. Safe
// while mounts use the directory: they find what was removed not to be here, and read on what they have open.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>

#include "g2afs/base/calendar.hpp"
#include "g2afs/base/error.hpp"
#include "g2afs/base/log.hpp"
#include "g2afs/content/disk_format.hpp"
#include "g2afs/net/clock.hpp"

namespace g2afs {

class DiskServices;

class DiskMaintenance {
 public:
  /// No I/O yet.
  DiskMaintenance(std::filesystem::path directory, const Clock& clock, Log& log);
  ~DiskMaintenance();

  struct Listed {
    FileKey file;
    std::uint64_t size = 0, cached = 0, allocated = 0;  // bytes
    Time last_use{};
    bool passed = false;  // by a walk: it goes before the others
  };
  /// Calls `each` for each sound file; returns the bytes that all of it takes, as `du` counts.
  Result<std::uint64_t> list(const std::function<void(const Listed&)>& each);

  struct Removed {
    std::uint64_t files = 0, bytes = 0;
    std::uint64_t left = 0;  // bytes
  };
  /// Removes the least recently used files until no more than `bytes` are left, but none that is used meanwhile.
  Result<Removed> prune(std::uint64_t bytes);

  struct Verified {
    std::uint64_t files = 0, bytes = 0;  // that are sound
    std::uint64_t damaged_files = 0;     // removed, as nothing tells what they are
    std::uint64_t damaged_blocks = 0;    // dropped from their files
  };
  /// Reads everything. Does not count as use.
  Result<Verified> verify();

  /// Removes all of it, of other versions as well; returns the bytes that were taken. Other files in the directory stay.
  Result<std::uint64_t> clear();

 private:
  std::filesystem::path directory_;
  std::shared_ptr<DiskServices> services_;
};

}  // namespace g2afs
