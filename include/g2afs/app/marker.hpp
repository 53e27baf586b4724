// SPDX-License-Identifier: MIT
// Marks recordings archived, many at a time. Any thread.
//
// The mount answers a mark when the server has, and sends those that wait at the same time in one call: one after the
// other they would cost a round trip each. A thread a mark in flight, begun as they are needed: they only wait. Where
// the system has no more threads, there are fewer at a time; where it has none, whoever adds one waits for it.
//
// Never through the directory of a day or a month, though that would be one call as well: it would mark what appeared
// there since, and was not compared.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <filesystem>
#include <functional>
#include <mutex>
#include <queue>
#include <thread>
#include <vector>

#include "g2afs/base/error.hpp"

namespace g2afs {

class Marker {
 public:
  using Mark = std::function<Result<void>(const std::filesystem::path&)>;
  using Answer = std::function<void(const Result<void>&)>;

  /// `mark` is called by up to `most` threads at a time, `answer` with what it returned.
  Marker(std::size_t most, Mark mark, Answer answer);
  Marker(const Marker&) = delete;
  Marker& operator=(const Marker&) = delete;
  /// As finish().
  ~Marker();

  void add(std::filesystem::path recording);
  /// None begins after this; those in flight are answered.
  void stop();
  /// Returns when all that was added is answered, or dropped by stop(). Nothing is added after.
  void finish();

 private:
  void work();
  void work_off(std::unique_lock<std::mutex>& lock);
  bool another_thread();

  const std::size_t most_;
  const Mark mark_;
  const Answer answer_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::queue<std::filesystem::path> waiting_;
  std::size_t idle_ = 0;
  bool stopped_ = false;
  bool finishing_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace g2afs
