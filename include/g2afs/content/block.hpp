// SPDX-License-Identifier: MIT
// Block: an aligned stretch of one file's bytes in memory. Written on the loop thread only; bytes that are valid are never
// written again, so whoever pins the block by a shared_ptr may read those it was given on any thread.
//
// Why 128 KiB: small enough that 200 readers of two blocks each fit into 64 MB and that a cold first read costs one
// short request; large enough that a 1 MiB read is answered from eight iovecs and a hash look-up costs nothing beside
// the copy. A block may be partly valid, page by page: a random reader fetches only what it asked for. The last block of
// a file takes no more memory than the rest of the file needs: the sidecars of thousands of recordings fit that way.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>

#include <prometheus/gauge.h>

#include "g2afs/net/http.hpp"

namespace g2afs {

inline constexpr std::uint64_t kBlockSize = 128 * 1024;
inline constexpr std::uint64_t kPageSize = 4096;

/// A bit a page of one block.
using PageSet = std::uint32_t;
static_assert(kBlockSize / kPageSize == 32);

/// The part of [at, end) that lies in one block.
inline ByteRange first_piece(std::uint64_t at, std::uint64_t end) {
  return {at, std::min(end, (at / kBlockSize + 1) * kBlockSize)};
}

class BlockPool;

class Block {
 public:
  /// `index` counts blocks from the start of the file, which ends at `file_end`, or nobody knows where.
  Block(std::shared_ptr<BlockPool> pool, std::uint64_t index, std::optional<std::uint64_t> file_end = std::nullopt);
  Block(const Block&) = delete;
  Block& operator=(const Block&) = delete;
  ~Block();

  std::uint64_t index() const { return index_; }
  std::uint64_t begin() const { return index_ * kBlockSize; }
  std::uint64_t end() const { return begin() + kBlockSize; }
  /// What it takes of the memory, in bytes.
  std::size_t weight() const { return memory_.size(); }

  /// Whether the bytes of `range`, which lies within the block and the file, are here.
  bool holds(ByteRange range) const;
  /// The first byte from `offset` (within the block) on that is not here, and the first that is; end() for none. The
  /// last page of a file counts as a whole.
  std::uint64_t first_missing(std::uint64_t offset) const { return first(offset, ~valid_); }
  std::uint64_t first_held(std::uint64_t offset) const { return first(offset, valid_); }

  /// Adds what of `bytes` (at `offset` of the file) falls into this block. They continue a run of bytes that began at
  /// `run_begin`, and all of it within this block was added to it: a page counts as here once the run has covered it, or
  /// its part up to `file_end`. Pages that are here already stay as they are.
  void add(std::uint64_t run_begin, std::uint64_t offset, std::span<const std::byte> bytes, std::uint64_t file_end);

  /// The pages that are here.
  PageSet pages() const { return valid_; }
  /// For who fills it before anybody else knows of it, on whatever thread; and then says which pages are right.
  std::span<std::byte> memory() { return memory_; }
  void filled(PageSet pages) { valid_ |= pages; }

  /// The bytes of `range`, which must be here.
  std::span<const std::byte> bytes(ByteRange range) const;

  /// These pages were fetched in order to be handed out.
  void fetched(PageSet pages) { not_handed_out_ |= pages; }
  /// Hands out `range`, and returns how many bytes of it lie in pages that were fetched for that: no cache has spared
  /// them.
  std::uint64_t hand_out(ByteRange range);

 private:
  std::uint64_t first(std::uint64_t offset, PageSet pages) const;

  std::shared_ptr<BlockPool> pool_;
  std::uint64_t index_;
  PageSet valid_ = 0;
  PageSet not_handed_out_ = 0;
  std::span<std::byte> memory_;
};

/// A piece of a reply: bytes, and what keeps them alive (a block, or a string).
struct Slice {
  std::shared_ptr<const void> pin;
  std::span<const std::byte> bytes;
};

/// Recycles the memory of blocks, and counts it. Any thread: the last pin of a block may be dropped anywhere.
class BlockPool {
 public:
  /// Keeps at most `spare` freed buffers of whole blocks for reuse. `bytes` shows in_use(), and must outlive every block.
  static std::shared_ptr<BlockPool> make(std::size_t spare, prometheus::Gauge& bytes);
  BlockPool(const BlockPool&) = delete;
  BlockPool& operator=(const BlockPool&) = delete;
  ~BlockPool();

  /// Memory in blocks that exist, in bytes.
  std::size_t in_use() const;

 private:
  friend class Block;
  BlockPool(std::size_t spare, prometheus::Gauge& bytes);
  std::span<std::byte> take(std::size_t size);
  void give(std::span<std::byte> memory);

  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace g2afs
