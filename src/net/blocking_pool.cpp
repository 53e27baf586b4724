// SPDX-License-Identifier: MIT
#include "g2afs/net/blocking_pool.hpp"

#include <chrono>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>

namespace g2afs {
namespace {

// SPEC.md: the daemon ends within 2 s.
constexpr std::chrono::milliseconds kPatience{500};

}  // namespace

/// Held by each of the threads, so that one that is left behind finds it.
class BlockingPool::Threads : public std::enable_shared_from_this<Threads> {
 public:
  void start(std::size_t count) {
    for (; count > 0; --count) {
      ++running_;
      std::thread([self = shared_from_this()] { self->serve(); }).detach();
    }
  }

  void post(std::function<void()> work) {
    const std::lock_guard lock(mutex_);
    line_.push_back(std::move(work));
    changed_.notify_one();
  }

  void end() {
    std::deque<std::function<void()>> dropped;  // destroyed without the lock
    std::unique_lock lock(mutex_);
    ending_ = true;
    dropped.swap(line_);
    changed_.notify_all();
    ended_.wait_for(lock, kPatience, [this] { return running_ == 0; });
  }

 private:
  void serve() {
    std::unique_lock lock(mutex_);
    for (;;) {
      changed_.wait(lock, [this] { return ending_ || !line_.empty(); });
      if (ending_) break;
      auto work = std::move(line_.front());
      line_.pop_front();
      lock.unlock();
      work();
      work = nullptr;
      lock.lock();
    }
    if (--running_ == 0) ended_.notify_all();
  }

  std::mutex mutex_;
  std::condition_variable changed_, ended_;
  std::deque<std::function<void()>> line_;
  std::size_t running_ = 0;
  bool ending_ = false;
};

BlockingPool::BlockingPool(Loop& loop, std::size_t threads) : loop_(loop) {
  if (threads == 0) return;
  threads_ = std::make_shared<Threads>();
  threads_->start(threads);
}

BlockingPool::~BlockingPool() {
  if (threads_) threads_->end();
}

void BlockingPool::post(std::function<void()> work) {
  if (threads_) {
    threads_->post(std::move(work));
  } else {
    loop_.post(std::move(work));
  }
}

}  // namespace g2afs
