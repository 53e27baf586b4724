// SPDX-License-Identifier: MIT
// DiskFile: one version of one file in the disk cache, open. Every call may block on the disk, so none belongs on the
// loop thread, but those that say otherwise; any number of threads at a time.
//
// Pages are written once: the bytes of a key and validator never change. Data come first, then the entry of the map
// that vouches for them, and nothing is ever synced: what a crash has lost or mixed up, or anybody has damaged, does not
// agree with its checksum when it is read; then its entry is dropped, and it is as if it had never been here. Two who
// write the same block at a time, in whatever process, write the same bytes; of their entries the later one stays, so at
// worst some pages are fetched again.
//
// An evicted or replaced file stays readable for whoever has it open on that machine, and takes no more writes. The last
// reference is to be dropped on a thread that may block as well: over NFS closing a file writes it.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <span>

#include "g2afs/base/error.hpp"
#include "g2afs/base/file_descriptor.hpp"
#include "g2afs/content/disk_format.hpp"

namespace g2afs {

class DiskServices;

class DiskFile {
 public:
  /// For DiskCache. `data`: -1 where the map holds the data.
  DiskFile(std::shared_ptr<DiskServices> services, MapHeader header, int map, int data, bool writable);
  DiskFile(const DiskFile&) = delete;
  DiskFile& operator=(const DiskFile&) = delete;
  ~DiskFile();

  // These never block.

  const DiskKey& key() const { return header_.key; }
  const Validator& validator() const { return header_.validator; }
  /// A random number: no two versions, nor two creations of one, have the same.
  std::uint64_t generation() const { return header_.generation; }
  const DiskLayout& layout() const { return layout_; }
  /// The pages of a block that are here, as far as this process knows: another mount may have added some, and what is
  /// damaged is not known before it is read.
  PageSet held(std::uint64_t block) const { return held_[block].load(std::memory_order_relaxed); }
  /// Whether all of `range` (which lies within one block and the file) is, in the same sense.
  bool held(ByteRange range) const;
  std::uint64_t cached_bytes() const { return held_bytes_.load(std::memory_order_relaxed); }
  bool complete() const { return cached_bytes() == layout_.size; }
  /// How often pages that were here turned out not to be, or not sound.
  std::uint64_t losses() const { return losses_.load(std::memory_order_relaxed); }
  /// It has as much of the cache as it may have: more is refused.
  bool has_its_share() const;

  // These do.

  /// Learns what others have added or dropped.
  Result<void> refresh();

  /// Reads what is here of a block to its place in `into`, which has room for layout().length(block) bytes. Returns the
  /// pages whose bytes are proven; the other bytes of `into` are then undefined. All valid pages are read, however few are
  /// wanted, since they have one checksum. An error where the disk fails; a block alone that cannot be read is damaged.
  Result<PageSet> read(std::uint64_t block, std::span<std::byte> into);

  /// Keeps these pages of a block, of which `bytes` holds the bytes from its first on. Not an error if they are here.
  /// An error, after which the caller goes on without: no room, no more for this file, a failing disk (which is not tried
  /// for a while then), or an evicted file (NotFound): open it anew.
  Result<void> write(std::uint64_t block, PageSet pages, std::span<const std::byte> bytes);

  /// It is used now.
  void touch();
  /// The same, but once a minute, unless it was demoted. Reading does so by itself, which leaves it demoted.
  void used();
  /// It will hardly be used again (a walk has passed): it goes before all that was not demoted. Undone by touch().
  void demote();

  /// Reads everything, which counts as no use, and drops what is damaged; the number of blocks dropped. An error where the
  /// disk fails.
  Result<std::uint64_t> verify();
  /// The same of blocks [first, end), and not of what others have added meanwhile.
  Result<std::uint64_t> verify(std::uint64_t first, std::uint64_t end);
  /// Cuts off what the object's file has behind the object: whoever reads it without us must not find more there.
  Result<void> cut_tail();
  /// Whether what is open stays readable: only where no other machine, and no process, can take it away.
  bool on_local_disk() const;
  /// Another one than before: somebody has written to the object's file, or cut it. None: it cannot be told.
  struct Stamp {
    std::int64_t size, modified, changed;  // bytes, ns since 1970
    bool operator==(const Stamp&) const = default;
  };
  std::optional<Stamp> stamp() const;

  /// For the kernel to read the object's file by itself, once complete() and verified: -1 for a small one. It belongs to
  /// this DiskFile.
  int data_descriptor() const { return data_.get(); }

 private:
  int data_fd() const { return layout_.in_one_file() ? map_.get() : data_.get(); }
  std::uint64_t position(std::uint64_t block, unsigned page) const {
    return layout_.data_offset() + block * kBlockSize + page * kPageSize;
  }
  std::span<std::byte> part(std::span<std::byte> block_bytes, std::uint64_t block, PageRun run) const;
  void set_held(std::uint64_t block, PageSet pages);
  bool read_entry(std::uint64_t block, MapEntry& entry) const;
  bool plausible(std::uint64_t block, const MapEntry& entry) const;
  Result<bool> read_pages(std::uint64_t block, const MapEntry& entry, std::span<std::byte> into) const;
  tl::unexpected<Error> failed_to_read(Error error);
  Result<PageSet> read_proven(std::uint64_t block, std::span<std::byte> into);
  void drop(std::uint64_t block);
  Result<void> write_pages(std::uint64_t block, PageSet pages, std::span<const std::byte> bytes);
  Result<void> add_to_entry(std::uint64_t block, PageSet pages, std::span<const std::byte> bytes);
  void set_use(std::int64_t seconds, std::int64_t nanoseconds);
  void read_now();

  const std::shared_ptr<DiskServices> services_;
  const MapHeader header_;
  const DiskLayout layout_;
  const PageSums sums_;
  const FileDescriptor map_, data_;
  const bool writable_;
  const std::unique_ptr<std::atomic<PageSet>[]> held_;
  std::atomic<std::uint64_t> held_bytes_{0}, losses_{0};
  std::mutex entries_;                    // so that threads of one process lose none of their entries
  std::atomic<std::int64_t> touched_{0};  // seconds since 1970
  std::atomic<bool> demoted_{false};
};

/// How a demoted file's use time differs from when it was demoted: they stay in order among themselves.
inline constexpr std::int64_t kDemotion = 20LL * 366 * 24 * 3600;  // seconds

}  // namespace g2afs
