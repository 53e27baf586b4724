// SPDX-License-Identifier: MIT
#include "g2afs/content/disk.hpp"

namespace g2afs {

/// Of how much is in use; on the writers' thread, so that whoever looks at it never waits for the disk.
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

Disk::Disk(Loop& loop, const DiskOptions& options, Clock& clock, Log& log, Metrics& metrics)
    : loop_(loop),
      clock_(clock),
      log_(log),
      metrics_(metrics),
      most_waiting_(options.most_waiting),
      waiting_(std::make_shared<std::atomic<std::size_t>>(0)),
      cache_(std::make_shared<DiskCache>(options.cache, clock, log)),
      measure_(new Measure{cache_, clock, metrics}),
      readers_(loop, options.threads, BlockingPool::AtEnd::Drop),
      writers_(loop, options.threads == 0 ? 0 : 1, BlockingPool::AtEnd::Finish) {}

Disk::~Disk() { cache_->give_up(); }

void Disk::scan() {
  // Not on the writers' thread: of a large cache it takes a while, and there is room for what is read meanwhile.
  readers_.post([measure = measure_] {
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

void Disk::does_not_answer() {
  if (answers()) log_.warn("the disk cache does not answer: reading without it for a while");
  not_before_ = clock_.now() + kPause;
}

std::shared_ptr<void> Disk::wait_to_be_written(std::size_t bytes) {
  if (waiting_->load() + bytes > most_waiting_) return nullptr;
  waiting_->fetch_add(bytes);
  return {waiting_.get(), [waiting = waiting_, bytes](void*) { waiting->fetch_sub(bytes); }};
}

}  // namespace g2afs
