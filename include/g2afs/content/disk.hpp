// SPDX-License-Identifier: MIT
// Disk: the disk cache as the loop uses it: threads that do what may block, and how much may wait to be written. Loop
// thread only.
//
// Reading and writing have threads of their own, so that nobody who waits for bytes waits for others to be written. What
// is to be written is pinned in memory until it is: beyond a share of the memory it is not kept at all, so that a disk
// that is slower than the network slows no reader down. A disk that does not answer (its server is gone, say) is left
// alone for a while, and what was asked of it is had from the network.
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "g2afs/base/log.hpp"
#include "g2afs/base/metrics.hpp"
#include "g2afs/content/disk_cache.hpp"
#include "g2afs/net/blocking_pool.hpp"
#include "g2afs/net/clock.hpp"
#include "g2afs/net/concurrency.hpp"

namespace g2afs {

struct DiskOptions {
  DiskCacheOptions cache;
  std::size_t threads = 4;       // reads at once; none: the loop does it all, as suits a test
  std::size_t most_waiting = 0;  // bytes that may wait to be written
};

class Disk {
 public:
  Disk(Loop& loop, const DiskOptions& options, Clock& clock, Log& log, Metrics& metrics);
  Disk(const Disk&) = delete;
  Disk& operator=(const Disk&) = delete;
  /// What waits to be written is, as far as that takes no longer than a moment.
  ~Disk();

  const std::shared_ptr<DiskCache>& cache() const { return cache_; }
  Metrics& metrics() { return metrics_; }
  Loop& loop() { return loop_; }

  /// Measures what is there, in the background.
  void scan();
  /// Brings the metrics of the cache up to date, for whoever is about to look at them; but for its size, which costs a
  /// look at the disk: that follows, for the next one. It also follows writing, once a second.
  void update_metrics();

  /// Whether it has answered lately.
  bool answers() const { return clock_.now() >= not_before_; }
  /// Runs work that reads; nothing: it did not answer in time. The work owns what it uses.
  template <class Work>
  Task<std::optional<std::invoke_result_t<Work>>> read(Work work);

  /// Runs work that writes, in order.
  void write(std::function<void()> work);
  /// Room among what waits to be written, as long as it lives; null: there is none.
  std::shared_ptr<void> wait_to_be_written(std::size_t bytes);

 private:
  // A disk that spins up takes some seconds; who waits longer has no use for it.
  static constexpr std::chrono::seconds kPatience{5};
  static constexpr std::chrono::seconds kPause{60};

  struct Measure;

  void does_not_answer();

  Loop& loop_;
  Clock& clock_;
  Log& log_;
  Metrics& metrics_;
  const std::size_t most_waiting_;
  MonotonicTime not_before_{};
  const std::shared_ptr<std::atomic<std::size_t>> waiting_;  // bytes; given back on any thread
  const std::shared_ptr<DiskCache> cache_;
  const std::shared_ptr<Measure> measure_;
  DiskCache::Numbers shown_;
  BlockingPool readers_, writers_;
};

template <class Work>
Task<std::optional<std::invoke_result_t<Work>>> Disk::read(Work work) {
  using T = std::optional<std::invoke_result_t<Work>>;
  struct Part {
    static Task<T> work(BlockingPool& pool, Work work) { co_return co_await pool.run(std::move(work)); }
    static Task<T> patience(Clock& clock) {
      co_await clock.sleep(kPatience);
      co_return std::nullopt;
    }
  };
  std::vector<Task<T>> tasks;
  tasks.push_back(Part::work(readers_, std::move(work)));
  tasks.push_back(Part::patience(clock_));
  auto results = co_await join_until<T>(loop_, std::move(tasks), [](const T&) { return true; });
  T result = std::move(results.front()).value_or(std::nullopt);
  if (!result) does_not_answer();
  co_return result;
}

}  // namespace g2afs
