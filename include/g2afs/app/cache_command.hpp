// SPDX-License-Identifier: MIT
// `g2afs cache`: what is in the cache on disk, and less of it. Main thread; it blocks on the disk. Safe while mounts use
// the directory.
#pragma once

#include <cstdint>
#include <string>

#include "g2afs/app/config.hpp"
#include "g2afs/app/mount_options.hpp"
#include "g2afs/base/error.hpp"
#include "g2afs/net/clock.hpp"

namespace g2afs {

struct CacheCommand {
  enum class What { List, Prune, Verify, Clear };
  What what{};
  std::uint64_t size = 0;  // bytes; of Prune
  std::string config;      // a path, or "-"
  MountOptions options;
};

/// Does it, and returns what is to be said on stdout. Invalid where the configuration has no cache; else why it failed.
Result<std::string> run_cache_command(const CacheCommand& command, const Config& config, const Clock& clock);

/// `1.5G`, `10K`, `777`: as people read it, with the suffixes that a size in the configuration has.
std::string readable_size(std::uint64_t bytes);

}  // namespace g2afs
