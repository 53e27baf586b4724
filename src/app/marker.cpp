// SPDX-License-Identifier: MIT
#include "g2afs/app/marker.hpp"

#include <system_error>
#include <utility>

namespace g2afs {

Marker::Marker(std::size_t most, Mark mark, Answer answer)
    : most_(most), mark_(std::move(mark)), answer_(std::move(answer)) {}

Marker::~Marker() { finish(); }

void Marker::add(std::filesystem::path recording) {
  std::unique_lock lock(mutex_);
  if (stopped_) return;
  waiting_.push(std::move(recording));
  if (waiting_.size() > idle_ && threads_.size() < most_ && !another_thread() && threads_.empty()) {
    return work_off(lock);
  }
  changed_.notify_one();
}

bool Marker::another_thread() {
  try {
    threads_.emplace_back([this] { work(); });
    return true;
  } catch (const std::system_error&) {
    return false;
  }
}

void Marker::stop() {
  const std::lock_guard lock(mutex_);
  stopped_ = true;
  waiting_ = {};
}

void Marker::finish() {
  std::vector<std::thread> threads;
  {
    const std::lock_guard lock(mutex_);
    finishing_ = true;
    threads.swap(threads_);
  }
  changed_.notify_all();
  for (std::thread& thread : threads) thread.join();
}

void Marker::work() {
  std::unique_lock lock(mutex_);
  for (;;) {
    ++idle_;
    changed_.wait(lock, [this] { return finishing_ || !waiting_.empty(); });
    --idle_;
    if (waiting_.empty()) return;
    work_off(lock);
  }
}

/// The first in line.
void Marker::work_off(std::unique_lock<std::mutex>& lock) {
  const auto recording = std::move(waiting_.front());
  waiting_.pop();
  lock.unlock();
  answer_(mark_(recording));
  lock.lock();
}

}  // namespace g2afs
