// SPDX-License-Identifier: MIT
#include "g2afs/content/disk.hpp"

namespace g2afs {

Disk::Disk(Loop& loop, const DiskOptions& options, Clock& clock, Log& log, Metrics& metrics)
    : loop_(loop),
      clock_(clock),
      log_(log),
      metrics_(metrics),
      most_waiting_(options.most_waiting),
      waiting_(std::make_shared<std::atomic<std::size_t>>(0)),
      cache_(std::make_shared<DiskCache>(options.cache, clock, log)),
      readers_(loop, options.threads, BlockingPool::AtEnd::Drop),
      writers_(loop, options.threads == 0 ? 0 : 1, BlockingPool::AtEnd::Finish) {}

void Disk::scan() {
  write([cache = cache_] { static_cast<void>(cache->scan()); });  // it says by itself what went wrong
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
