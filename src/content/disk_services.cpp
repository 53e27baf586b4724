// SPDX-License-Identifier: MIT
#include "disk_services.hpp"

#include <algorithm>
#include <queue>
#include <vector>

#include "g2afs/content/disk_file.hpp"

namespace g2afs {
namespace {

constexpr Duration kInVain = std::chrono::seconds{10};
constexpr std::size_t kAnnounced = 64;  // files removed between two words to the quota

/// Of the items it is shown, the least recently used, as many as hold `needed` bytes.
class Oldest {
 public:
  explicit Oldest(std::uint64_t needed) : needed_(needed) {}

  void add(const DiskItem& item) {
    if (needed_ == 0) return;
    if (bytes_ >= needed_ && (items_.empty() || !(item.used < items_.top().used))) return;
    items_.push(item);
    bytes_ += item.bytes;
    while (bytes_ - items_.top().bytes >= needed_) {
      bytes_ -= items_.top().bytes;
      items_.pop();
    }
  }
  /// The oldest first.
  std::vector<DiskItem> take() {
    std::vector<DiskItem> all;
    all.reserve(items_.size());
    for (; !items_.empty(); items_.pop()) all.push_back(items_.top());
    std::reverse(all.begin(), all.end());
    return all;
  }

 private:
  struct ByUse {
    bool operator()(const DiskItem& a, const DiskItem& b) const { return a.used < b.used; }
  };
  const std::uint64_t needed_;
  std::uint64_t bytes_ = 0;
  std::priority_queue<DiskItem, std::vector<DiskItem>, ByUse> items_;
};

std::uint64_t excess(std::uint64_t bytes, std::uint64_t target) { return bytes > target ? bytes - target : 0; }

}  // namespace

DiskServices::DiskServices(const std::filesystem::path& cache_dir, std::uint64_t limit, std::uint64_t account,
                           const Clock& the_clock, Log& the_log)
    : clock(the_clock),
      log(the_log),
      quota(cache_dir / "v1", limit),
      reading("reading the disk cache", the_clock, the_log),
      writing("writing to the disk cache", the_clock, the_log),
      tree_(cache_dir / "v1"),
      account_(account) {}

std::int64_t DiskServices::now_seconds() const {
  return std::chrono::duration_cast<std::chrono::seconds>(clock.wall_now().time_since_epoch()).count();
}

Result<void> DiskServices::reserve(std::uint64_t bytes) {
  if (!writing.worth_trying()) return fail(Errc::Unavailable, "the disk cache is not written to for now");
  {
    const std::lock_guard lock(mutex_);
    if (clock.now() < full_until_) return fail(Errc::Unavailable, "the disk cache is full");
  }
  for (const bool last : {false, true}) {
    const auto room = quota.take(bytes);
    if (!room) {
      writing.failed(room.error());
      return fail(room.error());
    }
    if (*room == Room::Enough) return {};
    const auto evicted_some = last ? Result<void>() : evict(bytes);
    if (*room == Room::Tight) return {};
    if (!evicted_some) return fail(evicted_some.error());
  }
  ++refused;
  const std::lock_guard lock(mutex_);
  full_until_ = next_sweep_;
  return fail(Errc::Unavailable, "the disk cache is full");
}

Result<void> DiskServices::evict(std::uint64_t bytes) {
  {
    const std::lock_guard lock(mutex_);
    if (clock.now() < next_sweep_) return {};
  }
  const std::unique_lock alone(sweeping_, std::try_to_lock);
  if (!alone) return {};  // who writes meanwhile may be refused
  const auto swept = sweep_above(quota.high_water(), quota.low_water(), bytes);
  if (!swept && !given_up()) writing.failed(swept.error());
  if (!swept || !quota.in_use() || swept->left > quota.high_water() || quota.short_of_floor(bytes) != 0) {
    const std::lock_guard lock(mutex_);
    next_sweep_ = clock.now() + kInVain;
  }
  if (!swept) return fail(swept.error());
  return {};
}

Result<DiskServices::Swept> DiskServices::sweep_above(std::uint64_t limit, std::uint64_t target,
                                                      std::optional<std::uint64_t> wanted) {
  Swept swept;
  // Once more where the first walk found more than was known.
  for (int walks = 0; walks < 2; ++walks) {
    const std::uint64_t floor_short = wanted ? quota.short_of_floor(*wanted) : 0;
    const std::uint64_t known = quota.in_use().value_or(0);
    Oldest oldest(std::max(known > limit ? excess(known, target) : 0, floor_short));
    const auto scan = quota.begin_scan();
    const auto bytes = tree_.walk(now_seconds(), [&](const DiskItem& item) {
      if (!is_open(item)) oldest.add(item);
    });
    if (!bytes) return fail(bytes.error());
    if (auto ended = quota.end_scan(scan, *bytes, now_seconds()); !ended) return fail(ended.error());
    swept.left = quota.in_use().value_or(*bytes);
    if (swept.left <= limit && floor_short == 0) return swept;
    const auto freed = evict(oldest.take(), target, floor_short);
    if (!freed) return fail(freed.error());
    swept.files += freed->files;
    swept.bytes += freed->bytes;
    swept.left = excess(swept.left, freed->bytes);
    if (swept.left <= limit) return swept;
  }
  return swept;
}

Result<DiskServices::Swept> DiskServices::evict(const std::vector<DiskItem>& victims, std::uint64_t target,
                                                std::uint64_t floor_short) {
  Swept swept;
  for (std::size_t at = 0; at < victims.size() && !given_up();) {
    // Another mount may have evicted as well.
    const auto in_use = quota.in_use();
    if (in_use && *in_use <= target && swept.bytes >= floor_short) break;
    const std::size_t end = std::min(at + kAnnounced, victims.size());
    std::uint64_t announced = 0, freed = 0;
    for (std::size_t i = at; i < end; ++i) announced += victims[i].bytes;
    if (auto told = quota.will_free(announced); !told) return fail(told.error());
    for (; at < end; ++at) {
      const std::uint64_t bytes = tree_.remove(victims[at]);
      freed += bytes;
      swept.files += bytes != 0;
    }
    swept.bytes += freed;
    if (auto told = quota.freed(announced, freed); !told) return fail(told.error());
  }
  evicted += swept.files;
  return swept;
}

bool DiskServices::is_open(const DiskItem& item) {
  const std::lock_guard lock(mutex_);
  const auto at = item.account == account_ ? open_.find(item.file) : open_.end();
  return at != open_.end() && !at->second.expired();
}

std::shared_ptr<DiskFile> DiskServices::find_open(FileKey file) {
  const std::lock_guard lock(mutex_);
  const auto at = open_.find(file);
  return at == open_.end() ? nullptr : at->second.lock();
}

std::shared_ptr<DiskFile> DiskServices::add_open(std::shared_ptr<DiskFile> file) {
  const std::lock_guard lock(mutex_);
  auto& known = open_[file->key().file];
  if (auto other = known.lock(); other && other->generation() == file->generation()) return other;
  known = file;
  if (open_.size() > forget_at_) {
    std::erase_if(open_, [](const auto& entry) { return entry.second.expired(); });
    forget_at_ = std::max<std::size_t>(64, 2 * open_.size());
  }
  return file;
}

}  // namespace g2afs
