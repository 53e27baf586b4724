// SPDX-License-Identifier: MIT
#include "g2afs/content/prefetcher.hpp"

#include <algorithm>

namespace g2afs {
namespace {

constexpr std::uint64_t kMiB = 1 << 20;
// The kernel's readahead keeps up to two requests of 1 MiB under way, so a read this far off is still in sequence.
constexpr std::uint64_t kNearMiss = 2 * kMiB;
// To wait for what is being fetched is faster than to ask anew, unless the way is that long.
constexpr std::uint64_t kWorthWaiting = 16 * kMiB;
// A copy begins at the start of the file, so there a little is evidence enough; after a jump, a read of 128 KiB or two
// (the kernel splits larger ones) is all that many a reader wants.
constexpr std::uint64_t kEvidenceAtFirst = 64 * 1024;
constexpr std::uint64_t kEvidenceAfterJump = 256 * 1024;
// Who reads on in small pieces waits for one of 128 KiB next, up to 160 KiB: the kernel's readahead makes it so.
constexpr std::uint64_t kFirstRange = 192 * 1024;
// ffprobe reads an index and a quarter of a megabyte behind it; an index takes a kilobyte a second. If that is at the end of
// the file, its player does not need this, nor does who looks at the first bytes only: so no more.
constexpr std::uint64_t kPlayersFirstRange = 512 * 1024;
// The kernel asks for so much at once at the start of a file only for a process that reads in large pieces.
constexpr std::uint64_t kLargeFirstRead = 512 * 1024;
// The window is bounded by what was read: it is what is lost when the reader turns out to be none. Who has read so much
// from the start on is a copier, a player has jumped by then: it is bounded by a multiple of what was asked for so far.
constexpr std::uint64_t kCopiersRun = 1 * kMiB;
constexpr std::uint64_t kTrustInCopiers = 8;
// A player or thumbnailer reads the index that a file begins with and jumps soon after; by then the kernel's readahead is
// up to two requests beyond it.
constexpr std::uint64_t kCopiersRunBehindIndex = kCopiersRun + kNearMiss;
constexpr std::uint64_t kGrowth = 8;
// Ranges end in any order: of a window, two thirds are under way, and one has come and waits for what lies before it.
constexpr std::uint64_t under_way_of(std::uint64_t window) { return window / 3 * 2; }
constexpr std::uint64_t window_of(std::uint64_t under_way) { return under_way / 2 * 3; }
// Where the reader went on for a while after the jump before, it is likely to do so again: half as far is fetched along
// with the jump, in the same round trip.
constexpr std::uint64_t kMostAlongWithJump = 512 * 1024;
// While the window is small, so are its requests: they come at the same time, where the link lets them. Later a stream is
// too dear for that: each request costs it a latency.
constexpr std::uint64_t kSmallestRequest = 256 * 1024;
constexpr std::uint64_t kSmallestOfManyRequests = 1 * kMiB;

/// What is kept behind a reader, of what it may have.
constexpr std::uint64_t kept_behind(std::uint64_t memory) { return std::min(kNearMiss, memory / 4); }

std::uint64_t round_down(std::uint64_t value, std::uint64_t unit) { return value / unit * unit; }
std::uint64_t round_up(std::uint64_t value, std::uint64_t unit) { return (value + unit - 1) / unit * unit; }

}  // namespace

Prefetcher::Plan Prefetcher::on_read(std::uint64_t offset, std::uint64_t size, Found found, const Share& share) {
  const std::uint64_t end = offset + size;
  const bool first = jumps_ < 0;
  const std::uint64_t gap = offset > next_ ? offset - next_ : 0;
  const std::uint64_t skipped = skipped_ + gap - std::min(size, skipped_ + gap);
  const bool behind = offset + kNearMiss < next_;
  const bool near = !first && !behind && gap <= kNearMiss && skipped <= kNearMiss;

  Plan plan;
  // The first read of a file takes its whole block: what comes next is likely to be there then. Others take what they
  // ask for, whole pages, and not a byte more.
  const std::uint64_t unit = first ? kBlockSize : kPageSize;
  plan.needed = {round_down(offset, unit), std::min(round_up(end, unit), file_size_)};
  const bool begins = first && offset == 0 && found == Found::Missing;
  const std::uint64_t goes_on = size >= kPlayersFirstRead ? kPlayersFirstRange : kFirstRange;
  const bool has_memory = share.memory >= goes_on;
  plan.request_end = std::max(plan.needed.end, begins && has_memory ? std::min(goes_on, file_size_) : 0);
  if (near) {
    const bool further = end > next_;
    run_read_ += size;
    skipped_ = skipped;
    next_ = std::max(next_, end);
    if (!further) return plan;
  } else {
    const bool under_way = !first && !behind && end <= std::min(planned_until_, next_ + kWorthWaiting);
    plan.jumped = !first && !under_way;
    if (plan.jumped) planned_until_ = 0;
    const std::uint64_t along = plan.jumped ? likely_to_follow(share) : 0;
    begin_run(offset, size);
    planned_until_ = std::max(planned_until_, plan.needed.end);
    if (along > 0 && planned_until_ < file_size_) plan_request(along, plan);
    if (!(first && offset == 0 && size >= kLargeFirstRead)) return plan;
  }
  // What was planned has been lost: evicted while the reader paused, or its fetch failed.
  if (found == Found::OnDisk || found == Found::Missing) planned_until_ = plan.needed.end;
  planned_until_ = std::max(planned_until_, plan.needed.end);
  open_window(found != Found::Here, share);
  if (sequential_) {
    plan_ahead(share, plan);
    pass(share, plan);
  }
  return plan;
}

std::uint64_t Prefetcher::likely_to_follow(const Share& share) const {
  // Forwards, beyond the read the run began with.
  const std::uint64_t went_on = std::min(run_read_, next_ - run_begin_) - std::min(run_first_, next_ - run_begin_);
  if (skipped_ > 0 || went_on <= kEvidenceAfterJump) return 0;
  return round_down(std::min({went_on / 2, kMostAlongWithJump, share.memory}), kBlockSize);
}

ByteRange Prefetcher::held() const {
  const bool none = next_ >= file_size_ || (!sequential_ && planned_until_ < next_ + kBlockSize);
  return none ? ByteRange{} : ByteRange{passed_until_, planned_until_};
}

void Prefetcher::begin_run(std::uint64_t offset, std::uint64_t size) {
  if (++jumps_ == 0) first_size_ = size;
  run_begin_ = offset;
  run_first_ = size;
  run_read_ = size;
  skipped_ = 0;
  next_ = offset + size;
  sequential_ = full_ = hungry_ = false;
  window_ = 0;
  passed_until_ = round_down(offset, kBlockSize);
}

std::uint64_t Prefetcher::read_behind_index() const {
  const std::uint64_t of_index = std::min(next_, leading_index_) - std::min(run_begin_, leading_index_);
  return run_read_ - std::min(of_index, run_read_);
}

bool Prefetcher::is_copier() const {
  const std::uint64_t enough = leading_index_ > 0 ? kCopiersRunBehindIndex : kCopiersRun;
  return jumps_ == 0 && (read_behind_index() > enough || first_size_ >= kLargeFirstRead);
}

void Prefetcher::open_window(bool waits, const Share& share) {
  full_ = false;
  const bool copier = is_copier();
  const std::uint64_t evidence = read_behind_index();
  const bool enough = copier || evidence > (jumps_ == 0 ? kEvidenceAtFirst : kEvidenceAfterJump);
  sequential_ = skipped_ <= run_read_ && enough;
  if (!sequential_) window_ = 0;  // it strides, or may be over already
  if (!sequential_) return;
  const std::uint64_t trusted = copier ? (planned_until_ - run_begin_) * kTrustInCopiers : evidence;
  if (waits) {
    hungry_ = true;
    fed_at_ = next_ + window_;
  } else if (next_ > fed_at_) {
    hungry_ = false;
  }
  if (window_ == 0) {
    window_ = trusted;
    grows_at_ = planned_until_;
  } else if (hungry_ && next_ > grows_at_) {
    window_ *= kGrowth;
    grows_at_ = planned_until_;
  }
  // Two requests at least: the next is sent before the one has come.
  const std::uint64_t useful = window_of(std::max<std::uint64_t>(share.streams, 2) * share.request);
  window_ = std::min({window_, trusted, std::max(useful, kBlockSize), share.memory - kept_behind(share.memory)});
  if (window_ < kBlockSize) window_ = 0;
}

void Prefetcher::plan_ahead(const Share& share, Plan& plan) {
  if (window_ == 0) return;
  const std::uint64_t smallest = window_ > 4 * kSmallestOfManyRequests ? kSmallestOfManyRequests : kSmallestRequest;
  const std::uint64_t largest = std::max(round_down(std::min(share.request, window_), kBlockSize), kBlockSize);
  const auto divided = [&](std::uint64_t bytes) {
    return std::clamp(round_down(bytes / share.streams, kBlockSize), std::min(smallest, largest), largest);
  };
  const std::uint64_t request = divided(under_way_of(window_));
  full_ = window_ / request >= share.streams;
  const std::uint64_t target = std::min(next_ + window_, file_size_);
  if (target == file_size_) {
    // The last ones: as many as can end at the same time.
    const std::uint64_t left = target - std::min(planned_until_, target);
    const std::uint64_t last = std::min(divided(left) + kBlockSize, largest);
    while (planned_until_ < target) plan_request(last, plan);
  } else {
    // Only whole requests, so that they stay large.
    while (planned_until_ + request <= target) plan_request(request, plan);
  }
}

void Prefetcher::plan_request(std::uint64_t size, Plan& plan) {
  const std::uint64_t until = std::min(round_up(planned_until_ + size, kBlockSize), file_size_);
  plan.ahead.push_back({planned_until_, until});
  planned_until_ = until;
}

void Prefetcher::pass(const Share& share, Plan& plan) {
  const std::uint64_t until = round_down(next_ - std::min(next_, kept_behind(share.memory)), kBlockSize);
  if (until <= passed_until_) return;
  plan.passed = {passed_until_, until};
  passed_until_ = until;
}

}  // namespace g2afs
