// SPDX-License-Identifier: MIT
// Three small ways for tasks to meet: SingleFlight, Gate and join. Loop thread only.
#pragma once

#include <deque>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <system_error>
#include <unordered_map>
#include <utility>
#include <vector>

#include <asio/error.hpp>
#include <asio/this_coro.hpp>

#include "g2afs/net/event.hpp"
#include "g2afs/net/loop.hpp"

namespace g2afs {

/// Runs one operation a key at a time; whoever asks for a key that is under way waits for that one's result. The
/// operation runs on its own, so a caller that is cancelled does not take the others' result away.
template <class Key, class T>
class SingleFlight {
 public:
  explicit SingleFlight(Loop& loop) : loop_(loop) {}

  /// `start` is called only if nothing is under way for `key`; what it captures must outlive the loop's tasks.
  Task<T> run(Key key, std::function<Task<T>()> start) {
    std::shared_ptr<Flight> flight = join_or_start(key, std::move(start));
    while (!flight->result) co_await flight->landed.wait();
    co_return *flight->result;
  }

  /// Starts the operation unless it is under way, and does not wait for it.
  void start(Key key, std::function<Task<T>()> start) { join_or_start(key, std::move(start)); }

  bool under_way(const Key& key) const { return flights_.count(key) != 0; }

  /// The key of an operation under way for which fits(key) holds.
  template <class Fits>
  std::optional<Key> find(Fits&& fits) const {
    for (const auto& entry : flights_) {
      if (fits(entry.first)) return entry.first;
    }
    return std::nullopt;
  }

 private:
  struct Flight {
    Event landed;
    std::optional<T> result;
  };

  std::shared_ptr<Flight> join_or_start(const Key& key, std::function<Task<T>()> start) {
    auto [at, fresh] = flights_.try_emplace(key);
    if (!fresh) return at->second;
    auto flight = at->second = std::make_shared<Flight>();
    loop_.spawn(fly(key, flight, std::move(start)));
    return flight;
  }

  Task<> fly(Key key, std::shared_ptr<Flight> flight, std::function<Task<T>()> start) {
    // By destructor, so that a cancelled flight (at the end of the process) leaves the table too.
    struct Landing {
      SingleFlight& owner;
      const Key& key;
      ~Landing() { owner.flights_.erase(key); }
    } landing{*this, key};
    flight->result = co_await start();
    flight->landed.notify_all();
  }

  Loop& loop_;
  std::unordered_map<Key, std::shared_ptr<Flight>> flights_;
};

/// Lets tasks in up to `limit` at a time, which counts them, or what they weigh: lower ranks first, in order of arrival
/// within a rank. A light one does not overtake a heavy one of its rank; one heavier than the limit goes in alone.
class Gate {
 public:
  explicit Gate(std::size_t limit) : limit_(limit), free_(limit) {}

  class Permit {
   public:
    Permit(Gate& gate, std::size_t weight) : gate_(&gate), weight_(weight) {}
    Permit(Permit&& other) noexcept : gate_(std::exchange(other.gate_, nullptr)), weight_(other.weight_) {}
    Permit& operator=(Permit&&) = delete;
    ~Permit() {
      if (gate_ != nullptr) gate_->leave(weight_);
    }

   private:
    Gate* gate_;
    std::size_t weight_;
  };

  Task<Permit> enter(int rank = 0, std::size_t weight = 1);
  bool full() const { return free_ == 0; }
  /// How many are in line.
  std::size_t waiting() const { return line_.size(); }

 private:
  struct Turn {
    int rank = 0;
    std::size_t weight = 1;
    Event come;
    bool granted = false;
  };
  void leave(std::size_t weight);
  void admit();

  std::size_t limit_, free_;
  std::deque<std::shared_ptr<Turn>> line_;  // by rank, then arrival
};

/// Runs the tasks side by side and returns their results in order. Cancelled, it cancels them and waits until they have
/// unwound, so they may refer to the caller's frame. A child that is cancelled alone takes the caller with it, once the
/// others have ended.
template <class T>
Task<std::vector<T>> join(Loop& loop, std::vector<Task<T>> tasks) {
  struct Joined {
    explicit Joined(std::size_t n) : results(n), left(n) {}
    std::vector<std::optional<T>> results;
    std::size_t left;
    Event done;
  } state(tasks.size());

  struct Child {
    static Task<> run(Joined& state, std::size_t index, Task<T> task) {
      struct Leave {
        Joined& state;
        ~Leave() {
          if (--state.left == 0) state.done.notify_all();
        }
      } leave{state};
      state.results[index].emplace(co_await std::move(task));
    }
  };
  std::vector<TaskId> ids;
  ids.reserve(tasks.size());
  for (std::size_t i = 0; i < tasks.size(); ++i) ids.push_back(loop.spawn(Child::run(state, i, std::move(tasks[i]))));

  std::exception_ptr unwound;
  try {
    while (state.left > 0) co_await state.done.wait();
  } catch (...) {
    unwound = std::current_exception();
  }
  if (unwound) {
    co_await asio::this_coro::throw_if_cancelled(false);
    co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
    for (TaskId id : ids) loop.cancel(id);
    while (state.left > 0) co_await state.done.wait();
    std::rethrow_exception(unwound);
  }
  std::vector<T> results;
  results.reserve(state.results.size());
  for (auto& result : state.results) {
    if (!result) throw std::system_error(asio::error::operation_aborted);
    results.push_back(std::move(*result));
  }
  co_return results;
}

}  // namespace g2afs
