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
// What has begun and does not hang is over by then.
constexpr std::chrono::milliseconds kMoment{200};

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

  void end(AtEnd at_end) {
    std::unique_lock lock(mutex_);
    ending_ = true;
    changed_.notify_all();
    const auto all_ended = [this] { return running_ == 0; };
    if (at_end == AtEnd::Finish && ended_.wait_for(lock, kPatience, all_ended)) return;
    // What is in line goes with the last thread: to let go of what it holds may hang as well.
    left_ = true;
    changed_.notify_all();
    ended_.wait_for(lock, kMoment, all_ended);
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
    if (--running_ == 0) ended_.notify_all();
  }

  std::mutex mutex_;
  std::condition_variable changed_, ended_;
  std::deque<std::function<void()>> line_;
  std::size_t running_ = 0;
  bool ending_ = false, left_ = false;
};

BlockingPool::BlockingPool(Loop& loop, std::size_t threads, AtEnd at_end) : loop_(loop), at_end_(at_end) {
  if (threads == 0) return;
  threads_ = std::make_shared<Threads>();
  threads_->start(threads);
}

BlockingPool::~BlockingPool() {
  if (threads_) threads_->end(at_end_);
}

void BlockingPool::post(std::function<void()> work) {
  if (threads_) {
    threads_->post(std::move(work));
  } else {
    loop_.post(std::move(work));
  }
}

}  // namespace g2afs
