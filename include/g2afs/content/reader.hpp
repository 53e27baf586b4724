// SPDX-License-Identifier: MIT
// Reader: one open file. Loop thread only.
//
// A read asks its Prefetcher what to fetch, has the ContentFile fetch it, and waits until the blocks hold what it was
// asked for. It returns exactly the file's bytes or an error, and less than asked only at the end of the file.
#pragma once

#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <optional>

#include <boost/container/small_vector.hpp>

#include "g2afs/base/error.hpp"
#include "g2afs/content/block.hpp"
#include "g2afs/content/content_file.hpp"
#include "g2afs/content/failed_reads.hpp"
#include "g2afs/content/prefetcher.hpp"
#include "g2afs/net/task.hpp"

namespace g2afs {

/// Pieces of pinned blocks, in order. Ten hold a 1 MiB read at any offset without an allocation.
using Slices = boost::container::small_vector<Slice, 10>;

/// What the kernel's page cache is to a handle. It has one set of pages a file, whatever version they are of.
enum class PageCache {
  Keep,    // what it holds is of this handle's version
  Clear,   // what it holds may be of an earlier one: it goes when the file is opened
  Bypass,  // a handle of an earlier version is open, which may read from it and add to it
};

class Reader {
 public:
  Reader(std::shared_ptr<ContentFile> file, PageCache page_cache, std::function<void(Reader&)> on_close);
  ~Reader();
  Reader(const Reader&) = delete;
  Reader& operator=(const Reader&) = delete;

  /// Errors: Changed (this is not the object that was opened), Unavailable, Throttled, Denied, NotFound.
  Task<Result<Slices>> read(std::uint64_t offset, std::size_t size);

  /// It is one of a walk's, who comes by once.
  void set_of_walk() { of_walk_ = true; }
  bool of_walk() const { return of_walk_; }
  /// The file is whole on disk but not proven: has that done, for the next one who opens it. (Not for a walk: it costs a
  /// read of the whole file.)
  void prove_on_disk() {
    if (!of_walk_) file_->prove_on_disk();
  }
  /// The kernel reads it by itself.
  void set_passthrough() { passthrough_ = true; }
  /// It reads past the kernel's page cache after all.
  void set_bypass() { page_cache_ = PageCache::Bypass; }
  bool passthrough() const { return passthrough_; }

  ContentFile& file() const { return *file_; }
  PageCache page_cache() const { return page_cache_; }
  /// For status.json: where the last read ended, what was read in all, and since when.
  std::uint64_t position() const { return position_; }
  std::uint64_t bytes_read() const { return bytes_read_; }
  MonotonicTime opened() const { return opened_; }
  /// Reads that wait, and when the last one began or was answered; nothing before the first.
  std::size_t reads_waiting() const { return reads_waiting_; }
  std::optional<MonotonicTime> last_read() const { return last_read_; }
  /// Names this open, of all of the process, to who looks at it again and again.
  void set_number(std::uint64_t number) { number_ = number; }
  std::uint64_t number() const { return number_; }

 private:
  class Waited;
  Prefetcher::Plan plan(std::uint64_t offset, std::uint64_t size, bool waits, bool waits_for_server);

  std::shared_ptr<ContentFile> file_;
  PageCache page_cache_;
  bool of_walk_ = false, passthrough_ = false;
  std::function<void(Reader&)> on_close_;
  Prefetcher prefetcher_;
  WindowShares::Part part_;
  std::list<ByteRange> under_way_;  // what the reads under way need
  FailedReads failed_reads_;
  const MonotonicTime opened_;
  std::uint64_t position_ = 0;
  std::uint64_t bytes_read_ = 0;
  std::size_t reads_waiting_ = 0;
  std::optional<MonotonicTime> last_read_;
  std::uint64_t number_ = 0;
};

}  // namespace g2afs
