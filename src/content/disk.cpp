// SPDX-License-Identifier: MIT
#include "g2afs/content/disk.hpp"

#include <algorithm>

namespace g2afs {

/// Of how much is in use; on the threads that write and measure, so that whoever looks at it never waits for the disk.
struct Disk::Measure {
  const std::shared_ptr<DiskCache> cache;
  const Clock& clock;
  Metrics& metrics;
  MonotonicTime next{};
  std::atomic<bool> asked_for{false};

  void take() {
    asked_for = false;
    next = clock.now() + std::chrono::seconds{1};
    show();
  }
  /// Any thread.
  void show() {
    if (const auto bytes = cache->in_use()) metrics.disk_bytes.Set(static_cast<double>(*bytes));
  }
};

std::shared_ptr<DiskFile> DiskFiles::closed_by_writers(std::shared_ptr<DiskFile> file) const {
  DiskFile* const plain = file.get();
  return {plain,
          [file = std::move(file), post = to_writers_](DiskFile*) mutable { post([file = std::move(file)] {}); }};
}

Result<std::shared_ptr<DiskFile>> DiskFiles::open(const DiskKey& key) const {
  auto file = cache_->open(key);
  if (!file) return file;
  return closed_by_writers(*std::move(file));
}

Result<std::shared_ptr<DiskFile>> DiskFiles::create(const DiskKey& key, const Validator& validator) const {
  auto file = cache_->create(key, validator);
  if (!file) return file;
  return closed_by_writers(*std::move(file));
}

Disk::Disk(Loop& loop, const DiskOptions& options, Clock& clock, Log& log, Metrics& metrics)
    : loop_(loop),
      clock_(clock),
      log_(log),
      metrics_(metrics),
      most_waiting_(options.most_waiting),
      waiting_(std::make_shared<std::atomic<std::size_t>>(0)),
      cache_(std::make_shared<DiskCache>(options.cache, clock, log)),
      measure_(new Measure{cache_, clock, metrics}),
      under_way_(std::make_shared<UnderWay>()),
      readers_(loop, options.threads, BlockingPool::AtEnd::Drop),
      scanner_(loop, options.threads == 0 ? 0 : 1, BlockingPool::AtEnd::Drop),
      writers_(loop, options.threads == 0 ? 0 : 1, BlockingPool::AtEnd::Finish) {}

Disk::~Disk() { end(); }

bool Disk::end() {
  if (cache_) {
    cache_->give_up();
    // The last reference gives back what was claimed, which may hang as well.
    writers_.post([cache = std::exchange(cache_, nullptr), measure = std::exchange(measure_, nullptr)] {});
  }
  const bool written = writers_.end(), scanned = scanner_.end(), read = readers_.end();
  return written && scanned && read;
}

void Disk::scan() {
  // Of a large cache it takes a while, in which there is room for what is read meanwhile.
  scanner_.post([measure = measure_] {
    if (measure->cache->scan()) measure->show();  // else it says by itself what went wrong
  });
}

void Disk::write(std::function<void()> work) {
  writers_.post([work = std::move(work), measure = measure_] {
    work();
    if (measure->clock.now() >= measure->next) measure->take();
  });
}

void Disk::update_metrics() {
  const DiskCache::Numbers now = cache_->numbers();
  metrics_.disk_dropped.Increment(static_cast<double>(now.dropped - shown_.dropped));
  metrics_.disk_refused.Increment(static_cast<double>(now.refused - shown_.refused));
  metrics_.disk_evicted.Increment(static_cast<double>(now.evicted - shown_.evicted));
  shown_ = now;
  if (!measure_->asked_for.exchange(true)) {
    writers_.post([measure = measure_] { measure->take(); });
  }
}

bool Disk::answers() const {
  if (clock_.now() < not_before_) return false;
  if (under_way_->reads.empty()) return true;
  const MonotonicTime begun = under_way_->reads.front()->begun;
  return begun == kNotBegun || clock_.awake() - begun < kPatience;
}

Task<> Disk::patience(Clock& clock, std::shared_ptr<UnderWay> under_way, std::shared_ptr<Read> read) {
  const MonotonicTime asked = clock.awake();
  for (;;) {
    const MonotonicTime begun = read->begun;
    // Who is still in line knows by the others that it moves.
    const MonotonicTime since = begun != kNotBegun ? begun : std::max(asked, under_way->last_landed);
    const Duration left = since + kPatience - clock.awake();
    if (left <= Duration::zero()) co_return;
    co_await clock.sleep(left);
  }
}

void Disk::does_not_answer() {
  if (clock_.now() >= not_before_) log_.warn("the disk cache does not answer: reading without it for a while");
  not_before_ = clock_.now() + kPause;
}

std::shared_ptr<void> Disk::wait_to_be_written(std::size_t bytes) {
  if (waiting_->load() + bytes > most_waiting_) return nullptr;
  waiting_->fetch_add(bytes);
  return {waiting_.get(), [waiting = waiting_, bytes](void*) { waiting->fetch_sub(bytes); }};
}

std::shared_ptr<void> Disk::begin_to_prove() {
  if (!local_ || !proving_.expired()) return nullptr;
  const std::shared_ptr<void> right = std::make_shared<char>();
  proving_ = right;
  return right;
}

}  // namespace g2afs
