// SPDX-License-Identifier: MIT
#include "g2afs/content/prefetcher.hpp"

#include <algorithm>

namespace g2afs {
namespace {

// The kernel's readahead keeps up to two requests of 1 MiB under way, so a read this far off is still in sequence.
constexpr std::uint64_t kNearMiss = 2 << 20;
// A copy begins at the start of the file, so there a little is evidence enough; after a jump, a read of 128 KiB or two
// (the kernel splits larger ones) is all that many a reader wants. The window is a multiple of what was read: it is
// what is lost when the reader turns out to be none.
constexpr std::uint64_t kEvidenceAtFirst = 64 * 1024;
constexpr std::uint64_t kEvidenceAfterJump = 256 * 1024;
constexpr std::uint64_t kGrowthAtFirst = 4;
constexpr std::uint64_t kFirstWindow = 1 << 20;
// A request of 1 MiB is 8 % slower than one of 8 MiB on a fast link; larger ones bring nothing more.
constexpr std::uint64_t kLargestRequest = 8 << 20;
// Four requests make up a window: enough to hide the time to the first byte of each.
constexpr std::uint64_t kRequestsPerWindow = 4;

std::uint64_t round_down(std::uint64_t value, std::uint64_t unit) { return value / unit * unit; }
std::uint64_t round_up(std::uint64_t value, std::uint64_t unit) { return (value + unit - 1) / unit * unit; }

}  // namespace

Prefetcher::Plan Prefetcher::on_read(std::uint64_t offset, std::uint64_t size, std::uint64_t largest_window) {
  const std::uint64_t end = offset + size;
  const bool first = jumps_ < 0;
  const std::uint64_t gap = offset > next_ ? offset - next_ : 0;
  const std::uint64_t skipped = skipped_ + gap - std::min(size, skipped_ + gap);
  const bool near = !first && offset + kNearMiss >= next_ && gap <= kNearMiss && skipped <= kNearMiss;

  Plan plan;
  if (!near) {
    begin_run(offset, size);
    plan.jumped = !first;
    // The first read of a file takes its whole block: what comes next is likely to be there then. A jump takes what it
    // asked for, whole pages, and not a byte more.
    const std::uint64_t unit = first ? kBlockSize : kPageSize;
    plan.needed = {round_down(offset, unit), std::min(round_up(end, unit), file_size_)};
    planned_until_ = plan.needed.end;
    return plan;
  }

  plan.needed = {round_down(offset, kPageSize), std::min(round_up(end, kPageSize), file_size_)};
  const bool further = end > next_;
  run_read_ += size;
  skipped_ = skipped;
  next_ = std::max(next_, end);
  planned_until_ = std::max(planned_until_, plan.needed.end);
  const std::uint64_t window = this->window(largest_window);
  if (!further || window == 0) return plan;
  // Not until half of the window is used up, so that requests stay large.
  const std::uint64_t target = std::min(next_ + window, file_size_);
  if (planned_until_ >= target || planned_until_ > next_ + window / 2) return plan;
  const std::uint64_t largest_request = std::clamp(window / kRequestsPerWindow, kBlockSize, kLargestRequest);
  const std::uint64_t requests = (target - planned_until_ + largest_request - 1) / largest_request;
  const std::uint64_t request = round_up((target - planned_until_) / requests, kBlockSize);
  while (planned_until_ < target) {
    const std::uint64_t until = std::min(round_up(std::min(planned_until_ + request, target), kBlockSize), file_size_);
    plan.ahead.push_back({planned_until_, until});
    planned_until_ = until;
  }
  return plan;
}

void Prefetcher::begin_run(std::uint64_t offset, std::uint64_t size) {
  ++jumps_;
  run_read_ = size;
  skipped_ = 0;
  next_ = offset + size;
}

std::uint64_t Prefetcher::window(std::uint64_t largest) const {
  if (skipped_ > run_read_) return 0;  // it strides
  if (run_read_ <= (jumps_ == 0 ? kEvidenceAtFirst : kEvidenceAfterJump)) return 0;
  const std::uint64_t grown = jumps_ == 0 ? std::max(run_read_ * kGrowthAtFirst, kFirstWindow) : run_read_;
  return std::min(grown, std::max(largest, kBlockSize));
}

}  // namespace g2afs
