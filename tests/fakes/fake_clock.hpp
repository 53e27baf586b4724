// SPDX-License-Identifier: MIT
// A clock whose hands the test turns. Loop thread only.
#pragma once

#include <optional>
#include <set>
#include <stdexcept>

#include "g2afs/net/clock.hpp"
#include "g2afs/net/event.hpp"
#include "g2afs/net/loop.hpp"

namespace g2afs::test {

class FakeClock final : public Clock {
 public:
  explicit FakeClock(Time wall = Time{std::chrono::hours{24 * 17'000}}) : wall_start_(wall) {}

  MonotonicTime now() const override { return now_; }
  MonotonicTime awake() const override { return {now_.since_start - suspended_}; }
  Time wall_now() const override {
    return wall_start_ + std::chrono::duration_cast<std::chrono::milliseconds>(now_.since_start);
  }
  Task<> sleep(Duration duration) override {
    const MonotonicTime end = awake() + duration;
    ++sleeping_;
    struct Leave {
      int& count;
      ~Leave() { --count; }
    } leave{sleeping_};
    ends_.insert(end);
    while (awake() < end) co_await turned_.wait();
  }

  void advance(Duration duration) {
    now_ = now_ + duration;
    turned_.notify_all();
  }
  /// The machine sleeps: only what counts time in suspend moves on.
  void suspend(Duration duration) {
    suspended_ += duration;
    now_ = now_ + duration;
  }
  /// Somebody sets the machine's clock: forward, or back where negative.
  void step_wall(std::chrono::milliseconds by) { wall_start_ += by; }
  int sleeping() const { return sleeping_; }

  /// Moves on to the next end of a sleep; false if nobody sleeps.
  bool advance_to_next_end() {
    while (!ends_.empty() && *ends_.begin() <= awake()) ends_.erase(ends_.begin());
    if (sleeping_ == 0 || ends_.empty()) return false;
    advance(*ends_.begin() - awake());
    return true;
  }

  /// Runs the loop until no task is left, moving on to the next end of a sleep whenever nothing else can run. False if
  /// tasks are left that wait for something else than the time.
  bool run(Loop& loop) {
    for (;;) {
      loop.context().restart();
      while (loop.context().poll() != 0) {
      }
      if (loop.running() == 0) return true;
      if (!advance_to_next_end()) return false;
    }
  }

 private:
  Time wall_start_;
  MonotonicTime now_{};
  Duration suspended_{};
  int sleeping_ = 0;
  std::multiset<MonotonicTime> ends_;
  Event turned_;
};

/// Spawns the task, runs everything to the end on the fake clock and returns what the task returned.
template <class T>
T run_task(Loop& loop, FakeClock& clock, Task<T> task) {
  std::optional<T> result;
  struct Store {
    static Task<> run(std::optional<T>& out, Task<T> inner) { out.emplace(co_await std::move(inner)); }
  };
  loop.spawn(Store::run(result, std::move(task)));
  clock.run(loop);
  if (!result) throw std::logic_error("the task did not end: it waits for something that never comes");
  return std::move(*result);
}

}  // namespace g2afs::test
