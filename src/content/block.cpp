// SPDX-License-Identifier: MIT
#include "g2afs/content/block.hpp"

#include <algorithm>
#include <bit>
#include <cstring>
#include <mutex>
#include <new>
#include <sys/mman.h>
#include <vector>

namespace g2afs {
namespace {

constexpr std::align_val_t kPageAligned{kPageSize};

/// Whole pages.
std::size_t size_of(std::uint64_t begin, std::optional<std::uint64_t> file_end) {
  if (!file_end || *file_end <= begin) return kBlockSize;
  return std::min((*file_end - begin + kPageSize - 1) / kPageSize * kPageSize, kBlockSize);
}

}  // namespace

Block::Block(std::shared_ptr<BlockPool> pool, std::uint64_t index, std::optional<std::uint64_t> file_end)
    : pool_(std::move(pool)), index_(index), memory_(pool_->take(size_of(begin(), file_end))) {}

Block::~Block() { pool_->give(memory_); }

bool Block::holds(ByteRange range) const {
  if (range.size() == 0) return true;
  const auto first = (range.begin - begin()) / kPageSize;
  const auto last = (range.end - 1 - begin()) / kPageSize;
  const PageSet needed = static_cast<PageSet>(((std::uint64_t{2} << (last - first)) - 1) << first);
  return (valid_ & needed) == needed;
}

std::uint64_t Block::first(std::uint64_t offset, PageSet pages) const {
  const std::uint64_t page = (offset - begin()) / kPageSize;
  const PageSet from_here = pages & (~PageSet{0} << page);
  if (from_here == 0) return end();
  return std::max(offset, begin() + static_cast<std::uint64_t>(std::countr_zero(from_here)) * kPageSize);
}

void Block::add(std::uint64_t run_begin, std::uint64_t offset, std::span<const std::byte> bytes,
                std::uint64_t file_end) {
  const std::uint64_t from = std::max(offset, begin());
  const std::uint64_t to = std::min(offset + bytes.size(), begin() + memory_.size());
  if (from > to) return;
  for (std::uint64_t at = from < to ? first_missing(from) : to; at < to;) {
    const std::uint64_t until = std::min(first_held(at), to);
    std::memcpy(memory_.data() + (at - begin()), bytes.data() + (at - offset), until - at);
    at = until < to ? first_missing(until) : to;
  }
  for (std::uint64_t page = begin() + (from - begin()) / kPageSize * kPageSize; page < end(); page += kPageSize) {
    const std::uint64_t page_end = std::min(page + kPageSize, file_end);
    if (page_end > to || page >= file_end) break;
    if (page >= run_begin) valid_ |= PageSet{1} << ((page - begin()) / kPageSize);
  }
}

std::span<const std::byte> Block::bytes(ByteRange range) const {
  return memory_.subspan(static_cast<std::size_t>(range.begin - begin()), static_cast<std::size_t>(range.size()));
}

std::uint64_t Block::hand_out(ByteRange range) {
  std::uint64_t fetched = 0;
  for (std::uint64_t at = range.begin; not_handed_out_ != 0 && at < range.end;) {
    const std::uint64_t page = (at - begin()) / kPageSize;
    const std::uint64_t until = std::min(range.end, begin() + (page + 1) * kPageSize);
    if ((not_handed_out_ >> page & 1U) != 0) fetched += until - at;
    not_handed_out_ &= ~(PageSet{1} << page);
    at = until;
  }
  return fetched;
}

struct BlockPool::State {
  std::mutex mutex;  // a reply may drop the last pin on any thread
  std::vector<std::byte*> spare;
  std::size_t most_spare;
  std::size_t in_use = 0;
  prometheus::Gauge& bytes;

  void count(std::size_t now) {
    in_use = now;
    bytes.Set(static_cast<double>(now));
  }
};

std::shared_ptr<BlockPool> BlockPool::make(std::size_t spare, prometheus::Gauge& bytes) {
  return std::shared_ptr<BlockPool>(new BlockPool(spare, bytes));
}

BlockPool::BlockPool(std::size_t spare, prometheus::Gauge& bytes)
    : state_(new State{.mutex = {}, .spare = {}, .most_spare = spare, .bytes = bytes}) {}

BlockPool::~BlockPool() {
  for (std::byte* memory : state_->spare) ::munmap(memory, kBlockSize);
}

std::size_t BlockPool::in_use() const {
  const std::lock_guard lock(state_->mutex);
  return state_->in_use;
}

std::span<std::byte> BlockPool::take(std::size_t size) {
  {
    const std::lock_guard lock(state_->mutex);
    state_->count(state_->in_use + size);
    if (size == kBlockSize && !state_->spare.empty()) {
      std::byte* memory = state_->spare.back();
      state_->spare.pop_back();
      return {memory, size};
    }
  }
  // There may be tens of thousands of small ones, and the kernel has only so many mappings for a process.
  if (size < kBlockSize) return {static_cast<std::byte*>(::operator new(size, kPageAligned)), size};
  // A mapping of its own, so that freeing one gives it back to the system, whatever else lies about on the heap.
  void* memory = ::mmap(nullptr, kBlockSize, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) throw std::bad_alloc();
  return {static_cast<std::byte*>(memory), size};
}

void BlockPool::give(std::span<std::byte> memory) {
  {
    const std::lock_guard lock(state_->mutex);
    state_->count(state_->in_use - memory.size());
    if (memory.size() == kBlockSize && state_->spare.size() < state_->most_spare) {
      state_->spare.push_back(memory.data());
      return;
    }
  }
  if (memory.size() < kBlockSize) {
    // The heap gives back to the system only what lies at its end.
    if (memory.size() > kPageSize) ::madvise(memory.data(), memory.size(), MADV_DONTNEED);
    ::operator delete(memory.data(), kPageAligned);
  } else {
    ::munmap(memory.data(), kBlockSize);
  }
}

}  // namespace g2afs
