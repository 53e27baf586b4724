// SPDX-License-Identifier: MIT
// Prefetcher: decides which ranges to fetch for a reader, from the offsets it reads and nothing else. Pure policy, no
// I/O, no clock. Loop thread only.
//
// - The first read fetches little, so that its first byte comes at the server's own latency.
// - A read that begins near where the one before ended goes on with the run of reads: the kernel's readahead sends them
//   slightly out of order, so near misses on both sides count. Any other read is a jump: exactly what was asked for is
//   fetched, and a new run begins.
// - A run is sequential when it skips no more than it reads and has read enough to show it. Each of its reads that goes
//   further than those before opens a window ahead of it, which grows with what the run has read. So a reader that
//   strides, reads backwards or in small pieces here and there does not pay for what it skips.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "g2afs/content/block.hpp"

namespace g2afs {

class Prefetcher {
 public:
  explicit Prefetcher(std::uint64_t file_size) : file_size_(file_size) {}

  struct Plan {
    ByteRange needed;              // the read itself, rounded out
    std::vector<ByteRange> ahead;  // what to fetch beyond it, in order, each one request
    bool jumped = false;           // what was fetched ahead before is no longer wanted
  };

  /// `size` > 0, within the file. `largest_window` in bytes: what memory allows now.
  Plan on_read(std::uint64_t offset, std::uint64_t size, std::uint64_t largest_window);

 private:
  void begin_run(std::uint64_t offset, std::uint64_t size);
  std::uint64_t window(std::uint64_t largest) const;

  const std::uint64_t file_size_;
  int jumps_ = -1;  // -1: nothing was read yet

  // The run of reads that goes on.
  std::uint64_t run_read_ = 0;       // bytes it has read
  std::uint64_t skipped_ = 0;        // bytes it has passed over and not made up for by reading as many since
  std::uint64_t next_ = 0;           // where it reads next if it is sequential
  std::uint64_t planned_until_ = 0;  // what lies before this has been planned
};

}  // namespace g2afs
