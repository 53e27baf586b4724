// SPDX-License-Identifier: MIT
// Small ways for tasks to meet: SingleFlight, Gate, join and join_results. Loop thread only.
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

#include "g2afs/base/error.hpp"
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

  /// Waits for the operations under way now whose keys fit: what they return may be older than what the caller wants to
  /// see.
  Task<> settled(std::function<bool(const Key&)> fits) {
    std::vector<std::shared_ptr<Flight>> flights;
    for (const auto& [key, flight] : flights_) {
      if (fits(key)) flights.push_back(flight);
    }
    for (const auto& flight : flights) {
      while (!flight->result) co_await flight->landed.wait();
    }
  }

  bool under_way(const Key& key) const { return flights_.count(key) != 0; }
  /// How many are under way.
  std::size_t size() const { return flights_.size(); }

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
  /// Nothing, where one who comes last would have to wait.
  std::optional<Permit> try_enter(std::size_t weight = 1);
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

/// Runs the tasks side by side until all have ended; once a result is one that `ends` them, the others are cancelled.
/// Returns the results in order, none for a task that was cancelled. `started` is told their ids, in order: one of them
/// may be cancelled alone.
template <class T>
Task<std::vector<std::optional<T>>> join_until(Loop& loop, std::vector<Task<T>> tasks, bool (*ends)(const T&),
                                               std::function<void(const std::vector<TaskId>&)> started = {}) {
  struct Joined {
    Joined(std::size_t n, bool (*is_end)(const T&)) : results(n), left(n), ends(is_end) {}
    std::vector<std::optional<T>> results;
    std::size_t left;
    bool (*ends)(const T&);
    bool ended = false;
    Event done;
  } state(tasks.size(), ends);

  struct Child {
    static Task<> run(Joined& state, std::size_t index, Task<T> task) {
      struct Leave {
        Joined& state;
        ~Leave() {
          if (--state.left == 0 || state.ended) state.done.notify_all();
        }
      } leave{state};
      auto& result = state.results[index];
      result.emplace(co_await std::move(task));
      state.ended = state.ended || state.ends(*result);
    }
  };
  std::vector<TaskId> ids;
  ids.reserve(tasks.size());
  for (std::size_t i = 0; i < tasks.size(); ++i) ids.push_back(loop.spawn(Child::run(state, i, std::move(tasks[i]))));
  if (started) started(ids);
  const auto cancel_all = [&] {
    for (TaskId id : ids) loop.cancel(id);
  };

  std::exception_ptr unwound;
  try {
    while (state.left > 0 && !state.ended) co_await state.done.wait();
    if (state.left > 0) cancel_all();
    while (state.left > 0) co_await state.done.wait();
  } catch (...) {
    unwound = std::current_exception();
  }
  if (unwound) {
    co_await asio::this_coro::throw_if_cancelled(false);
    co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
    cancel_all();
    while (state.left > 0) co_await state.done.wait();
    std::rethrow_exception(unwound);
  }
  co_return std::move(state.results);
}

/// Runs the tasks side by side and returns their results in order. Cancelled, it cancels them and waits until they have
/// unwound, so they may refer to the caller's frame. A child that is cancelled alone takes the caller with it, once the
/// others have ended.
template <class T>
Task<std::vector<T>> join(Loop& loop, std::vector<Task<T>> tasks) {
  auto joined = co_await join_until<T>(loop, std::move(tasks), [](const T&) { return false; });
  std::vector<T> results;
  results.reserve(joined.size());
  for (auto& result : joined) {
    if (!result) throw std::system_error(asio::error::operation_aborted);
    results.push_back(std::move(*result));
  }
  co_return results;
}

/// The same for tasks that may fail: with the first error it cancels the others, which nobody needs any more, and
/// returns it once they have unwound.
template <class T>
Task<Result<std::vector<T>>> join_results(Loop& loop, std::vector<Task<Result<T>>> tasks) {
  auto joined = co_await join_until<Result<T>>(loop, std::move(tasks), [](const Result<T>& result) { return !result; });
  for (auto& result : joined) {
    if (result && !*result) co_return fail(std::move(result->error()));
  }
  std::vector<T> results;
  results.reserve(joined.size());
  for (auto& result : joined) {
    if (!result) throw std::system_error(asio::error::operation_aborted);
    results.push_back(std::move(**result));
  }
  co_return results;
}

}  // namespace g2afs
