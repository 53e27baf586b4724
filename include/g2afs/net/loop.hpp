// SPDX-License-Identifier: MIT
// The one event loop: it owns all mutable state and runs every Task.
//
// Everything is loop thread only, but post(), which is how other threads bring work in.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <unordered_map>

#include <asio/cancellation_signal.hpp>
#include <asio/io_context.hpp>
#include <asio/post.hpp>

#include "g2afs/net/clock.hpp"
#include "g2afs/net/event.hpp"
#include "g2afs/net/task.hpp"

namespace g2afs {

/// Names a spawned task; never used twice in a process.
struct TaskId {
  std::uint64_t value = 0;
  bool operator==(const TaskId&) const = default;
};

class Loop {
 public:
  Loop();
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;
  ~Loop();

  asio::io_context& context() { return context_; }

  /// Any thread: runs fn on the loop thread, soon.
  template <class Fn>
  void post(Fn&& fn) {
    asio::post(context_, std::forward<Fn>(fn));
  }

  /// Starts a task that nobody awaits; it runs at the next turn of the loop. A task that ends by an exception other than
  /// cancellation is a bug and ends the process. Once cancel_all() was called, a new task is cancelled as it starts.
  TaskId spawn(Task<> task);

  /// Unwinds the task; nothing happens if it has ended.
  void cancel(TaskId id);

  /// Unwinds every task and every one spawned from now on: the first step of the end.
  void cancel_all();

  std::size_t running() const { return running_.size(); }

  /// Runs until stop().
  void run();
  /// Any thread.
  void stop();
  /// Runs until no task is left, or `limit` has passed; true when none is left. For the end, and for tests.
  bool run_until_idle(Duration limit);

 private:
  void start(TaskId id, Task<> task);

  asio::io_context context_{1};
  std::uint64_t next_id_ = 1;
  bool closing_ = false;
  std::unordered_map<std::uint64_t, std::unique_ptr<asio::cancellation_signal>> running_;
};

}  // namespace g2afs
