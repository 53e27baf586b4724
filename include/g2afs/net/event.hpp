// SPDX-License-Identifier: MIT
// Event: coroutines wait until somebody notifies. Loop thread only.
//
// There is no stored state: notify_all() wakes those who wait now. The pattern is a loop,
// `while (!condition) co_await event.wait();`, and the notifier changes the condition first.
#pragma once

#include <list>
#include <memory>

#include "g2afs/net/task.hpp"

namespace g2afs {

class Event {
 public:
  Event() = default;
  Event(const Event&) = delete;
  Event& operator=(const Event&) = delete;
  /// Wakes whoever still waits.
  ~Event() { notify_all(); }

  /// Cancellable: a cancelled waiter leaves the line.
  Task<> wait();
  void notify_all();
  bool has_waiters() const { return !waiters_.empty(); }

 private:
  struct Waiter;
  std::list<std::shared_ptr<Waiter>> waiters_;
};

}  // namespace g2afs
