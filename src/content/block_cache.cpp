// SPDX-License-Identifier: MIT
#include "g2afs/content/block_cache.hpp"

#include <algorithm>

namespace g2afs {
namespace {

// 8 MiB: what the window of one sequential reader frees and takes again in a moment; less where memory is short.
constexpr std::size_t kSpareBlocks = 64;
constexpr std::size_t spare_blocks(std::size_t memory) { return std::min(kSpareBlocks, memory / kBlockSize / 8); }
// So many evicted blocks may be remembered before those that are gone are looked for.
constexpr std::size_t kSweepAt = 64;

}  // namespace

BlockCache::BlockCache(std::size_t memory, Metrics& metrics)
    : memory_(memory),
      pool_(BlockPool::make(spare_blocks(memory), metrics.buffer_bytes)),
      sweep_at_(kSweepAt),
      blocks_(memory) {
  blocks_.onEvict([this](const Key& key, const std::shared_ptr<Block>& block) { on_evict(key, block); });
}

void BlockCache::on_evict(const Key& key, const std::shared_ptr<Block>& block) {
  if (block.use_count() == 1) return;
  if (evicted_.size() >= sweep_at_) {
    std::erase_if(evicted_, [](const auto& entry) { return entry.second.expired(); });
    sweep_at_ = std::max(kSweepAt, 2 * evicted_.size());
  }
  evicted_.insert_or_assign(key, block);
}

std::shared_ptr<Block> BlockCache::find(std::uint64_t file, std::uint64_t index) {
  const Key key{file, index};
  if (const auto* found = blocks_.tryGet(key)) return *found;
  return find_evicted(key);
}

std::shared_ptr<Block> BlockCache::peek(std::uint64_t file, std::uint64_t index) const {
  const Key key{file, index};
  if (const auto* found = blocks_.peek(key)) return *found;
  const auto evicted = evicted_.find(key);
  return evicted == evicted_.end() ? nullptr : evicted->second.lock();
}

std::shared_ptr<Block> BlockCache::find_or_make(std::uint64_t file, std::uint64_t index,
                                                std::optional<std::uint64_t> file_end) {
  if (auto found = find(file, index)) return found;
  auto block = std::make_shared<Block>(pool_, index, file_end);
  insert({file, index}, block);
  return block;
}

bool BlockCache::put(std::uint64_t file, std::shared_ptr<Block> block) {
  const Key key{file, block->index()};
  if (find(key.file, key.index)) return false;
  insert(key, std::move(block));
  return true;
}

void BlockCache::drop(std::uint64_t file, std::uint64_t index) {
  const Key key{file, index};
  const auto* block = blocks_.peek(key);
  if (block == nullptr) return;
  on_evict(key, *block);
  blocks_.remove(key);
}

void BlockCache::insert(const Key& key, std::shared_ptr<Block> block) {
  const std::size_t weight = block->weight();
  blocks_.insert(key, std::move(block), weight);
  // Evicting a block that is pinned frees nothing, so others have to go as well.
  do {
    const std::size_t evicted = pool_->in_use() - blocks_.weight();
    blocks_.setMaxSize(memory_ - std::min(memory_, evicted));
  } while (pool_->in_use() > memory_ && !blocks_.empty());
}

std::shared_ptr<Block> BlockCache::find_evicted(const Key& key) {
  const auto found = evicted_.find(key);
  if (found == evicted_.end()) return nullptr;
  auto block = found->second.lock();
  evicted_.erase(found);
  if (block) insert(key, block);
  return block;
}

}  // namespace g2afs
