// SPDX-License-Identifier: MIT
#include "g2afs/net/blocking_pool.hpp"

#include <chrono>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>
#include <utility>

namespace g2afs {
namespace {

// SPEC.md: the daemon ends within 2 s.
constexpr std::chrono::milliseconds kPatience{500};
// What has begun and does not hang is over by then.
constexpr std::chrono::milliseconds kMoment{200};

}  // namespace

/// Held by each of the threads, so that one that is left behind finds it.
class BlockingPool::Threads : public std::enable_shared_from_this<Threads> {
 public:
  Threads(Loop& loop, std::size_t count) : count_(count), loop_(&loop) {}

  void start() {
    for (std::size_t i = 0; i < count_; ++i) {
      ++running_;
      std::thread([self = shared_from_this()] { self->serve(); }).detach();
    }
  }

  void to_loop(std::function<void()> work) {
    const std::lock_guard lock(mutex_);
    if (loop_ != nullptr) loop_->post(std::move(work));
  }

  void post(std::function<void()> work) {
    if (count_ == 0) return to_loop(std::move(work));
    const std::lock_guard lock(mutex_);
    if (ending_ && running_ == 0) return;
    line_.push_back(std::move(work));
    changed_.notify_one();
  }

  bool end(AtEnd at_end) {
    std::unique_lock lock(mutex_);
    loop_ = nullptr;
    if (std::exchange(ending_, true)) return running_ == 0;
    changed_.notify_all();
    const auto all_ended = [this] { return running_ == 0; };
    if (at_end == AtEnd::Finish && ended_.wait_for(lock, kPatience, all_ended)) return true;
    // What is in line goes with the last thread: letting go of what it holds may hang as well.
    left_ = true;
    changed_.notify_all();
    return ended_.wait_for(lock, kMoment, all_ended);
  }

 private:
  void serve() {
    std::unique_lock lock(mutex_);
    for (;;) {
      changed_.wait(lock, [this] { return ending_ || !line_.empty(); });
      if (left_ || line_.empty()) break;
      auto work = std::move(line_.front());
      line_.pop_front();
      lock.unlock();
      work();
      work = nullptr;
      lock.lock();
    }
    while (running_ == 1 && !line_.empty()) {
      // What is left in line goes here, while whoever ends the pool waits no longer than for the rest. It may post more.
      auto rest = std::exchange(line_, {});
      lock.unlock();
      rest.clear();
      lock.lock();
    }
    if (--running_ == 0) ended_.notify_all();
  }

  const std::size_t count_;
  std::mutex mutex_;
  Loop* loop_;  // null once the pool has ended
  std::condition_variable changed_, ended_;
  std::deque<std::function<void()>> line_;
  std::size_t running_ = 0;
  bool ending_ = false, left_ = false;
};

BlockingPool::BlockingPool(Loop& loop, std::size_t threads, AtEnd at_end)
    : at_end_(at_end),
      threads_(std::make_shared<Threads>(loop, threads)),
      to_threads_([threads = std::weak_ptr(threads_)](std::function<void()> work) {
        if (const auto alive = threads.lock()) alive->post(std::move(work));
      }),
      to_loop_([threads = std::weak_ptr(threads_)](std::function<void()> work) {
        if (const auto alive = threads.lock()) alive->to_loop(std::move(work));
      }) {
  threads_->start();
}

BlockingPool::~BlockingPool() { end(); }

bool BlockingPool::end() { return threads_->end(at_end_); }

}  // namespace g2afs
