// SPDX-License-Identifier: MIT
// Disk: the disk cache as the loop uses it: threads that do what may block, and how much may wait to be written. Loop
// thread only.
//
// Reading, writing and measuring have threads of their own, so that nobody who waits for bytes waits for others to be
// written. What is to be written is pinned in memory until it is: beyond a share of the memory it is not kept at all, so
// that a disk that is slower than the network slows no reader down. A disk that does not answer (its server is gone, say)
// is left alone for a while, and until all that was asked of it has come back, since that pins memory as well; and what
// was asked of it is had from the network. One that has much to do is none of these: who is in line waits for as long as
// others are answered.
//
// Files of the cache are closed by the writers' thread, wherever their last reference goes; but that of what the kernel
// reads by itself may be the kernel's.
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <functional>
#include <list>
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

/// Opens files of the cache, for work on the threads of a Disk: whatever thread lets go of one, the writers' closes it.
class DiskFiles {
 public:
  DiskFiles(std::shared_ptr<DiskCache> cache, BlockingPool::Post to_writers)
      : cache_(std::move(cache)), to_writers_(std::move(to_writers)) {}

  /// As DiskCache's.
  Result<std::shared_ptr<DiskFile>> open(const DiskKey& key) const;
  Result<std::shared_ptr<DiskFile>> create(const DiskKey& key, const Validator& validator) const;

 private:
  std::shared_ptr<DiskFile> closed_by_writers(std::shared_ptr<DiskFile> file) const;

  std::shared_ptr<DiskCache> cache_;
  BlockingPool::Post to_writers_;
};

class Disk {
 public:
  Disk(Loop& loop, const DiskOptions& options, Clock& clock, Log& log, Metrics& metrics);
  Disk(const Disk&) = delete;
  Disk& operator=(const Disk&) = delete;
  ~Disk();

  /// What waits to be written is, as far as that takes no longer than a moment; nothing is to be asked of it any more.
  /// False: something hangs, and was left behind (blocking_pool.hpp).
  bool end();

  /// Null once it has ended.
  const std::shared_ptr<DiskCache>& cache() const { return cache_; }
  DiskFiles files() const { return {cache_, writers_.to_threads()}; }
  Metrics& metrics() { return metrics_; }
  /// For work on its threads.
  const BlockingPool::Post& to_loop() const { return writers_.to_loop(); }

  /// Measures what is there, in the background.
  void scan();
  /// Brings the metrics of the cache up to date, for whoever is about to look at them; but for its size, which costs a
  /// look at the disk: that follows, for the next one. It also follows writing, once a second.
  void update_metrics();

  /// Whether it is worth asking: nothing hangs, and nothing did lately.
  bool answers() const;
  /// Runs work that reads; nothing: it did not answer in time, or does not just now. The work owns what it uses.
  template <class Work>
  Task<std::optional<std::invoke_result_t<Work>>> read(Work work);

  /// Runs work that writes, in order.
  void write(std::function<void()> work);
  /// Room among what waits to be written, as long as it lives; null: there is none.
  std::shared_ptr<void> wait_to_be_written(std::size_t bytes);
  /// The right to read a file only to prove it, as long as it lives; null: another one is being proven. One at a time, so
  /// that those who read are hardly slower for it. Also null where is_not_local().
  std::shared_ptr<void> begin_to_prove();
  /// Nothing on it is for others to read by themselves: nothing is to be proven any more.
  void is_not_local() { local_ = false; }

 private:
  // A disk that spins up takes some seconds; who waits longer has no use for it.
  static constexpr std::chrono::seconds kPatience{5};
  static constexpr std::chrono::seconds kPause{60};

  static constexpr MonotonicTime kNotBegun{Duration::min()};

  struct Measure;
  /// Clock::awake(): a disk cannot answer while the machine sleeps.
  struct Read {
    std::atomic<MonotonicTime> begun{kNotBegun};  // set by its thread
  };
  /// Those whose work is not over, in the order they begin, whether or not somebody waits; and when one last was.
  struct UnderWay {
    std::list<std::shared_ptr<Read>> reads;
    MonotonicTime last_landed{};
  };

  static Task<> patience(Clock& clock, std::shared_ptr<UnderWay> under_way, std::shared_ptr<Read> read);
  void does_not_answer();

  Loop& loop_;
  Clock& clock_;
  Log& log_;
  Metrics& metrics_;
  const std::size_t most_waiting_;
  MonotonicTime not_before_{};
  const std::shared_ptr<std::atomic<std::size_t>> waiting_;  // bytes; given back on any thread
  std::shared_ptr<DiskCache> cache_;
  std::shared_ptr<Measure> measure_;
  const std::shared_ptr<UnderWay> under_way_;
  DiskCache::Numbers shown_;
  std::weak_ptr<void> proving_;
  bool local_ = true;  // as far as is known
  BlockingPool readers_, scanner_, writers_;
};

template <class Work>
Task<std::optional<std::invoke_result_t<Work>>> Disk::read(Work work) {
  using T = std::optional<std::invoke_result_t<Work>>;
  struct Part {
    static Task<T> work(BlockingPool& pool, const Clock& clock, std::shared_ptr<UnderWay> under_way,
                        std::shared_ptr<Read> read, Work work) {
      const auto place = under_way->reads.insert(under_way->reads.end(), read);
      auto noted = [&clock, read, work = std::move(work)]() mutable {
        read->begun = clock.awake();
        return work();
      };
      auto landed = [&clock, under_way, place] {
        under_way->reads.erase(place);
        under_way->last_landed = clock.awake();
      };
      co_return co_await pool.run(std::move(noted), std::move(landed));
    }
    static Task<T> patience(Task<> patience) {
      co_await std::move(patience);
      co_return std::nullopt;
    }
  };
  if (!answers()) co_return std::nullopt;
  auto read = std::make_shared<Read>();
  std::vector<Task<T>> tasks;
  tasks.push_back(Part::work(readers_, clock_, under_way_, read, std::move(work)));
  tasks.push_back(Part::patience(patience(clock_, under_way_, read)));
  auto results = co_await join_until<T>(loop_, std::move(tasks), [](const T&) { return true; });
  T result = std::move(results.front()).value_or(std::nullopt);
  if (!result) does_not_answer();
  co_return result;
}

}  // namespace g2afs
