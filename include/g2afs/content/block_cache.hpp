// SPDX-License-Identifier: MIT
// BlockCache: the blocks of all files in memory, least recently used out first. Loop thread only.
//
// Blocks are found by the serial number of the ContentFile they belong to, never by URL or recording: when the object
// behind a recording changes, a new ContentFile with a new serial begins, and no old byte can be found under it.
//
// There is never more than one block of a place: one that was evicted while somebody pins it (a fetch fills it, a read
// waits for it, a reply points into it) is found again and put back, for as long as the pin lasts. Until then it takes
// its room from the others: what is pinned counts.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <unordered_map>

#include "g2afs/base/lru_cache.hpp"
#include "g2afs/base/metrics.hpp"
#include "g2afs/content/block.hpp"

namespace g2afs {

class BlockCache {
 public:
  /// `memory` in bytes: no more is in use unless more is pinned.
  BlockCache(std::size_t memory, Metrics& metrics);
  BlockCache(const BlockCache&) = delete;
  BlockCache& operator=(const BlockCache&) = delete;

  /// Null where there is none; else it is the most recently used one now.
  std::shared_ptr<Block> find(std::uint64_t file, std::uint64_t index);
  /// The same, but it is used no more recently by that.
  std::shared_ptr<Block> peek(std::uint64_t file, std::uint64_t index) const;
  /// `file_end` in bytes, if it is known: see Block.
  std::shared_ptr<Block> find_or_make(std::uint64_t file, std::uint64_t index,
                                      std::optional<std::uint64_t> file_end = std::nullopt);

  /// One that nobody finds before it is put here. It takes its room from the others already.
  std::shared_ptr<Block> make_apart(std::uint64_t index, std::optional<std::uint64_t> file_end) const {
    return std::make_shared<Block>(pool_, index, file_end);
  }
  /// False: there is one in its place.
  bool put(std::uint64_t file, std::shared_ptr<Block> block);

  /// It will hardly be wanted again: its memory goes to the next one, as soon as nobody pins it.
  void drop(std::uint64_t file, std::uint64_t index);
  /// It is less likely to be wanted again than whatever else is here: it goes before that.
  void demote(std::uint64_t file, std::uint64_t index) { blocks_.demote({file, index}); }

  /// What there is for blocks, in bytes.
  std::size_t memory() const { return memory_; }
  /// Memory of all blocks, those that are only pinned included, in bytes.
  std::size_t in_use() const { return pool_->in_use(); }

 private:
  struct Key {
    std::uint64_t file, index;
    bool operator==(const Key&) const = default;
  };
  struct KeyHash {
    std::size_t operator()(const Key& key) const noexcept {
      return static_cast<std::size_t>((key.file * 0x9E3779B97F4A7C15ULL) ^ (key.index * 0xC2B2AE3D27D4EB4FULL));
    }
  };

  void insert(const Key& key, std::shared_ptr<Block> block);
  void on_evict(const Key& key, const std::shared_ptr<Block>& block);
  std::shared_ptr<Block> find_evicted(const Key& key);

  const std::size_t memory_;
  std::shared_ptr<BlockPool> pool_;
  std::unordered_map<Key, std::weak_ptr<Block>, KeyHash> evicted_;  // those that were pinned then
  std::size_t sweep_at_;
  LruCache<Key, std::shared_ptr<Block>, KeyHash> blocks_;
};

}  // namespace g2afs
