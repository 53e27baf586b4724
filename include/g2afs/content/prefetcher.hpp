// SPDX-License-Identifier: MIT
// Prefetcher: decides which ranges to fetch for a reader, from the offsets it reads, whether it had to wait, and what the
// link and the memory allow. Pure policy, no I/O, no clock. Loop thread only.
//
// - The first read fetches little, so that its first byte comes at the server's own latency, but goes on a bit in the same
//   request: a player's by half a megabyte, as it reads an index that is there, and the first pictures.
// - A read that begins near where the one before ended goes on with the run of reads: the kernel's readahead sends them
//   slightly out of order, so near misses on both sides count. Any other read is a jump: exactly what was asked for is
//   fetched, and a new run begins; along with it a part of what comes then, if the run before went on for a while. A
//   jump into what is being fetched ahead waits for that instead of giving it up.
// - A run is sequential when it skips no more than it reads and has read enough to show it. It has a window ahead of it,
//   which grows when the first of what was asked for since it grew before is read, so about once a round trip, and only
//   while its reader is hungry: it had to wait, and has not read a whole window without waiting since. It never exceeds
//   what the run has read, except for a copier's, who read on from the start. So a reader that strides, reads backwards or
//   in small pieces here and there does not pay for what it skips. An index that the file begins with does not count.
// - The window is divided into as many requests as the link deserves, and goes on request by request.
// - What a sequential run has passed is not wanted again, most likely: the kernel keeps what it read.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "g2afs/content/block.hpp"

namespace g2afs {

class Prefetcher {
 public:
  explicit Prefetcher(std::uint64_t file_size) : file_size_(file_size) {}

  /// Players begin with 32 KiB or more, which the kernel rounds up to 128 KiB; it asks for 16 KiB where 4 KiB are read.
  static constexpr std::uint64_t kPlayersFirstRead = 64 * 1024;

  /// What one reader may have.
  struct Share {
    std::uint64_t memory = 0;            // bytes, for what is ahead and what is kept behind; too little: neither
    std::size_t streams = 1;             // requests at once; at least 1
    std::uint64_t request = kBlockSize;  // bytes of each, at most; at least 1
  };
  struct Plan {
    ByteRange needed;               // the read itself, rounded out
    std::uint64_t request_end = 0;  // of the request for it: needed.end, but for the first of a file
    std::vector<ByteRange> ahead;   // what to fetch beyond it, in order, each one request
    ByteRange passed;               // blocks that will not be read again, most likely, once this read is done
    bool jumped = false;            // what was fetched ahead before is no longer wanted
  };

  /// Where the bytes of a read are: all here, or not all yet but on their way, or some of them neither but all on disk, or
  /// some of them nowhere.
  enum class Found { Here, OnTheirWay, OnDisk, Missing };

  /// Up to here the file is the index that it begins with (mp4_layout.hpp). Players and thumbnailers read it in sequence
  /// like copiers, and then jump: that somebody has read it says nothing.
  void set_leading_index(std::uint64_t end) { leading_index_ = end; }

  /// `size` > 0, within the file.
  Plan on_read(std::uint64_t offset, std::uint64_t size, Found found, const Share& share);

  /// Whether its window is large enough for all streams of its share: if it waits all the same, more may help.
  bool full() const { return full_; }
  /// What it has ahead of it, and has not passed yet; nothing unless it is sequential, or was before it jumped ahead.
  ByteRange held() const;
  /// What it has read of that.
  ByteRange read() const { return {passed_until_, next_}; }

 private:
  void begin_run(std::uint64_t offset, std::uint64_t size);
  /// What to fetch along with a jump.
  std::uint64_t likely_to_follow(const Share& share) const;
  /// What the run has read that is evidence of how it goes on.
  std::uint64_t read_behind_index() const;
  bool is_copier() const;
  void open_window(bool waits, const Share& share);
  void plan_ahead(const Share& share, Plan& plan);
  void plan_request(std::uint64_t size, Plan& plan);
  void pass(const Share& share, Plan& plan);

  const std::uint64_t file_size_;
  std::uint64_t leading_index_ = 0;
  int jumps_ = -1;                // -1: nothing was read yet
  std::uint64_t first_size_ = 0;  // of the first read

  // The run of reads that goes on.
  std::uint64_t run_begin_ = 0, run_first_ = 0;  // where, and how much its first read was
  std::uint64_t run_read_ = 0;                   // bytes it has read
  std::uint64_t skipped_ = 0;        // bytes it has passed over and not made up for by reading as many since
  std::uint64_t next_ = 0;           // where it reads next if it is sequential
  std::uint64_t planned_until_ = 0;  // what lies before this has been planned
  bool sequential_ = false;
  bool full_ = false;
  std::uint64_t window_ = 0;        // bytes ahead of next_, while it is; 0: there is no memory for one
  std::uint64_t grows_at_ = 0;      // it may grow from here on, if the reader is hungry
  bool hungry_ = false;             // it waited, and has not read a whole window without waiting since
  std::uint64_t fed_at_ = 0;        // where it no longer is, if it does not wait before
  std::uint64_t passed_until_ = 0;  // what lies before this has been passed
};

}  // namespace g2afs
